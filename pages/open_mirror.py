"""The teacher opens a mirror, for whom and for what, and closes it again."""

import streamlit as st

from fer.languages import _, ngettext
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
        st.title(_("Mirror"))
        if running.recognition is None:
            st.info(_("This server computes no expressions (FER_EXPRESSIONS=off), so it has no mirror."))
        elif running.mirrors.mirror is not None:
            if guards.require_teacher().may_see(running.mirrors.mirror.owner_id):
                is_open(running, running.mirrors.mirror)
            else:
                st.info(
                    _(
                        "Another teacher's mirror is open, and this server has one mirror. They can close it, or an admin."
                    )
                )
        else:
            form(running)


def form(running: Monitor) -> None:
    st.write(
        _(
            "Who looks into the mirror sees their own camera with every face's expression, and can take a group photo. "
            "Nobody else sees it, and nothing is stored, unless you take a group photo in this browser and keep it."
        )
    )
    where, what_for = st.columns(2)
    country = lesson_start.ask_country(where, _("Country"), placeholder=_("Where the people are"))
    purpose = what_for.selectbox(
        _("Purpose"),
        list(law.USES),
        None,
        format_func=lambda one: _(law.USES[one]),
        placeholder=_("Choose one"),
        help=_("Some countries forbid guessing emotions in class and at work. This is no legal advice."),
    )
    greeting = pick_greeting()
    if st.button(_("Open the mirror"), type="primary"):
        try:
            greets = Greeting(*greeting) if greeting else None
            running.mirrors.open(country or "", purpose or "", greets, guards.require_teacher().id)
        except ValueError as reason:  # law.Forbidden, too
            st.error(str(reason))
        else:
            st.rerun()


def pick_greeting() -> tuple[str, str, bool] | None:
    """When somebody shows an expression: a text, a sound, or both."""
    choices = ["", "happy", *(name for name in EMOTIONS if name != "happy")]
    expression = st.selectbox(
        _("Greet when somebody looks"), choices, format_func=lambda name: _(name) if name else _("No greeting")
    )
    if not expression:
        return None
    text = st.text_input(_("Text on the screen"), _("Hello!"), max_chars=LONGEST_GREETING)
    return expression, text.strip(), st.toggle(_("With a sound"))


def is_open(running: Monitor, mirror: Mirror) -> None:
    link = f"{links.here_url()}/mirror?code={mirror.code}"
    links.invite(link, mirror.code, _("Code of the mirror"))
    st.write(f"**{law.country_name(mirror.country)}** · {_(law.USES[mirror.purpose])}")
    if mirror.greeting is not None:
        what = [f"“{screen.plain(mirror.greeting.text)}”"] if mirror.greeting.text else []
        what += [_("a sound")] if mirror.greeting.sound else []
        st.write(
            _("When somebody looks {expression}: {what}").format(
                expression=_(mirror.greeting.expression), what=" · ".join(what)
            )
        )
    cameras(running)
    with st.container(horizontal=True):
        st.link_button(_("Look into it here"), link, icon=":material/face:")
        if st.button(_("Close the mirror"), icon=":material/stop_circle:"):
            running.mirrors.close()
            st.rerun()


@st.fragment(run_every="2s")
def cameras(running: Monitor) -> None:
    n = running.mirrors.cameras()
    st.caption(
        ngettext(
            "{n} camera is on. Each takes the places of {places} students' cameras.",
            "{n} cameras are on. Each takes the places of {places} students' cameras.",
            n,
        ).format(n=n, places=PLACES)
    )


main()
