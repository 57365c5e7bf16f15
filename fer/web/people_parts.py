"""What the page People is made of. Photos are looked at in memory; what is stored of them is in fer/store/people.py."""

import html
import io
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import streamlit as st

from fer import languages
from fer.insight.presence import COLUMNS, WARNING, presence
from fer.insight.roster import import_roster
from fer.languages import N_, _, ngettext
from fer.privacy import law
from fer.privacy.consent import IdentityTerms, identity_consent
from fer.store.audit import Done
from fer.store.people import CAMERA, CONFIRMED, IMPORTED, LONGEST_NAME, PHOTO, ConsentRecord, FaceVector, Person
from fer.vision.analyze import PictureError, decode
from fer.vision.identity import LEAST_FACES
from fer.vision.known_people import Checked, KnownPeople, SeenFace
from fer.vision.shown_people import Shown, delete_in, pictures_with
from fer.web import guards, lesson_start, links, screen
from fer.web.people_routes import HereList, keep

PHOTO_TYPES = ["jpg", "jpeg", "png", "webp", "bmp", "heic"]
FILES, DEVICE = N_("Files"), N_("This device's camera")
FACES_STYLE = """<style>
.faces {display: flex; flex-wrap: wrap; gap: .75rem}
.faces figure {margin: 0; max-width: 96px}
.faces img {width: 96px; height: 96px; object-fit: cover; border-radius: .5rem}
.faces figcaption {font-size: .85rem; overflow-wrap: anywhere}
</style>"""
TITLES = {"name": N_("Name"), "state": N_("State"), "similarity": N_("Similarity"), "picture": N_("Picture")}
CAME_FROM = {
    PHOTO: N_("photo"),
    CAMERA: N_("camera"),
    CONFIRMED: N_("confirmed picture"),
    IMPORTED: N_("imported"),
}
MOST_SHOWN = 12  # kept pictures of somebody who is to be deleted
Photos = list[tuple[str, np.ndarray]]


# Who is enrolled


def enrolled(people: KnownPeople) -> None:
    everybody = people.store.people()
    if not everybody:
        st.info(_("Nobody is enrolled yet."))
        return
    version = people.vectors.version
    table = pd.DataFrame(
        {
            _("Name"): [one.name for one in everybody],
            _("Photos"): [one.faces.get(version, 0) for one in everybody],
            _("Enrolled"): [screen.clock(one.added_at, N_("%d %b %Y")) for one in everybody],
            _("Agreed by"): [one.consent.agreed_by for one in everybody],
            _("Learns from later pictures"): [_("yes") if one.consent.learns_more else _("no") for one in everybody],
        }
    )
    row = screen.chosen_row(table, "people-table")
    if row is None:
        st.caption(_("Choose a row to rename somebody, to add or remove photos, or to delete them."))
        return
    details(people, everybody[row])


def details(people: KnownPeople, person: Person) -> None:
    st.subheader(screen.plain(person.name))
    consent = person.consent
    day = screen.clock(consent.agreed_at, screen.DAY_AND_TIME)
    with st.expander(screen.plain(_("{agreed_by} agreed on {day}").format(agreed_by=consent.agreed_by, day=day))):
        st.markdown(consent.words)
        st.caption(
            screen.plain(
                _("{country}, {purpose}. Version of the words: {version}").format(
                    country=law.country_name(consent.country),
                    purpose=_(law.IDENTITY_USES[consent.purpose]),
                    version=consent.version,
                )
            )
        )
    with st.form(f"rename-{person.id}", border=False):
        name = st.text_input(_("Name"), person.name, max_chars=LONGEST_NAME)
        if st.form_submit_button(_("Rename")):
            change(person, lambda: people.store.rename_person(person.id, name))
    faces = people.store.faces_of(person.id)
    remove_photos(people, person, faces)
    add_photos(people, person)
    if st.button(_("Delete everything of this person"), icon=":material/delete:", key=f"delete-{person.id}"):
        st.session_state.pop("people-shown", None)
        st.dialog(_("Delete this person?"))(confirm_deletion)(people, person)


