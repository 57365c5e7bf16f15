"""What the pages share on screen: guards, redirects, invitation, and text that is safe to show."""

import base64
import functools
import html
import json
import re
import time
from datetime import UTC, datetime, tzinfo
from ipaddress import ip_address
from urllib.parse import quote, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import cv2
import segno
import streamlit as st

from fer.insight.aggregate import percent
from fer.lesson import monitor
from fer.lesson.auth import TooManyFailures
from fer.lesson.monitor import Monitor
from fer.lesson.seats import Picture
from fer.records import Lesson, Status, Student
from fer.store.store import StoreError

PASSWORD_TICKET_S = 60.0


def running() -> Monitor:
    """The process's monitor; ends the page with a sentence where the server was started without one."""
    found = monitor.current()
    if found is None:
        st.error(
            "This page needs its server. Start it with `make run` (or `python -m fer.web.serve`), "
            "not with `streamlit run`."
        )
        st.stop()
    return found


def cookie(name: str) -> str:
    return st.context.cookies.get(name, "")


STYLE = """<style>
.stMainBlockContainer {padding-top: 2.5rem}
/* A key that marks a moment would draw a frame around the whole page; nothing in it has the focus. */
.stMain:focus-visible::before, .stMain:focus-visible::after {display: none}
/* On a busy machine a live page would fade and come back every second; its age is on it. */
[data-stale="true"] {opacity: 1 !important}
/* It would blink with every tick of a live page; but "connection lost" must show. */
[data-testid="stStatusWidget"]:not(:has([data-testid="stConnectionStatus"])) {display: none}
</style>"""


def style() -> None:
    st.html(STYLE)


def says_store_errors(function):
    """Shows a sentence instead of an error box where the database cannot be used. For what Streamlit runs by itself:
    a page, a fragment, a dialog."""

    @functools.wraps(function)
    def shown(*args, **kwargs):
        try:
            return function(*args, **kwargs)
        except StoreError as error:
            st.error(f"The database cannot be used right now, so nothing was changed. {plain(str(error))}")

    return shown


# Who may see the page


def is_teacher() -> bool:
    here = running()
    return here.sign_in.is_session(cookie(here.teacher_cookie()))


def require_teacher() -> None:
    """The guard of every teacher page: shows the sign-in and nothing else to anyone else."""
    if not is_teacher():
        _sign_in_form(running())
        st.stop()


def _sign_in_form(here: Monitor) -> None:
    with narrow():
        st.title("Teacher sign-in")
        if not here.sign_in.has_password:
            st.write(
                "Open the sign-in link printed in the terminal where the server runs. "
                "It works once; after each use a new one is printed there."
            )
            return
        with st.form("sign-in"):
            password = st.text_input("Password", type="password", autocomplete="current-password")
            if st.form_submit_button("Sign in", type="primary"):
                try:
                    if here.sign_in.check_password(password, st.context.ip_address or ""):
                        redirect(f"/signin?ticket={here.teacher_ticket(PASSWORD_TICKET_S)}")
                    st.error("That is not the password.")
                except TooManyFailures as error:
                    st.error(str(error))


def teacher_menu(*pages) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        for page in pages:
            st.page_link(page)
        st.space("stretch")
        if st.button("Sign out", icon=":material/logout:", type="tertiary"):
            here = running()
            here.sign_in.end_session(cookie(here.teacher_cookie()))
            redirect("/")


def redirect(path: str) -> None:
    """Send the browser to a path of this site by a full page load, which is when cookies are read. Ends the page."""
    st.html(f"<script>window.location.replace({json.dumps(path)})</script>", unsafe_allow_javascript=True)
    st.caption("One moment …")
    st.stop()


# Addresses


def base_url() -> str:
    """The address students open: FER_PUBLIC_URL, or else the one this browser used."""
    parts = urlsplit(st.context.url or "")
    return running().settings.public_url or f"{parts.scheme}://{parts.netloc}"


