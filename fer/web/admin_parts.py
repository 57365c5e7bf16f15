"""What the page Admin is made of."""

import pandas as pd
import streamlit as st

from fer.languages import N_, _, ngettext
from fer.lesson.monitor import Monitor
from fer.store.audit import COMMAND_LINE, SERVER, SOMEBODY, Done
from fer.store.sessions import NOT_BY_ACCOUNT
from fer.web import guards, links, screen

NOBODY = "–"
WHO = {  # where it is no teacher with an account
    SERVER: N_("the server"),
    COMMAND_LINE: N_("the command line"),
    SOMEBODY: N_("somebody"),
    NOT_BY_ACCOUNT.name: N_("password or printed link"),
}
DONE = {
    Done.SIGNED_IN: N_("signed in"),
    Done.REFUSED: N_("refused"),
    Done.SIGNED_OUT: N_("signed out"),
    Done.EXPORTED: N_("exported"),
    Done.ADDED: N_("added"),
    Done.CHANGED: N_("changed"),
    Done.DELETED: N_("deleted"),
}


def settings(running: Monitor) -> None:
    st.write(_("What this server runs with. It is changed by environment variables, and holds from the next start on."))
    in_force, changed = running.settings.shown(), running.settings.changed
    table = pd.DataFrame(
        {
            _("Setting"): list(in_force),
            _("In force"): list(in_force.values()),
            _("Changed"): [_("yes") if key in changed else "" for key in in_force],
        }
    )
    if st.toggle(_("Only what differs from the default"), value=True, key="admin-changed"):
        table = table[table[_("Changed")] != ""]
    screen.table(table, placeholder="")
    st.caption(
        _("Database: {place} · Secrets are never shown. All settings: docs/settings.md").format(
            place=screen.plain(running.store.place)
        )
    )


def teachers(running: Monitor) -> None:
    known = running.store.teachers()
    if not running.settings.oidc_issuer:
        st.info(
            _(
                "Teachers with accounts of their own come with the school's sign-in (FER_OIDC_ISSUER, docs/deploy.md). "
                "Until then, whoever has the password or the printed link is the one teacher, and sees everything."
            )
        )
    if known.empty:
        st.caption(_("Nobody has signed in with a school account yet."))
        return
    table = pd.DataFrame(
        {
            _("No."): known["teacher_id"],
            _("Teacher"): known["name"],
            _("Role"): [_("admin") if is_admin else _("teacher") for is_admin in known["is_admin"]],
            _("Last sign-in"): [screen.clock(at, screen.DAY_AND_TIME) for at in known["signed_in_at"]],
            _("Lessons"): known["lessons"],
        }
    )
    row = screen.chosen_row(table, "teachers")
    if row is None:
        st.caption(
            _(
                "Choose a row to sign somebody out. Who is a teacher and who an admin is said by FER_OIDC_TEACHERS and "
                "FER_OIDC_ADMINS, and by the school's accounts. Teachers see their own lessons, admins all."
            )
        )
        return
    if st.button(
        _("Sign {name} out everywhere").format(name=screen.plain(known["name"][row])), icon=":material/logout:"
    ):
        guards.note(Done.SIGNED_OUT, f"teacher {known['teacher_id'][row]}")
        running.store.sign_teacher_out(known["account"][row])
        st.toast(_("Signed out. Who still has the role at the school can sign in again."))


def people(running: Monitor) -> None:
    known = running.store.people()
    if running.people is None:
        st.info(_("Nobody is recognised on this server (FER_IDENTITY=off)."))
    if running.people is None or not known:
        st.write(ngettext("{n} person is enrolled.", "{n} people are enrolled.", len(known)).format(n=len(known)))
        return
    said = ngettext(
        "**{n}** person is enrolled, with a consent.", "**{n}** people are enrolled, each with a consent.", len(known)
    )
    st.write(said.format(n=len(known)))
    st.page_link("pages/people.py", label=_("Who they are"), icon=":material/group:")


def retention(running: Monitor) -> None:
    keep_days, ran_at = running.settings.keep_days, running.retention.ran_at
    st.write(
        ngettext(
            "A lesson is deleted {n} day after its end (FER_KEEP_DAYS), and so are kept pictures, backups, and teachers "
            "to whom nothing belongs any more.",
            "A lesson is deleted {n} days after its end (FER_KEEP_DAYS), and so are kept pictures, backups, and teachers "
            "to whom nothing belongs any more.",
            keep_days,
        ).format(n=keep_days)
    )
    st.write(
        _("Last deleted what was due: {time}").format(time=screen.clock(ran_at, screen.DAY_AND_TIME))
        if ran_at
        else _("Nothing has been deleted since the server was started.")
    )
    ended = sorted((one for one in guards.lessons() if one.ended_at is not None), key=lambda one: one.ended_at or 0.0)
    if not ended:
        st.caption(_("No lesson has ended yet."))
        return
    names = guards.teachers_names()
    table = pd.DataFrame(
        {
            _("Lesson"): [one.title for one in ended],
            _("Teacher"): [names.get(one.owner_id, NOBODY) for one in ended],
            _("Ended"): [screen.clock(one.ended_at or 0.0, screen.DAY_AND_TIME) for one in ended],
            _("Deletes itself"): [
                screen.clock(running.retention.deleted_at(one.ended_at or 0.0), screen.DAY_AND_TIME) for one in ended
            ],
        }
    )
    screen.table(table)


def audit(running: Monitor) -> None:
    st.write(
        _(
            "Who signed in, and what was exported, deleted and changed. Each row is deleted after "
            "{keep_days} days (FER_KEEP_DAYS). It names no student."
        ).format(keep_days=running.settings.keep_days)
    )
    done = running.store.actions()
    links.download_links({"admin/audit.csv": _("Download it (CSV)")})
    table = pd.DataFrame(
        {
            _("When"): [screen.clock(at, N_("%d %b %Y, %H:%M:%S")) for at in done["at"]],
            _("Who"): [_(WHO[who]) if who in WHO else who for who in done["who"]],
            _("What"): done["done"].map(lambda one: _(DONE[Done(one)])),
            _("Of"): [of(row.about, row.lesson, row.title) for row in done.itertuples()],
        }
    )
    screen.table(table, placeholder="")


def of(about: str, lesson: int, title: str) -> str:
    """What it was done to; a lesson by its title while it exists."""
    named = title or (_("lesson {number}").format(number=lesson) if lesson else "")
    return " · ".join(filter(None, (named, about)))
