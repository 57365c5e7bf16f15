"""Download the YuNet face detector once.

    python -m fer fetch

The file is accepted only with the pinned sha256. Without internet the app runs with the Haar detector instead.
"""

import argparse
import sys
from pathlib import Path

from fer.vision.detector import YUNET_FILE, YUNET_SHA256, yunet_problem

URL = "https://github.com/opencv/opencv_zoo/raw/main/models/face_detection_yunet/face_detection_yunet_2023mar.onnx"
TIMEOUT_S = 10
TRIES_AGAIN = 2


class FetchError(Exception):
    """The file could not be had; the message says from where and why."""


def fetch(url: str, path: Path, sha256: str) -> None:
    """Downloads ``url`` to ``path``, or leaves ``path`` as it was and raises ``FetchError``. A failed try is repeated."""
    import pooch  # here, because a start without a download needs neither
    import requests

    files = pooch.create(
        path.parent,
        base_url="",
        registry={path.name: f"sha256:{sha256}"},
        urls={path.name: url},
        retry_if_failed=TRIES_AGAIN,
    )
    with_a_bar = pooch.HTTPDownloader(progressbar=sys.stderr.isatty(), timeout=TIMEOUT_S)
    try:
        files.fetch(path.name, downloader=with_a_bar)
    except requests.Timeout as error:
        raise FetchError(f"Could not download {url}: no answer within {TIMEOUT_S:g} s") from error
    except requests.ConnectionError as error:
        raise FetchError(f"Could not download {url}: no connection to the server") from error
    except (OSError, ValueError) as error:  # an HTTP error is an OSError; ValueError: not the pinned file
        raise FetchError(f"Could not download {url}: {error}") from error


def main(argv: list[str] | None = None) -> None:
    argparse.ArgumentParser(prog="python -m fer fetch", description=__doc__).parse_args(argv)
    if yunet_problem(YUNET_FILE) is None:
        return
    try:
        fetch(URL, YUNET_FILE, YUNET_SHA256)
    except FetchError as error:
        sys.exit(f"{error}.\nThe app will use the Haar face detector, which misses more faces.")
    print(f"Downloaded the YuNet face detector to {YUNET_FILE}")