def is_this_machine_only(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return host == "localhost" or host.endswith(".localhost") or (_is_ip(host) and ip_address(host).is_loopback)


def has_no_camera(url: str) -> bool:
    """Whether browsers refuse the camera there: plain http anywhere but on the same machine."""
    return urlsplit(url).scheme == "http" and not is_this_machine_only(url)


def _is_ip(host: str) -> bool:
    return bool(re.fullmatch(r"[0-9.]+|[0-9a-fA-F:]*:[0-9a-fA-F:.]*", host))


def invitation(lesson: Lesson) -> None:
    """Join code, link and QR code, and a warning where students could not use them."""
    link = f"{base_url()}/join?code={lesson.code}"
    qr = segno.make(link, error="m").svg_data_uri(scale=5, border=2, light="#fff")
    st.html(
        f'<div class="invite"><img src="{qr}" alt="QR code of the join link" width="168">'
        f'<div><div class="label">Join code</div><div class="code">{lesson.code}</div>'
        f'<div class="label">or open</div><a href="{html.escape(link)}" target="_blank">{html.escape(link)}</a>'
        f"</div></div>{INVITE_STYLE}"
    )
    if is_this_machine_only(link):
        st.caption(
            "This link works on this computer only. To invite others, open the dashboard by an https address "
            "they can reach, or set FER_PUBLIC_URL to it."
        )
    elif has_no_camera(link):
        st.warning(
            "Browsers give the camera only to https pages. Put the server behind https "
            "(README: “Let students in”) and open the dashboard there, or students cannot start their camera."
        )


def export_links(lesson: Lesson, labels: dict[str, str]) -> None:
    """Links that download; ``labels`` by kind of report."""
    links({f"/export/{lesson.id}/{kind}.csv": label for kind, label in labels.items()})


def links(labels: dict[str, str]) -> None:
    """Links that download; ``labels`` by address."""
    shown = "".join(
        f'<a href="{html.escape(address)}" download>{html.escape(label)}</a>' for address, label in labels.items()
    )
    st.html(f'<div class="exports">{shown}</div>{EXPORT_STYLE}')


def deletion_note(lesson: Lesson) -> str:
    """When a lesson deletes itself, as a sentence."""
    here = running()
    if lesson.is_open:
        return f"All of it is deleted {here.settings.keep_days} days after the lesson has ended."
    return f"All of it deletes itself on {day(here.retention.deleted_at(lesson.ended_at))}."


def my_data_link(student: Student) -> None:
    """To what is stored of the student, in a window of its own. It holds their seat's token, so it works later, too."""
    token = cookie(running().seat_cookie(student.lesson_id))
    st.link_button(
        "My data",
        f"{base_url()}/my-data?token={token}",
        icon=":material/shield_person:",
        help="See what is stored about you, or delete it. Keep the link for later.",
    )


def review_links(lesson: Lesson, with_replay: bool = True) -> None:
    """Links to the lesson's replay, its course, and its printed page, in the reader's time zone."""
    zone = quote(st.context.timezone or "UTC")
    replay = f'<a href="/replay?lesson={lesson.id}">Replay</a>' if with_replay else ""
    course = (
        f'<a href="/course?course={quote(lesson.course)}">All lessons of {html.escape(lesson.course)}</a>'
        if lesson.course
        else ""
    )
    st.html(
        f'<div class="exports">{replay}{course}<a href="/report/{lesson.id}?zone={zone}" target="_blank">Report to print '
        f"(one page)</a></div>{EXPORT_STYLE}"
    )


EXPORT_STYLE = """<style>
.exports {display: flex; flex-wrap: wrap; gap: .75rem}
.exports a {border: 1px solid rgba(128, 128, 128, .4); border-radius: .5rem; padding: .4rem .8rem; color: inherit;
            text-decoration: none}
.exports a:hover, .exports a:focus {border-color: #0072B2; color: #0072B2}
</style>"""

INVITE_STYLE = """<style>
.invite {display: flex; flex-wrap: wrap; gap: 1.25rem; align-items: center}
.invite img {border-radius: 8px}
.invite .label {opacity: .7; font-size: .9rem}
.invite .code {font: 700 2.75rem/1.1 ui-monospace, monospace; letter-spacing: .12em; margin-bottom: .4rem}
.invite a {overflow-wrap: anywhere}
</style>"""


# Text and pictures


def model_note() -> None:
    """Which models look at the class, and how far to trust them."""
    here = running()
    st.caption(
        f"Faces are found by {here.detector.name}. Expressions are guessed by {here.card.name}, which agrees with "
        f"the label on {percent(here.card.metrics['accuracy'])} of FER-2013's test faces. "
        "It reads faces, not minds."
    )


def heading(lesson: Lesson, student: Student) -> str:
    return plain(f"{lesson.title} · {student.name}" if student.name else lesson.title)


def narrow():
    """A centred column of reading width on the wide layout."""
    return st.container(width=640)


def plain(text: str) -> str:
    """Text of a person, shown as typed: nothing in it is Markdown, HTML, an emoji code or a formula."""
    return re.sub(r"([\\`*_{}\[\]()#+\-.!|<>~:$&^])", r"\\\1", text)


def day(at: float) -> str:
    return clock(at, "%d %b %Y")


def clock(at: float, form: str = "%H:%M") -> str:
    """A Unix time in the time zone of the person who looks."""
    return datetime.fromtimestamp(at, zone(st.context.timezone or "")).strftime(form)


def zone(name: str) -> tzinfo:
    """The time zone of a browser or an address; UTC for what is none."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        return UTC


def duration(lesson: Lesson) -> str:
    minutes = int(((lesson.ended_at or time.time()) - lesson.started_at) // 60)
    return f"{minutes // 60} h {minutes % 60} min" if minutes >= 60 else f"{minutes} min"


def show_picture(picture: Picture) -> None:
    """A student's own last analysed frame with its boxes, mirrored as people know themselves; nothing is stored."""
    frame = cv2.flip(picture.frame_bgr, 1)
    width = frame.shape[1]
    for seen in picture.observations:
        if seen.status is Status.FACE:
            x1, y1, x2, y2 = (round(v) for v in seen.box_xyxy)
            cv2.rectangle(frame, (width - x2, y1), (width - x1, y2), (80, 200, 0), 2)
    # As a data URI: st.image would put the picture behind an address that others could open.
    data = base64.b64encode(cv2.imencode(".jpg", frame)[1]).decode()
    st.html(
        f'<img src="data:image/jpeg;base64,{data}" alt="Your last analysed picture" '
        'style="width:100%;max-width:320px;border-radius:8px">'
    )
