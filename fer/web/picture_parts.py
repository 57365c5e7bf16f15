"""What the page Pictures is made of: how a file is given, and how what was seen in it is shown."""

import html
from collections import Counter

import pandas as pd
import streamlit as st

from fer.insight import charts
from fer.insight.video_figures import face_times, moments
from fer.insight.wording import NOTHING, capital, percent
from fer.languages import N_, _, decimal, ngettext
from fer.lesson.pictures import Given, Pictures, Result, Work, name_again
from fer.lesson.reader import Reader
from fer.privacy import law
from fer.records import COVERED, CUT_OFF, EMOTIONS, TOO_SMALL, TURNED, UNDECIDED, UNSURE, Reading
from fer.vision import video
from fer.vision.analyze_files import PICTURES
from fer.web import guards, lesson_start, links, people_parts, screen
from fer.web.people_parts import DEVICE, FILES

MOST_SHOWN = 6  # faces with a chart, until one asks for all
AT_ONCE_S = 1.0  # what takes no longer needs no bar
REASONS = {
    TOO_SMALL: N_("It is too small to be read. A picture from closer by helps."),
    CUT_OFF: N_("It is cut off at the edge of the picture."),
    TURNED: N_("It is not clear which way is up."),
    COVERED: N_("Too much of it is covered or in shadow."),
    UNDECIDED: N_("No expression is likely enough to be named."),
}
TABLE = ("time_s", "face", "identity", "expression", "unsure_because", *EMOTIONS, "score")
TITLES = {
    "time_s": N_("Seconds"),
    "face": N_("Face"),
    "identity": N_("Name"),
    "expression": N_("Expression"),
    "unsure_because": N_("Why unsure"),
}
TITLES |= {emotion: emotion for emotion in EMOTIONS} | {"score": N_("Detector's score")}


def new(pictures: Pictures, reader: Reader) -> Work | None:
    """Asks for country, purpose and files; what was seen in them, once there is something."""
    country, purpose = lesson_start.ask_place_and_purpose(
        _("Country of the people in the pictures"), law.USES, None, "pictures-"
    )
    if not is_allowed(country, purpose):
        forget()
        return None
    given = files()
    model, every_s = options(reader)
    return work_of(pictures, given, country, purpose, model, every_s)


def is_allowed(country: str, purpose: str) -> bool:
    """Says why not."""
    try:
        law.check_use(country, purpose)
    except law.Forbidden as reason:
        st.error(str(reason))
    except ValueError:
        st.info(_("Choose the country and the purpose first: the law asks for them."))
    else:
        return True
    return False


def files() -> list:
    """What was uploaded or taken."""
    where = st.segmented_control(_("From"), [FILES, DEVICE], default=FILES, required=True, format_func=_)
    if where == DEVICE:
        taken = st.camera_input(_("Take a picture"), resolution="720p")
        return [taken] if taken else []
    endings = sorted(one.removeprefix(".") for one in PICTURES | video.SUFFIXES)
    return st.file_uploader(_("Pictures and videos"), endings, accept_multiple_files=True, key="pictures-files")


def options(reader: Reader) -> tuple[str, float]:
    with st.expander(_("Model, and how often a video is looked at")):
        which, how_often = st.columns(2)
        names = list(reader.cards)
        served = reader.served()
        model = which.selectbox(_("Model"), names, index=names.index(served) if served in names else 0)
        every_s = how_often.select_slider(
            _("Seconds from one look at a video to the next"), [0.25, 0.5, 1.0, 2.0, 5.0], 0.5
        )
    return model, every_s


def work_of(pictures: Pictures, given: list, country: str, purpose: str, model: str, every_s: float) -> Work | None:
    """The page's work on these files; a new one where they, or how they are looked at, have changed."""
    asked = (tuple(one.file_id for one in given), country, purpose, model, every_s)
    before: Work | None = st.session_state.get("pictures-work")
    if before is not None and st.session_state["pictures-asked"] == asked:
        return before
    if before is not None:
        before.cancel()
    if not given:
        forget()
        return None
    files = [Given(one.file_id, one.name, one.getvalue()) for one in given]
    work = pictures.start(files, country, purpose, model, every_s, before, guards.require_teacher().id)
    st.session_state["pictures-work"], st.session_state["pictures-asked"] = work, asked
    work.ended.wait(AT_ONCE_S)
    return work


def forget() -> None:
    if "pictures-work" in st.session_state:
        st.session_state.pop("pictures-work").cancel()


@st.fragment(run_every="0.5s")
@guards.says_store_errors
def progress(work: Work) -> None:
    """A bar and a button, until the work has ended."""
    guards.require_teacher()  # it runs by itself, without the page's guard
    work.ask()
    if not work.is_running:
        st.rerun()
    said = (
        _("Looking at {now}, {n} of {files}").format(now=work.now, n=len(work.results), files=len(work.given))
        if len(work.given) > 1
        else _("Looking at {now}").format(now=work.now)
    )
    st.progress(work.share, screen.plain(said))
    st.button(_("Cancel"), icon=":material/close:", on_click=work.cancel, disabled=work.is_cancelled)


def chosen(work: Work) -> int:
    """Which of several files is shown: the one whose row is selected, else the first."""
    if len(work.results) < 2:
        return 0
    table = pd.DataFrame(
        {_("File"): [one.given.name for one in work.results], _("What was seen"): [told(one) for one in work.results]}
    )
    return screen.chosen_row(table, f"chosen-{work.token}") or 0


