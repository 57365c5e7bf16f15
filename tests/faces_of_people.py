"""Photos of people for the tests of identity: the ORL faces, where they are at hand."""

import io
import zipfile

import pytest

from fer.vision.analyze import decode
from tests.scenes import SHARED, YUNET

ORL = SHARED / "orl_faces.zip"
needs_orl = pytest.mark.skipif(
    not (ORL.exists() and YUNET.exists()), reason="needs the ORL faces and the YuNet file in ../shared"
)


def photo(person, number):
    """The file of a person from 1 to 40, a number from 1 to 10."""
    with zipfile.ZipFile(ORL) as package:
        [name] = [name for name in package.namelist() if name.endswith(f"s{person}/{number}.pgm")]
        return package.read(name)


def photos(person, numbers):
    """(name, uint8 BGR picture) of each."""
    return [(f"{n}.pgm", decode(io.BytesIO(photo(person, n)), f"{n}.pgm")) for n in numbers]
