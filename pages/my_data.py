"""A student's own page: what is stored of them, as a file too, and deleting it. Opened by /mine (fer/web/routes.py)."""

from urllib.parse import quote

import streamlit as st

from fer.insight.said_words import SAID
from fer.insight.wording import percent
from fer.records import CLASS_ONLY, LABELS, Lesson, Student
from fer.web import guards, language, links, screen
from fer.web.expression_words import expression_words
from fer.web.language import _, ngettext

MOST_EXPRESSIONS = 3


def main() -> None:
    running = guards.running()
    with screen.centred():
        language.picker()
        st.title(_("My data"))
        if "token" in st.query_params:  # a link that was kept from before the token left the address bar
            guards.redirect(f"mine?token={quote(st.query_params['token'])}")
        token = guards.cookie(running.students.own_cookie(st.query_params.get("lesson", "")))
        student = running.students.of_token(token)
        if student is not None:
            show(running, student, token)
        elif "deleted" in st.session_state:
            st.success(_("Everything that was stored about you in this lesson has been deleted."))
        else:
            st.info(_("Nothing is stored for this link. It is not complete, or the data has already been deleted."))


def show(running, student: Student, token: str) -> None:
    lesson = running.store.lesson(student.lesson_id)
    st.subheader(screen.heading(lesson, student))
    st.markdown("\n".join(f"- {point}" for point in stored(running, lesson, student)))
    said = running.journal.of_student(student.id)
    if len(said):
        st.markdown(_("What you pressed, answered and asked:"))
        lines = [in_words(row) for row in said.itertuples()]
        table = {
            _("Time"): [screen.clock(at) for at in said["at"]],
            _("Question"): [question for question, _answer in lines],
            _("Answer"): [answer for _question, answer in lines],
        }
        st.dataframe(table, hide_index=True)
    st.caption(screen.deletion_note(running, lesson))
    if lesson.has_students:
        links.download_links({f"my-data.csv?lesson={lesson.id}": _("Download what was observed (CSV)")})
    with st.popover(_("My link"), icon=":material/link:"):
        st.write(_("Opens this page later, on another device too. Whoever has it sees your data."))
        st.code(links.own_page(token), language=None, wrap_lines=True)
    with st.popover(_("Delete my data"), icon=":material/delete:"):
        st.write(
            _(
                "Everything that is stored about you in this lesson is deleted at once and for good. "
                "If your camera is on, it stops."
            )
        )
        st.write(
            _(
                "What stays are numbers of the whole class without names, such as how many students were there at what time."
            )
        )
        if st.button(_("Delete everything about me"), type="primary"):
            running.students.delete(student)
            st.session_state["deleted"] = True
            st.rerun()


def in_words(row) -> tuple[str, str]:
    """A row of ``Journal.of_student`` as question and answer."""
    match row.what:
        case "button":
            return "", _(SAID[row.answer])
        case "hand":
            return "", _("Raised hand")
        case "question":
            return row.answer, _("Your question")
    return row.question, row.answer


def stored(running, lesson: Lesson, student: Student) -> list[str]:
    """What is stored of a student, but for what they said, as Markdown."""
    joined = _("You joined on {day} at {time}.").format(
        day=screen.day(student.joined_at), time=screen.clock(student.joined_at)
    )
    if not lesson.has_students:
        unseen = (
            _("Nothing about your face is stored, only figures of the whole class.")
            if lesson.view == CLASS_ONLY
            else _("No face is looked at in this lesson.")
        )
        return [joined, _("Your name is not stored."), unseen]
    counts = running.store.student_counts(lesson.id).query("student_id == @student.id")
    n = int(counts["n"].sum())
    looked = ngettext("Your face was looked at **{n}** time.", "Your face was looked at **{n}** times.", n).format(n=n)
    each = _(
        "For each time are stored: when it was, whether a face was seen and where in the picture, and how likely each "
        "expression was. The file has them. No picture is stored."
    )
    return [
        _("Your name: **{name}**").format(name=screen.plain(student.name)),
        joined,
        f"{looked} {each}",
        _("Your expressions over the lesson: {expressions}").format(expressions=expressions(counts)),
    ]


def expressions(counts) -> str:
    """The most frequent labels of ``Store.student_counts`` in words, each with its share of the faces."""
    words = expression_words()
    labels = counts[counts["state"].isin(LABELS)].groupby("state")["n"].sum()
    most = labels.sort_values(ascending=False, kind="stable").head(MOST_EXPRESSIONS)
    return " · ".join(f"{words[label]} {percent(n / labels.sum())}" for label, n in most.items()) or "–"


main()
