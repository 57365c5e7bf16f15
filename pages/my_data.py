"""A student's own page: what is stored of them, as a file too, and deleting it. The link holds their seat's token."""

import time

import streamlit as st

from fer.insight.student_table import student_table
from fer.records import CLASS_ONLY, PRESENCE, Lesson, Student
from fer.web import guards, links, screen

UNSEEN = {
    CLASS_ONLY: "Nothing about your face is stored, only figures of the whole class.",
    PRESENCE: "No face is looked at in this lesson.",
}


def main() -> None:
    running = guards.running()
    with screen.narrow():
        st.title("My data")
        token = st.query_params.get("token", "")
        student = running.students.of_token(token)
        if student is not None:
            show(running, student, token)
        elif "deleted" in st.session_state:
            st.success("Everything that was stored about you in this lesson has been deleted.")
        else:
            st.info("Nothing is stored for this link. It is not complete, or the data has already been deleted.")


def show(running, student: Student, token: str) -> None:
    lesson = running.store.lesson(student.lesson_id)
    st.subheader(screen.heading(lesson, student))
    if lesson.has_students:
        observed(running, lesson, student)
    else:
        st.markdown(f"""
- You joined on {screen.day(student.joined_at)} at {screen.clock(student.joined_at)}. Your name is not stored.
- {UNSEEN[lesson.view]}
""")
    said = running.journal.of_student(student.id)
    if len(said):
        st.markdown("What you pressed and answered; your teacher sees how many did, not who:")
        st.dataframe(
            {"Time": [screen.clock(at) for at in said["at"]], "Question": said["question"], "Answer": said["answer"]},
            hide_index=True,
        )
    st.caption(screen.deletion_note(running, lesson))
    if lesson.has_students:
        links.download_links({f"/my-data.csv?token={token}": "Download what was observed (CSV)"})
    with st.popover("Delete my data", icon=":material/delete:"):
        st.write(
            "Everything that is stored about you in this lesson is deleted at once and for good. "
            "If your camera is on, it stops."
        )
        if st.button("Delete everything about me", type="primary"):
            running.students.delete(student)
            st.session_state["deleted"] = True
            st.rerun()


def observed(running, lesson: Lesson, student: Student) -> None:
    students = running.store.students(lesson.id).query("student_id == @student.id")
    counts = running.store.student_counts(lesson.id).query("student_id == @student.id")
    over_the_lesson = student_table(running.store.recent(lesson.id, time.time()), students, counts, 0.0, 0.0)
    st.markdown(f"""
- Your name: **{screen.plain(student.name)}**
- You joined on {screen.day(student.joined_at)} at {screen.clock(student.joined_at)}.
- Your face was looked at **{counts["n"].sum()}** times. For each time are stored: the time, whether a face was seen and
  where in the picture, and how likely each expression was. The file has them. No picture is stored.
- Your expressions over the lesson: {screen.plain(over_the_lesson["Over the lesson"].item())}
""")


main()