def remove_photos(people: KnownPeople, person: Person, faces: list[FaceVector]) -> None:
    st.markdown(ngettext("**{n} photo**", "**{n} photos**", len(faces)).format(n=len(faces)))
    pictures([(face.thumbnail, str(place)) for place, face in enumerate(faces, 1) if face.thumbnail])
    chosen = st.multiselect(
        _("Photos to remove"),
        range(len(faces)),
        placeholder=_("Choose some"),
        format_func=lambda place: f"{place + 1} ({_(CAME_FROM[faces[place].came_from])})",
        key=f"photos-{person.id}-{len(faces)}",
    )
    if chosen and st.button(_("Remove {n} of {all}").format(n=len(chosen), all=len(faces))):
        change(person, lambda: people.delete_faces(person.id, [faces[place].id for place in chosen]))


def pictures(shown: list[tuple[bytes, str]]) -> None:
    """JPEGs and what stands under each; as data, because others could open an address."""
    figures = "".join(
        f'<figure><img alt="" src="{screen.as_data(content)}"><figcaption>{html.escape(text)}</figcaption></figure>'
        for content, text in shown
    )
    st.html(f'<div class="faces">{figures}</div>{FACES_STYLE}')


def add_photos(people: KnownPeople, person: Person) -> None:
    with st.expander(_("Add photos")):
        photos, came_from = pick_photos(f"add-{person.id}")
        twin = is_somebody_else(f"add-{person.id}")
        if photos and st.button(_("Add them"), type="primary"):
            checked = people.check(photos, person.name, twin)
            say_problems(checked)
            if checked.faces:
                forget_photos(f"add-{person.id}")
                change(person, lambda: people.add(person, checked, came_from), len(checked.problems) == 0)


@guards.says_store_errors
def confirm_deletion(people: KnownPeople, person: Person) -> None:
    guards.require_admin()  # a dialog runs by itself, without the page's guard
    st.markdown(f"**{screen.plain(person.name)}**")
    st.write(_("The name, the consent and every vector are deleted at once and for good, also from what was learnt."))
    shown, with_pictures = shown_in_kept(people, person), False
    if n := len(shown):
        shows = ngettext("{n} kept picture shows this person.", "{n} kept pictures show this person.", n).format(n=n)
        st.write(shows, _("What was read of their face there is deleted, too."))
        pictures([(one.picture.thumbnail, one.picture.name) for one in shown[:MOST_SHOWN]])
        with_pictures = st.checkbox(
            ngettext("Delete this picture as well", "Delete these {n} pictures as well", n).format(n=n)
        )
    st.caption(
        _("A kept picture in which the face is not recognised is not found here. Look through *Pictures*, *Kept*.")
    )
    if st.button(_("Delete everything"), type="primary"):
        guards.note(Done.DELETED, f"person {person.id}{f', {n} kept pictures' if with_pictures else ''}")
        with st.spinner(_("Learning without this person …")):
            delete_in(people.store, shown, with_pictures)
            people.delete(person.id)
        st.rerun()


def shown_in_kept(people: KnownPeople, person: Person) -> list[Shown]:
    """Looked for once, when the question opens."""
    if "people-shown" not in st.session_state:
        with st.spinner(_("Looking for them in the kept pictures …")):
            st.session_state["people-shown"] = pictures_with(people, person.id)
    return st.session_state["people-shown"]


def change(person: Person, do: Callable[[], object], shows_at_once: bool = True) -> None:
    """Does it, learns, and shows what is now; what is wrong is said."""
    guards.note(Done.CHANGED, f"person {person.id}")
    try:
        with st.spinner(_("Learning …")):
            do()
            guards.running().people.learn()  # type: ignore[union-attr]
    except ValueError as error:
        st.error(screen.plain(str(error)))
        return
    if shows_at_once:
        st.rerun()


# Enrolling


def enrol(people: KnownPeople) -> None:
    with screen.narrow():
        round_ = st.session_state.setdefault("people-round", 0)  # another after each person: an empty form
        name = st.text_input(_("Name"), max_chars=LONGEST_NAME, key=f"name-{round_}")
        consent = ask_consent(round_)
        st.markdown(
            _("**Photos**, at least {n}, with one face each, from the front, sharp and well lit").format(n=LEAST_FACES)
        )
        photos, came_from = pick_photos(f"new-{round_}")
        twin = is_somebody_else(f"new-{round_}")
        if st.button(_("Enrol"), type="primary"):
            try:
                finish(people, name, consent, photos, came_from, twin)
            except ValueError as error:
                st.error(screen.plain(str(error)))
        if done := st.session_state.pop("people-done", ""):  # here, where one looks after pressing
            st.success(screen.plain(done))


