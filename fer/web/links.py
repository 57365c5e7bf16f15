"""Addresses and links: what students open, what downloads, and where a lesson is looked at again."""

import html
import re
from ipaddress import ip_address
from urllib.parse import quote, urlsplit

import segno
import streamlit as st

from fer.languages import _
from fer.records import Lesson, Student
from fer.web import guards


def base_url() -> str:
    """The address students open: FER_PUBLIC_URL, or else the one this browser used."""
    parts = urlsplit(st.context.url or "")
    return guards.running().settings.public_url or f"{parts.scheme}://{parts.netloc}"


def here_url() -> str:
    """The same for what only this process knows."""
    return "/".join(filter(None, (base_url(), guards.running().processes.name)))


def is_this_machine_only(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return host == "localhost" or host.endswith(".localhost") or (_is_ip(host) and ip_address(host).is_loopback)


def has_no_camera(url: str) -> bool:
    """Whether browsers refuse the camera there: plain http anywhere but on the same machine."""
    return urlsplit(url).scheme == "http" and not is_this_machine_only(url)


def camera_is_refused(what_to_do: str) -> bool:
    """Whether browsers refuse the camera to the address of this page; if so, it says so."""
    is_refused = has_no_camera(st.context.url or "")
    if is_refused:
        said = _("Your browser does not give the camera to this page, because its address starts with http://.")
        st.error(f"{said} {what_to_do}")
    return is_refused


def _is_ip(host: str) -> bool:
    return bool(re.fullmatch(r"[0-9.]+|[0-9a-fA-F:]*:[0-9a-fA-F:.]*", host))


def invitation(lesson: Lesson) -> None:
    """Join code, link and QR code, and a warning where students could not use them."""
    if not lesson.may_be_joined:
        st.info(_("Joining is closed, so nobody else can use this."), icon=":material/lock:")
    if lesson.needs_account:
        st.caption(_("Students sign in with their school account."))
    invite(f"{base_url()}/join?code={lesson.code}", lesson.code, _("Join code"))


def invite(link: str, code: str, label: str) -> None:
    """The same for any link with a code."""
    qr = segno.make(link, error="m").svg_data_uri(scale=5, border=2, light="#fff")
    alt, or_open = _("QR code of the link"), _("or open")
    st.html(
        f'<div class="invite"><img src="{qr}" alt="{alt}" width="168">'
        f'<div><div class="label">{label}</div><div class="code">{code}</div>'
        f'<div class="label">{or_open}</div><a href="{html.escape(link)}" target="_blank">{html.escape(link)}</a>'
        f"</div></div>"
    )
    if is_this_machine_only(link):
        st.caption(
            _(
                "This link works on this computer only. To invite others, open the dashboard by an https address "
                "they can reach, or set FER_PUBLIC_URL to it."
            )
        )
    elif has_no_camera(link):
        st.warning(
            _(
                "Browsers give the camera only to https pages. Put the server behind https "
                "(docs/deploy.md) and open the dashboard there, or students cannot start their camera."
            )
        )


def export_links(lesson: Lesson, labels: dict[str, str]) -> None:
    """Links that download; ``labels`` by kind of report."""
    zone = quote(st.context.timezone or "UTC")
    tables = {f"export/{lesson.id}/{kind}.csv": label for kind, label in labels.items()}
    download_links({f"export/{lesson.id}.xlsx?zone={zone}": _("All tables (Excel)"), **tables})


def download_links(labels: dict[str, str]) -> None:
    """Links that download; ``labels`` by address."""
    shown = "".join(
        f'<a href="{html.escape(address)}" download>{html.escape(label)}</a>' for address, label in labels.items()
    )
    st.html(f'<div class="exports">{shown}</div>')


def my_data_link(student: Student) -> None:
    """To what is stored of the student, in a window of its own."""
    token = guards.cookie(guards.running().students.cookie(student.lesson_id))
    st.link_button(
        _("My data"),
        f"{here_url()}/mine?token={token}",  # where the lesson is, deleting takes it out of the memory, too
        icon=":material/shield_person:",
        help=_("See what is stored about you, or delete it. Keep the link for later."),
    )


def own_page(token: str) -> str:
    """The address that a student keeps: it holds the token of their seat, so it works later, and elsewhere."""
    return f"{base_url()}/mine?token={token}"


def review_links(lesson: Lesson, with_replay: bool = True) -> None:
    """Links to the lesson's replay, its course, and its printed page, in the reader's time zone."""
    zone = quote(st.context.timezone or "UTC")
    names = {"replay": _("Replay"), "report": _("Report to print (one page)")}
    replay = f'<a href="replay?lesson={lesson.id}">{names["replay"]}</a>' if with_replay else ""
    all_of = _("All lessons of {course}").format(course=lesson.course)
    course = f'<a href="course?course={quote(lesson.course)}">{html.escape(all_of)}</a>' if lesson.course else ""
    st.html(
        f'<div class="exports">{replay}{course}<a href="report/{lesson.id}?zone={zone}" target="_blank">'
        f"{names['report']}</a></div>"
    )
