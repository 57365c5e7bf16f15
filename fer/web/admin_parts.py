"""What the page Admin is made of."""

import pandas as pd
import streamlit as st

from fer.lesson.monitor import Monitor
from fer.store.audit import Done
from fer.web import guards, links, screen

NOBODY = "–"


def settings(running: Monitor) -> None:
    st.write("What this server runs with. It is changed by environment variables, and holds from the next start on.")
    in_force, changed = running.settings.shown(), running.settings.changed
    table = pd.DataFrame(
        {
            "Setting": list(in_force),
            "In force": list(in_force.values()),
            "Changed": ["yes" if key in changed else "" for key in in_force],
        }
    )
    if st.toggle("Only what differs from the default", value=True, key="admin-changed"):
        table = table[table["Changed"] == "yes"]
    screen.table(table, placeholder="")
    st.caption(
        f"Database: {screen.plain(running.store.place)} · Secrets are never shown. All settings: docs/settings.md"
    )


def teachers(running: Monitor) -> None:
    known = running.store.teachers()
    if not running.settings.oidc_issuer:
        st.info(
            "Teachers with accounts of their own come with the school's sign-in (FER_OIDC_ISSUER, docs/deploy.md). "
            "Until then, whoever has the password or the printed link is the one teacher, and sees everything."
        )
    if known.empty:
        st.caption("Nobody has signed in with a school account yet.")
        return
    table = pd.DataFrame(
        {
            "No.": known["teacher_id"],
            "Teacher": known["name"],
            "Role": ["admin" if is_admin else "teacher" for is_admin in known["is_admin"]],
            "Last sign-in": [screen.clock(at, screen.DAY_AND_TIME) for at in known["signed_in_at"]],
            "Lessons": known["lessons"],
        }
    )
    row = screen.chosen_row(table, "teachers")
    if row is None:
        st.caption(
            "Choose a row to sign somebody out. Who is a teacher and who an admin is said by FER_OIDC_TEACHERS and "
            "FER_OIDC_ADMINS, and by the school's accounts. Teachers see their own lessons, admins all."
        )
        return
    if st.button(f"Sign {screen.plain(known['name'][row])} out everywhere", icon=":material/logout:"):
        guards.note(Done.SIGNED_OUT, f"teacher {known['teacher_id'][row]}")
        running.store.sign_teacher_out(known["account"][row])
        st.toast("Signed out. Who still has the role at the school can sign in again.")


def people(running: Monitor) -> None:
    known = running.store.people()
    if running.people is None:
        st.info("Nobody is recognised on this server (FER_IDENTITY=off).")
    if running.people is None or not known:
        st.write(f"{len(known)} people are enrolled.")
        return
    st.write(f"**{len(known)}** {'person is' if len(known) == 1 else 'people are'} enrolled, each with a consent.")
    st.page_link("pages/people.py", label="Who they are", icon=":material/group:")


def retention(running: Monitor) -> None:
    keep_days, ran_at = running.settings.keep_days, running.retention.ran_at
    st.write(
        f"A lesson is deleted {keep_days} days after its end (FER_KEEP_DAYS), and so are kept pictures, backups, and "
        "teachers to whom nothing belongs any more. The last look was "
        + (f"on {screen.clock(ran_at, screen.DAY_AND_TIME)}." if ran_at else "not yet.")
    )
    ended = sorted((one for one in guards.lessons() if one.ended_at is not None), key=lambda one: one.ended_at or 0.0)
    if not ended:
        st.caption("No lesson has ended yet.")
        return
    names = guards.teachers_names()
    table = pd.DataFrame(
        {
            "Lesson": [one.title for one in ended],
            "Teacher": [names.get(one.owner_id, NOBODY) for one in ended],
            "Ended": [screen.clock(one.ended_at or 0.0, screen.DAY_AND_TIME) for one in ended],
            "Deletes itself": [
                screen.clock(running.retention.deleted_at(one.ended_at or 0.0), screen.DAY_AND_TIME) for one in ended
            ],
        }
    )
    screen.table(table)


def audit(running: Monitor) -> None:
    st.write(
        "Who signed in, and what was exported, deleted and changed. Each row is deleted after "
        f"{running.settings.keep_days} days (FER_KEEP_DAYS). It names no student."
    )
    done = running.store.actions()
    links.download_links({"admin/audit.csv": "Download it (CSV)"})
    table = pd.DataFrame(
        {
            "When": [screen.clock(at, "%d %b %Y, %H:%M:%S") for at in done["at"]],
            "Who": done["who"],
            "What": done["done"],
            "Of": [of(row.about, row.lesson, row.title) for row in done.itertuples()],
        }
    )
    screen.table(table, placeholder="")


def of(about: str, lesson: int, title: str) -> str:
    """What it was done to; a lesson by its title while it exists."""
    named = title or (f"lesson {lesson}" if lesson else "")
    return " · ".join(filter(None, (named, about)))
