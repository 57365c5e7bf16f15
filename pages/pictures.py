"""Pictures and videos from files or the camera: every face's expression, its seven probabilities, and tables of them."""

import streamlit as st

from fer.languages import N_, _
from fer.lesson.monitor import Monitor
from fer.lesson.pictures import Pictures
from fer.lesson.reader import Reader
from fer.web import guards, kept_parts, picture_parts

guards.require_teacher()

NEW, KEPT = N_("New"), N_("Kept")


def main() -> None:
    running = guards.running()
    st.title(_("Pictures"))
    if running.reader is None:
        st.info(
            _(
                "This server computes no expressions (FER_EXPRESSIONS=off), so it reads no pictures. Those that were kept "
                "before stand here, to be opened or deleted."
            )
        )
        kept_parts.kept(running, running.pictures)
        return
    view = st.segmented_control(
        _("Which"),
        [NEW, KEPT],
        default=NEW,
        required=True,
        format_func=_,
        key="pictures-view",
        label_visibility="collapsed",
    )
    if view == KEPT:
        kept_parts.kept(running, running.pictures)
    else:
        new(running, running.pictures, running.reader)


def new(running: Monitor, pictures: Pictures, reader: Reader) -> None:
    work = picture_parts.new(pictures, reader)
    if work is None:
        st.caption(_("What you look at here is in this server's memory only, unless you keep it."))
    elif work.is_running:
        picture_parts.progress(work)
    elif work.results:
        picture_parts.show(work, picture_parts.chosen(work))
        kept_parts.ask_to_keep(running, work)


main()
