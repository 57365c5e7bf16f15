"""Pictures and videos from files or the camera: every face's expression, its seven probabilities, and tables of them."""

import streamlit as st

from fer.web import guards, picture_parts

guards.require_teacher()


def main() -> None:
    running = guards.running()
    st.title("Pictures")
    if running.pictures is None:
        st.info("This server computes no expressions (FER_EXPRESSIONS=off), so it reads no pictures.")
        return
    work = picture_parts.new(running.pictures)
    if work is None:
        return
    if work.is_running:
        picture_parts.progress(work)
    elif work.results:
        picture_parts.show(work, picture_parts.chosen(work))
    st.caption("In this server's memory only, and gone when you leave or reload this page.")


main()
