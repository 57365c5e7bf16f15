"""What a student does when the browser gives no camera: in words, with the steps for the browser at hand.

All of it is on the page, hidden; camera.js sets which problem is shown, because only the browser knows.
"""

import base64
import html

import streamlit as st

from fer.web.language import _

STYLE = """
.camera-help section {display: none; border-left: .3rem solid #C62828; border-radius: .5rem; padding: .75rem 1rem;
  background: light-dark(#FDECEA, #3B1A18)}
.camera-help h3 {font-size: 1.05rem; margin: 0; padding: 0 0 .4rem}
.camera-help ol {margin: 0 0 .4rem; padding-left: 1.4rem}
.camera-help p {margin: 0}
.camera-help img {display: block; width: 100%; max-width: 300px; margin: .25rem 0 .5rem}
[title*=webrtc] {min-height: 60px}
html[data-camera-problem] .seat .state[data-level=info] {display: none}
"""
TWO_SLIDERS = """<path d="M20 18h8m4 0h4M20 26h2m4 0h10" stroke-width="2"/>
<circle cx="30" cy="18" r="2"/><circle cx="24" cy="26" r="2"/>"""
CROSSED_CAMERA = '<path d="M19 17h11v10H19zM30 21l6-4v10l-6-4M18 14l18 17" stroke-width="2"/>'
PAGE_MENU = '<path d="M19 15h18v9H19zM19 29h12" stroke-width="2"/>'
ICONS = {
    "chrome": TWO_SLIDERS,
    "chrome on android": TWO_SLIDERS,
    "firefox": CROSSED_CAMERA,
    "firefox on android": TWO_SLIDERS,
    "safari on ios": PAGE_MENU,
}


def camera_help(goes_on: str | None = None) -> str:
    """The hidden texts for every problem that ``camera.js`` knows, as HTML; ``goes_on``: what works without a camera."""
    browser = browser_of(st.context.headers.get("User-Agent", ""))
    told = problems(browser)
    if goes_on is None:
        goes_on = _("You are in the lesson all the same: the buttons below work without a camera.")
    sections = "".join(section(problem, *told[problem], address_bar(browser), goes_on) for problem in told)
    shown = ", ".join(f'[data-camera-problem="{problem}"] [data-for="{problem}"]' for problem in told)
    return f'<div class="camera-help" role="alert">{sections}</div><style>{STYLE}{shown} {{display: block}}</style>'


def section(problem: str, title: str, steps: list[str], picture: str, goes_on: str) -> str:
    listed = "".join(f"<li>{html.escape(step)}</li>" for step in steps)
    return (
        f'<section data-for="{problem}"><h3>{html.escape(title)}</h3>{picture if problem == "denied" else ""}'
        f"<ol>{listed}</ol><p>{html.escape(goes_on)}</p></section>"
    )


def browser_of(user_agent: str) -> str:
    """Whose steps to show: "chrome" (and its relatives), "firefox" or "safari", on a computer or a phone; "" if unknown."""
    is_ios, is_android = "iPhone" in user_agent or "iPad" in user_agent, "Android" in user_agent
    if is_ios:
        others = ("CriOS", "FxiOS", "EdgiOS", "OPT/", "DuckDuckGo")
        return "another on ios" if any(name in user_agent for name in others) else "safari on ios"
    if "Firefox/" in user_agent:
        return "firefox on android" if is_android else "firefox"
    if "Chrome/" in user_agent:
        return "chrome on android" if is_android else "chrome"
    return "safari" if "Safari/" in user_agent else ""


def problems(browser: str) -> dict[str, tuple[str, list[str]]]:
    """Per problem that ``camera.js`` can name: what is the matter, and the steps that mend it."""
    again = _("Press “Start camera” again.")
    return {
        "denied": (_("The browser does not allow this page to use the camera."), [*allow(browser), again]),
        "dismissed": (
            _("The browser's question about the camera was closed without an answer."),
            [_("Press “Start camera” again, and choose “Allow” this time.")],
        ),
        "system": (
            _("This device does not allow the browser to use the camera."),
            [
                _("Windows: open Settings, Privacy & security, Camera, and switch on the access for desktop apps."),
                _("Mac: open System Settings, Privacy & Security, Camera, switch on your browser, and restart it."),
                _("Phone: open Settings, find your browser among the apps, and allow it the camera."),
                again,
            ],
        ),
        "missing": (
            _("No camera was found."),
            [
                _("Plug the camera in, or switch it on: some laptops have a key or a slider for it."),
                _("If it still is not found, unplug it and plug it in again, or restart the device."),
                again,
            ],
        ),
        "busy": (
            _("The camera is in use by another program, or it does not answer."),
            [
                _("Close other programs and windows that use the camera, such as Zoom, Teams or another browser."),
                _("If that does not help, unplug the camera and plug it in again, or restart the device."),
                again,
            ],
        ),
        "unsupported": (
            _("This browser gives no camera to web pages."),
            [
                _("Open the address of this page in Chrome, Edge, Firefox or Safari."),
                _("If the page opened inside an app, such as a messenger, look there for “Open in browser”."),
            ],
        ),
        "other": (
            _("The browser could not start the camera."),
            [again, _("If that does not help, reload the page, or try Chrome, Edge, Firefox or Safari.")],
        ),
    }


def allow(browser: str) -> list[str]:
    """The steps that allow the camera for this page after it was denied."""
    switch_on = _("Switch “Camera” on. If the browser then asks to reload the page, do so.")
    app = _("If the camera is not listed there: open the phone's Settings, find your browser, and allow it the camera.")
    steps = {
        "chrome": [_("Press the icon at the left end of the address bar."), switch_on],
        "firefox": [
            _("Press the crossed-out camera at the left end of the address bar."),
            _("Remove the block of the camera with the ✕ beside it."),
        ],
        "safari": [
            _("In the menu bar, open Safari, then “Settings for This Website…”."),
            _("Set “Camera” to “Allow”."),
        ],
        "chrome on android": [
            _("Tap the icon at the left end of the address bar, then “Permissions”."),
            switch_on,
            app,
        ],
        "firefox on android": [
            _("Tap the icon at the left end of the address bar."),
            _("Set “Camera” to “Allowed”."),
            app,
        ],
        "safari on ios": [
            _("Tap the icon at the left end of the address bar, then “Website Settings” (behind “…” in new versions)."),
            _("Set “Camera” to “Allow”."),
        ],
        "another on ios": [
            _("Open the phone's Settings, and in them your browser, such as Chrome."),
            _("Switch “Camera” on, and come back to this page."),
        ],
    }
    return steps.get(browser, [_("Look beside the address for a lock or a camera, and allow the camera there.")])


def address_bar(browser: str) -> str:
    """A drawing of where to press: the left end of the address bar, with the browser's icon in a ring."""
    if browser not in ICONS:
        return ""
    drawing = f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 44" fill="none" stroke="#808080">
<rect x="2" y="4" width="296" height="36" rx="18"/><path d="M56 22h130" stroke-width="3" opacity=".5"/>{ICONS[browser]}
<circle cx="28" cy="22" r="18" stroke="#C62828" stroke-width="3"/></svg>"""
    return f'<img alt="" src="data:image/svg+xml;base64,{base64.b64encode(drawing.encode()).decode()}">'
