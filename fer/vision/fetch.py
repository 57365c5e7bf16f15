"""Download the YuNet face detector once.

    python -m fer fetch

The file is accepted only with the pinned sha256. Without internet the app runs with the Haar detector instead.
"""

import argparse
import hashlib
import sys
import urllib.request
from pathlib import Path

from fer.vision.detector import YUNET_FILE, YUNET_SHA256, yunet_problem

URL = "https://github.com/opencv/opencv_zoo/raw/main/models/face_detection_yunet/face_detection_yunet_2023mar.onnx"
TIMEOUT_S = 15
MOST_BYTES = 1_000_000


class FetchError(Exception):
    """The file could not be had; the message says from where and why."""


def fetch(url: str, path: Path, sha256: str) -> None:
    """Download ``url`` to ``path``, or leave ``path`` as it was and raise ``FetchError``."""
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT_S) as response:  # noqa: S310  (a constant of this file)
            data = response.read(MOST_BYTES)
    except (OSError, ValueError) as error:
        raise FetchError(f"Could not download {url}: {error}") from error
    found = hashlib.sha256(data).hexdigest()
    if found != sha256:
        raise FetchError(f"{url} is not the file expected: its sha256 is {found}, not {sha256}. It was not kept")
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_bytes(data)
    part.replace(path)


def main(argv: list[str] | None = None) -> None:
    argparse.ArgumentParser(prog="python -m fer fetch", description=__doc__).parse_args(argv)
    if yunet_problem(YUNET_FILE) is None:
        return
    try:
        fetch(URL, YUNET_FILE, YUNET_SHA256)
    except FetchError as error:
        sys.exit(f"{error}.\nThe app will use the Haar face detector, which misses more faces.")
    print(f"Downloaded the YuNet face detector to {YUNET_FILE}")
