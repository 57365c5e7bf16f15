"""The words of the connection check: a sentence for each way each step can go. check.js sets which is shown."""

import html

import streamlit as st

from fer.web import own_files
from fer.web.camera_help import browser_of, problems
from fer.web.language import _

STYLE = """
ol.check {list-style: none; margin: 0 !important; padding: 0 !important}
.check li[data-step] {margin: 0; padding: .6rem 0 .6rem 2rem;
  border-bottom: 1px solid rgba(128, 128, 128, .3); position: relative}
.check li[data-step]::before {position: absolute; left: .1rem; font-weight: 700; content: "…"}
.check b, .check-verdict b {display: block}
.check [data-if], .check-verdict [data-if], .check-it {display: none}
.check ol {margin: .25rem 0 0; padding-left: 1.2rem}
.check-verdict {border-left: .3rem solid #808080; border-radius: .5rem; padding: .75rem 1rem; margin: 0 0 .5rem;
  background: rgba(128, 128, 128, .12)}
html[data-check-verdict="ok"] .check-verdict {border-color: #2E7D32}
html:is([data-check-verdict="blocked"], [data-check-verdict="camera"]) .check-verdict {border-color: #C62828}
.check-verdict p, .check p {margin: 0}
.check-it pre {white-space: pre-wrap; padding: .6rem .8rem; border-radius: .5rem; background: rgba(128, 128, 128, .15)}
"""
GOOD, BAD, SO_SO = ("✓", "light-dark(#1B6E20, #81C784)"), ("✗", "light-dark(#B71C1C, #EF9A9A)"), ("–", "inherit")
LEAST_MBIT = "0.5"  # check.js
WORKING = "…"


def steps() -> dict[str, tuple[str, dict[str, tuple[tuple[str, str], str]]]]:
    """Per step of ``check.js``: its name, and for each way it can go the mark and the sentence."""
    camera = {problem: (BAD, title) for problem, (title, _steps) in problems("").items()}
    again = _("The server is busy with other checks. Try again in a minute.")
    return {
        "address": (
            _("Address of this page"),
            {
                "ok": (GOOD, _("Browsers give the camera to it.")),
                "http": (BAD, _("It starts with http://. Ask your teacher for the address with https://.")),
            },
        ),
        "camera": (_("Camera"), {"ok": (GOOD, _("It works. No picture of it was sent.")), **camera}),
        "direct": (
            _("Straight to the server (UDP)"),
            {
                "ok": (GOOD, _("Pictures get through.")),
                "blocked": (BAD, _("Something on the way stops them: a firewall, mostly.")),
                "busy": (SO_SO, again),
            },
        ),
        "relay": (
            _("By way of a relay (TURN)"),
            {
                "ok": (GOOD, _("Pictures get through.")),
                "blocked": (BAD, _("It cannot be reached.")),
                "busy": (SO_SO, again),
                "none": (SO_SO, _("This server has none.")),
            },
        ),
        "speed": (
            _("Speed"),
            {
                "ok": (GOOD, _("{mbit} Mbit/s to the server; a camera needs {least}.")),
                "slow": (BAD, _("{mbit} Mbit/s to the server; a camera needs {least}. Is something else loading?")),
                "failed": (BAD, _("The server took nothing. Is the network still there?")),
            },
        ),
    }


def verdicts() -> dict[str, tuple[str, str]]:
    """What all of it comes to: a headline and what to do."""
    without = _("You can take part without a camera, too.")
    return {
        WORKING: (_("Checking …"), _("Allow the camera if the browser asks. This takes up to half a minute.")),
        "ok": (_("You are ready for the lesson."), _("Camera and network work.")),
        "camera": (_("The network works, the camera does not."), without),
        "slow": (_("It works, but the network is slow."), _("Close other programs that use the network.")),
        "blocked": (
            _("Pictures do not reach the server from this network."),
            _("Show your teacher or your school's IT the lines below, or try another network.") + " " + without,
        ),
        "again": (_("The check could not be made."), _("The server is busy with other checks. Try again in a minute.")),
    }


def check_list(run: int, ask: list[str]) -> str:
    """The check as HTML: it begins as soon as it is on a page. ``ask``: what the school's IT must let through."""
    rows, shown = "", ""
    for step, (name, ways) in steps().items():
        said = "".join(sentence(step, way, text) for way, (_mark, text) in ways.items())
        rows += f'<li data-step="{step}"><b>{html.escape(name)}</b>{said}</li>'
        shown += "".join(rule(step, way, *mark) for way, (mark, _text) in ways.items())
    verdict = ""
    for way, (title, text) in verdicts().items():
        verdict += f'<div data-if="verdict-{way}"><b>{html.escape(title)}</b><p>{html.escape(text)}</p></div>'
        shown += f'[data-check-verdict="{way}"] [data-if="verdict-{way}"] {{display: block}}'
    shown += '[data-check-verdict="blocked"] .check-it {display: block}'
    return (
        f'<div class="check-verdict" role="status">{verdict}</div>{for_it(ask)}'
        f'<ol class="check" data-check-run="{run}">{rows}</ol>'
        f"<style>{STYLE}{shown}</style>"
    )


def sentence(step: str, way: str, text: str) -> str:
    told = html.escape(text).replace("{mbit}", "<span data-check-mbit>…</span>").replace("{least}", LEAST_MBIT)
    steps_of = problems(browser_of(st.context.headers.get("User-Agent", "")))[way][1] if has_steps(step, way) else []
    listed = "".join(f"<li>{html.escape(one)}</li>" for one in steps_of if one != _("Press “Start camera” again."))
    return f'<div data-if="{step}-{way}"><p>{told}</p>{f"<ol>{listed}</ol>" if listed else ""}</div>'


def has_steps(step: str, way: str) -> bool:
    return step == "camera" and way != "ok"


def rule(step: str, way: str, mark: str, colour: str) -> str:
    here = f'[data-check-{step}="{way}"]'
    return (
        f'{here} [data-if="{step}-{way}"] {{display: block}}'
        f'{here} li[data-step="{step}"]::before {{content: "{mark}"; color: {colour}}}'
    )


def for_it(ask: list[str]) -> str:
    title = html.escape(_("For your school's IT: please let through, from the pupils' network to these hosts:"))
    return f'<div class="check-it"><p>{title}</p><pre>{html.escape(chr(10).join(ask))}</pre></div>'


def show(run: int, ask: list[str]) -> None:
    st.html(check_list(run, ask) + own_files.script("check.js"), unsafe_allow_javascript=True)