def finish(
    people: KnownPeople, name: str, consent: ConsentRecord | str, photos: Photos, came_from: str, twin: bool
) -> None:
    """Raises ValueError where something is missing."""
    name = people.store.free_name(name)
    if isinstance(consent, str):
        raise ValueError(consent)
    with st.spinner(_("Looking at the photos …")):
        checked = people.check(photos, name, twin)
    say_problems(checked)
    guards.note(Done.ADDED, f"person {people.enrol(name, consent, checked, came_from)}")
    with st.spinner(_("Learning …")):
        learnt = people.learn()
    done = [_("{name} is enrolled with {n} photos.").format(name=name, n=len(checked.faces))]
    done += [_("Left out: {problems}.").format(problems="; ".join(checked.problems))] if checked.problems else []
    st.session_state["people-done"] = " ".join([*done, learnt])
    forget_photos(f"new-{st.session_state['people-round']}")
    st.session_state["people-round"] += 1
    st.rerun()


def ask_consent(round_: int) -> ConsentRecord | str:
    """What was agreed to, or what is missing."""
    where, what_for, language_box = st.columns(3)
    last = st.session_state.get("people-place")
    country = lesson_start.ask_country(where, _("Country where they live"), last, key=f"country-{round_}")
    purpose = what_for.selectbox(
        _("Purpose"),
        list(law.IDENTITY_USES),
        format_func=lambda one: _(law.IDENTITY_USES[one]),
        key=f"purpose-{round_}",
    )
    language = language_box.selectbox(
        _("Language of the words"),
        languages.LANGUAGES,
        index=languages.LANGUAGES.index(languages.choose(languages.current())),
        format_func=languages.own_name,
        key=f"language-{round_}",
    )
    learns = st.checkbox(_("Also learn from pictures in which they are named"), key=f"learns-{round_}")
    keeps = st.checkbox(_("Also keep a small picture of each face"), key=f"keeps-{round_}")
    words = identity_consent(IdentityTerms(purpose, learns, keeps), language)
    with st.container(border=True):
        st.markdown(f"**{words.title}**\n\n{words.text}")
        agreed = st.checkbox(words.agree, key=f"agreed-{round_}-{language}-{purpose}-{learns}-{keeps}")
        who = st.text_input(
            _("Who agrees (the person, or who has custody)"), max_chars=LONGEST_NAME, key=f"who-{round_}"
        )
    if not agreed or not who.strip():
        return words.missing
    if country is None:
        return _("Choose the country where they live.")
    st.session_state["people-place"] = country
    return ConsentRecord(who.strip(), time.time(), language, words.words, country, purpose, learns, keeps)


def pick_photos(key: str) -> tuple[Photos, str]:
    """What was uploaded or taken, and which of the two."""
    where = st.segmented_control(
        _("From"),
        [FILES, DEVICE],
        default=FILES,
        required=True,
        format_func=_,
        key=f"from-{key}",
        label_visibility="collapsed",
    )
    if where == DEVICE:
        return opened(taken(key)), CAMERA
    files = st.file_uploader(_("Photos"), PHOTO_TYPES, accept_multiple_files=True, key=f"files-{key}")
    return opened([(file.name, file.getvalue()) for file in files]), PHOTO


def taken(key: str) -> list[tuple[str, bytes]]:
    """Camera pictures one after the other."""
    kept: dict[str, bytes] = st.session_state.setdefault(f"taken-{key}", {})
    one = st.camera_input(_("Take some, each turned a little"), key=f"camera-{key}")
    if one is not None:
        kept[one.file_id] = one.getvalue()
    st.caption(_("{n} taken. Clear the picture to take the next one.").format(n=len(kept)))
    return [(_("Picture {place}").format(place=place), content) for place, content in enumerate(kept.values(), 1)]


def forget_photos(key: str) -> None:
    st.session_state.pop(f"taken-{key}", None)


def opened(files: list[tuple[str, bytes]]) -> Photos:
    """What is no picture is said and left out."""
    photos = []
    for name, content in files:
        try:
            photos.append((name, decode(io.BytesIO(content), name)))
        except PictureError as error:
            st.warning(screen.plain(str(error)))
    return photos


