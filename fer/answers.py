"""What a student can say by button, with or without a camera."""

import time

import streamlit as st

from fer import ui
from fer.journal import WORDS
from fer.records import Student

LABELS = {"lost": ("I'm lost", "help"), "got it": ("Got it", "check_circle"), "slower": ("Slower", "slow_motion_video")}


@st.fragment(run_every="2s")
@ui.says_store_errors
def answer_buttons(running, student: Student) -> None:
    """Three buttons, and the teacher's poll while one is open. Pressed again, they change the answer."""
    mine = running.journal.my_word(student.id, time.time())
    st.caption("Tell your teacher. The teacher sees how many say it, not who; it counts for 3 minutes.")
    with st.container(horizontal=True):
        for word in WORDS:
            label, icon = LABELS[word]
            st.button(label, icon=f":material/{icon}:", key=f"say-{word}", type="primary" if word == mine else "secondary",
                      on_click=say, args=(running, student, word))
    poll = running.journal.open_poll_of(student.lesson_id)
    if poll is None:
        return
    chosen = running.journal.my_vote(poll, student.id)
    with st.container(border=True):
        st.markdown(f"**{ui.plain(poll.question)}**")
        with st.container(horizontal=True):
            for place, choice in enumerate(poll.choices):
                st.button(ui.plain(choice), key=f"vote-{poll.id}-{place}", on_click=vote,
                          type="primary" if place == chosen else "secondary", args=(running, poll, student, place))


@ui.says_store_errors
def say(running, student: Student, word: str) -> None:
    running.journal.say(student.lesson_id, student.id, word, time.time())


@ui.says_store_errors
def vote(running, poll, student: Student, place: int) -> None:
    try:
        running.journal.vote(poll, student.id, place, time.time())
    except ValueError as error:  # closed in the meantime
        st.toast(str(error))
