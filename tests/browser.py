"""A Chromium for the browser tests: finds one, or installs Debian's.

python -m tests.browser
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MACOS = Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome")


def chromium() -> str | None:
    """The path of an installed Chromium or Chrome."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    return found or (str(MACOS) if MACOS.exists() else None)


def main() -> None:
    if chromium() is None and shutil.which("apt-get"):
        root = [] if os.geteuid() == 0 else ["sudo", "-n"]
        install = [*root, "apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"]
        subprocess.run([*root, "apt-get", "update", "-qq"], check=False)
        subprocess.run(install, check=False, stdout=subprocess.DEVNULL)
    if chromium() is None:
        sys.exit(
            "The browser tests need Chromium or Chrome. Install one (Debian: apt install chromium; "
            "macOS: Google Chrome) and run `make test` again."
        )


if __name__ == "__main__":
    main()