def is_somebody_else(key: str) -> bool:
    return st.checkbox(
        _("It is somebody else, although the face looks like a person who is enrolled (twins)"), key=f"twin-{key}"
    )


def say_problems(checked: Checked) -> None:
    for problem in checked.problems:
        st.warning(screen.plain(problem))


# Who is here


def who_is_here(people: KnownPeople) -> None:
    st.write(_("Pictures of a group: who is in them, who is missing, and which faces are unknown."))
    st.warning(_(WARNING))
    files = st.file_uploader(_("Pictures"), PHOTO_TYPES, accept_multiple_files=True, key="people-here")
    if not files or people.refusal() or people.problem():
        return  # the page says it above
    seen = faces_in(people, files)
    faces = [(name, one.box_xyxy, one.identity) for name, one in seen]
    rows = presence(faces, people.store.people_names().values())
    table = pd.DataFrame(rows, columns=list(COLUMNS))[list(TITLES)]
    table = table.assign(state=table["state"].map(_)).rename(columns=lambda name: _(TITLES[name]))
    screen.table(table, placeholder="")
    st.session_state["people-here-list"] = kept = HereList(rows)  # its address is good while this page is open
    links.download_links({f"people/{keep(kept)}.csv": _("Who is here (CSV)")})
    if seen:
        correct(people, [one for _name, one in seen])


def faces_in(people: KnownPeople, files: list) -> list[tuple[str, SeenFace]]:
    """The faces of the pictures, which are looked at once, and who they are now."""
    given = [file.file_id for file in files]
    if st.session_state.get("people-given") != given:
        with st.spinner(_("Looking …")):
            photos = opened([(file.name, file.getvalue()) for file in files])
            found = [(name, one) for name, picture in photos for one in people.seen_in(picture)]
        st.session_state["people-given"], st.session_state["people-seen"] = given, found
    seen = st.session_state["people-seen"]
    names = people.who([one.vector for _name, one in seen])
    return [(name, replace(one, identity=identity)) for (name, one), identity in zip(seen, names, strict=True)]


def correct(people: KnownPeople, seen: list[SeenFace], first: int = 1) -> None:
    """Confirms or corrects a name, which is learnt where the person has agreed to that. ``first``: the number of the first
    face."""
    st.subheader(_("Right or wrong?"))
    pictures([(one.thumbnail, f"{number} {told(one)}") for number, one in enumerate(seen, first)])
    agreed = {person.name: person for person in people.store.people() if person.consent.learns_more}
    if not agreed:
        st.caption(_("Nobody who is enrolled has agreed that later pictures are learnt from."))
        return
    face, who, button = st.columns(3, vertical_alignment="bottom")
    number = face.selectbox(
        _("Face"), range(len(seen)), format_func=lambda place: f"{place + first} {told(seen[place])}"
    )
    name = who.selectbox(_("This is"), list(agreed), None, placeholder=_("Choose somebody"))
    vector = seen[number].vector
    pressed = button.button(_("Learn it"), disabled=name is None or vector is None)
    if pressed and name is not None and vector is not None:
        change(agreed[name], lambda: people.confirm(vector, agreed[name]))
    st.caption(_("Only people who agreed that later pictures are learnt from can be chosen."))


def told(face: SeenFace) -> str:
    return face.identity.name if face.identity else _("unknown")


# The roster


def roster(people: KnownPeople) -> None:
    st.write(
        _(
            "The roster has everybody who is enrolled, with their consent and the numbers by which their faces are told. "
            "Keep it as you keep the database."
        )
    )
    links.download_links({"people/roster.csv": _("Export the roster (CSV)")})
    file = st.file_uploader(_("Import a roster"), ["csv"], key="people-roster")
    if file is None or not st.button(_("Add these people"), type="primary"):
        return
    try:
        text = io.StringIO(file.getvalue().decode("utf-8-sig"), newline="")
        guards.note(Done.ADDED, "the people of a roster")
        added, problems = import_roster(people.store, text, time.time())
    except UnicodeDecodeError:
        st.error(_("This is no CSV file in UTF-8."))
        return
    except ValueError as error:
        st.error(screen.plain(str(error)))
        return
    for problem in problems:
        st.warning(screen.plain(problem))
    with st.spinner(_("Learning …")):
        st.success(screen.plain(_("{n} people are added.").format(n=added) + " " + people.learn()))
