"""The files that the server has besides Streamlit's: the pages' icon and scripts.

They are files because the Content-Security-Policy (headers.py) lets no script run that stands in a page, and no page
ask another host for anything, as Streamlit does for its own icons and emojis.
"""

import base64
from pathlib import Path

FOLDER = Path(__file__).parent / "own"
ADDRESS = "/own"


def icon() -> str:
    """The pages' icon, as an address that holds it."""
    return "data:image/svg+xml;base64," + base64.b64encode((FOLDER / "icon.svg").read_bytes()).decode()


def script(name: str) -> str:
    """HTML for ``st.html`` that runs a script of the folder."""
    return f'<script src="{ADDRESS.lstrip("/")}/{name}"></script>'
