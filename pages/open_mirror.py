"""The teacher opens a mirror, for whom and for what, and closes it again."""

import streamlit as st

from fer.lesson.mirrors import PLACES, Mirror
from fer.lesson.monitor import Monitor
from fer.privacy import law
from fer.records import EMOTIONS
from fer.vision.greeting import Greeting
from fer.web import guards, lesson_start, links, screen

guards.require_teacher()

LONGEST_GREETING = 60


def main() -> None:
    running = guards.running()
    with screen.narrow():
        st.title("Mirror")
        if running.recognition is None:
            st.info("This server computes no expressions (FER_EXPRESSIONS=off), so it has no mirror.")
        elif running.mirrors.mirror is not None:
            is_open(running, running.mirrors.mirror)
        else:
            form(running)


def form(running: Monitor) -> None:
    st.write(
        "Who looks into the mirror sees their own camera with every face's expression, and can take a group photo. "
        "Nobody else sees it, and nothing is stored, unless you take a group photo in this browser and keep it."
    )
    where, what_for = st.columns(2)
    country = lesson_start.ask_country(where, "Country", placeholder="Where the people are")
    purpose = what_for.selectbox(
        "Purpose",
        list(law.USES),
        None,
        format_func=lambda one: law.USES[one],
        placeholder="Choose one",
        help="Some countries forbid guessing emotions in class and at work. This is no legal advice.",
    )
    greeting = pick_greeting()
    if st.button("Open the mirror", type="primary"):
        try:
            running.mirrors.open(country or "", purpose or "", Greeting(*greeting) if greeting else None)
        except ValueError as reason:  # law.Forbidden, too
            st.error(str(reason))
        else:
            st.rerun()


def pick_greeting() -> tuple[str, str, bool] | None:
    """When somebody shows an expression: a text, a sound, or both."""
    choices = ["", "happy", *(name for name in EMOTIONS if name != "happy")]
    expression = st.selectbox("Greet when somebody looks", choices, format_func=lambda name: name or "No greeting")
    if not expression:
        return None
    text = st.text_input("Text on the screen", "Hello!", max_chars=LONGEST_GREETING)
    return expression, text.strip(), st.toggle("With a sound")


def is_open(running: Monitor, mirror: Mirror) -> None:
    link = f"{links.here_url()}/mirror?code={mirror.code}"
    links.invite(link, mirror.code, "Code of the mirror")
    st.write(f"**{law.countries()[mirror.country]}** · {law.USES[mirror.purpose]}")
    if mirror.greeting is not None:
        what = [f"“{screen.plain(mirror.greeting.text)}”"] if mirror.greeting.text else []
        what += ["a sound"] if mirror.greeting.sound else []
        st.write(f"When somebody looks {mirror.greeting.expression}: {' and '.join(what)}")
    cameras(running)
    with st.container(horizontal=True):
        st.link_button("Look into it here", link, icon=":material/face:")
        if st.button("Close the mirror", icon=":material/stop_circle:"):
            running.mirrors.close()
            st.rerun()


@st.fragment(run_every="2s")
def cameras(running: Monitor) -> None:
    n = running.mirrors.cameras()
    st.caption(
        f"{n} {'camera is' if n == 1 else 'cameras are'} on. Each takes the places of {PLACES} students' cameras."
    )


main()