def told(result: Result) -> str:
    """What was seen in one line: "3 faces: 2 happy, 1 unsure"."""
    if not result.looks:
        return result.error or "…"
    if result.given.is_video:
        people = {number for look in result.looks for number in look.numbers or []}
        looks = ngettext("{n} look", "{n} looks", len(result.looks)).format(n=len(result.looks))
        return f"{looks}, {how_many_faces(len(people))}"
    readings = result.looks[0].readings
    names = Counter(one.expression for one in readings).most_common()
    return how_many_faces(len(readings)) + (": " + ", ".join(f"{n} {_(name)}" for name, n in names) if names else "")


def how_many_faces(n: int) -> str:
    return ngettext("{n} face", "{n} faces", n).format(n=n) if n else _("no faces")


def show(work: Work, number: int) -> None:
    """All that was seen in one file."""
    result = work.results[number]
    if result.error:
        st.error(screen.plain(result.error))
    if not result.looks:
        return
    people, place = guards.running().people, over_time(work, result) if result.given.is_video else 0
    seen = name_again(result, people) if people and not result.given.is_video else []
    look = result.looks[place]
    left, right = st.columns([3, 2], gap="medium")
    with left:
        picture(f"picture/{work.token}/{number}/{place}.jpg", f"{result.given.name}: {told(result)}")
        st.caption(
            screen.plain(f"{result.given.name} · {result.width} x {result.height} · {result.model} {result.version}")
        )
    with right:
        faces(look.readings, look.numbers, f"{work.token}-{number}-{place}")
    if people and seen and not people.refusal() and guards.require_teacher().is_admin:
        people_parts.correct(people, seen, first=0)
    table(result)
    addresses = {
        f"picture/{work.token}/faces{end}": _("Table ({format})").format(format=end[1:].upper())
        for end in (".csv", ".json", ".xlsx")
    }
    if not result.given.is_video:
        addresses[f"picture/{work.token}/{number}/marked.jpg"] = _("Picture with the faces marked")
    links.download_links(addresses)


def picture(address: str, what: str) -> None:
    """An address of this server, which answers the teacher only."""
    st.html(
        f'<img src="{html.escape(address)}" alt="{html.escape(what)}" '
        'style="max-width: 100%; max-height: 75vh; border-radius: .5rem">'
    )


def faces(readings: list[Reading], numbers: list[int] | None, key: str) -> None:
    if not readings:
        st.info(_("No face is seen here."))
        return
    together = list(zip(numbers or range(len(readings)), readings, strict=True))
    every = len(together) <= MOST_SHOWN or st.toggle(
        _("All {n} faces, not only the largest").format(n=len(together)), key=f"all-{key}"
    )
    for number, reading in together if every else together[:MOST_SHOWN]:
        face(number, reading, key)


def face(number: int, reading: Reading, key: str) -> None:
    """One face: its bars, or why it cannot be read. ``key``: of the picture."""
    likely = "" if reading.expression == UNSURE else f" {percent(max(reading.probabilities))}"
    who = f" · {screen.plain(reading.identity.name)}" if reading.identity else ""
    st.markdown(
        _("**Face {number}**{who} · {expression}{likely}").format(
            number=number, who=who, expression=_(reading.expression), likely=likely
        )
    )
    if reading.unsure_because:
        st.write(_(REASONS[reading.unsure_because]))
    if reading.unsure_because in (None, UNDECIDED):
        st.altair_chart(charts.probabilities_chart(reading.probabilities), key=f"face-{key}-{number}")


def over_time(work: Work, result: Result) -> int:
    """The time line of each face, and where one stands out; which look is shown."""
    rows = pd.DataFrame(result.rows(), columns=["time_s", "face", "expression", "unsure_because", *EMOTIONS])
    times = face_times(rows, work.every_s)
    if len(times):
        st.altair_chart(charts.face_times_chart(times), key=f"times-{work.token}-{result.given.id}")
    places = {round(look.time_s or 0, 3): place for place, look in enumerate(result.looks)}
    key = f"time-{work.token}-{result.given.id}"
    found = moments(rows)
    if len(found):
        st.markdown(_("**Where a face looks least as it usually does**"))
        with st.container(horizontal=True):
            for row in found.sort_values("time_s").itertuples():
                label = _("{time} s · face {face} · {expression}").format(
                    time=decimal(row.time_s, 1), face=f"{row.face:.0f}", expression=_(row.expression)
                )
                st.button(label, key=f"{key}-{row.time_s}-{row.face}", on_click=go_to, args=(key, row.time_s))
    if len(places) == 1:
        return 0
    return places[
        st.select_slider(_("Shown is the look at"), list(places), key=key, format_func=lambda at: f"{decimal(at, 1)} s")
    ]


def go_to(key: str, time_s: float) -> None:
    st.session_state[key] = time_s


def table(result: Result) -> None:
    rows = pd.DataFrame(result.rows(), columns=list(TABLE))
    shown = rows.dropna(subset=["face"]).dropna(axis=1, how="all")
    if shown.empty:
        return
    share = st.column_config.NumberColumn(format="percent")
    words = {name: shown[name].map(_, na_action="ignore") for name in ("expression", "unsure_because") if name in shown}
    screen.table(
        shown.assign(**words).rename(columns=lambda name: capital(_(TITLES[name]))),
        column_config={capital(_(emotion)): share for emotion in EMOTIONS},
        placeholder=NOTHING,
    )
