"""What a teacher keeps of the page Pictures: asked for, listed, opened, read again with another model, deleted."""

import time

import pandas as pd
import streamlit as st

from fer.languages import _, ngettext
from fer.lesson import kept_pictures
from fer.lesson.kept_pictures import KEPT_BYTES, read_of
from fer.lesson.monitor import Monitor
from fer.lesson.pictures import Given, Pictures, Result, Work
from fer.privacy import law
from fer.records import Teacher
from fer.store.audit import Done
from fer.store.pictures import KeptPicture, KeptRead
from fer.vision.analyze import PictureError
from fer.web import guards, picture_parts, screen

MOST_LISTED = 25  # on one page of the list


def ask_to_keep(running: Monitor, work: Work) -> None:
    """Asks for what was looked at; nothing is kept without an answer."""
    seen = [one for one in work.results if one.looks]
    new = [one for one in seen if one.kept_at is None]
    if not seen:
        return
    with st.container(border=True):
        if not new:
            until = screen.day(running.retention.deleted_at(max(one.kept_at or 0.0 for one in seen)))
            st.markdown(
                _("**Kept**, until it deletes itself on {until}. You find it under *Kept*, above.").format(until=until)
            )
            return
        asked, answer = st.columns([4, 1], vertical_alignment="center")
        asked.markdown(
            _("**Keep?**")
            + " "
            + _(
                "What was looked at is in this server's memory only so far, and gone when you leave or reload this page. "
                "What you keep is stored on this server for {n} days with what was seen in it; only you and an admin can "
                "open it."
            ).format(n=running.settings.keep_days)
        )
        if any(len(one.given.content) > KEPT_BYTES for one in new):
            asked.caption(
                _("Of a video of more than {most} MB, what was seen and a small picture are kept.").format(
                    most=KEPT_BYTES // 10**6
                )
            )
        if answer.button(
            ngettext("Keep it", "Keep all {n}", len(new)).format(n=len(new)),
            icon=":material/bookmark_add:",
            type="primary",
        ):
            keep_these(running, work, new)
            st.rerun()


def keep_these(running: Monitor, work: Work, results: list[Result]) -> None:
    """A file that is kept already, looked at by another model, gets another reading."""
    ids: dict[str, int] = st.session_state.setdefault("pictures-kept", {})
    for one in results:
        before = ids.get(one.given.id)
        if before is None or not running.store.add_read(before, read_of(one)):
            ids[one.given.id] = kept_pictures.keep(running.store, work, one)
        one.kept_at = time.time()


def kept(running: Monitor, pictures: Pictures) -> None:
    """All that is kept, and the one whose row is chosen."""
    teacher = guards.require_teacher()
    count = running.store.count_kept_pictures(teacher)
    if not count:
        if pictures.reader:
            st.info(_("Nothing is kept. After a picture was looked at under *New*, you are asked whether to keep it."))
        return
    listed = page_of_list(running, teacher, count)
    if not listed:
        st.info(_("No kept picture has that in its name."))
        return
    names = guards.teachers_names()
    table = pd.DataFrame(
        {
            _("Picture"): [screen.as_data(one.thumbnail) for one in listed],
            _("Name"): [one.name for one in listed],
            _("Kept"): [screen.clock(one.kept_at, screen.DAY_AND_TIME) for one in listed],
            _("By"): [names.get(one.owner_id, "–") for one in listed],
            _("Deletes itself"): [
                screen.clock(running.retention.deleted_at(one.kept_at), screen.DAY_AND_TIME) for one in listed
            ],
        }
    )
    row = screen.chosen_row(
        table,
        f"kept-{[one.id for one in listed]}",  # another after a deletion, so that no other one is chosen by its place
        row_height=64,
        height=min(400, 40 + 64 * len(table)),
        column_config={_("Picture"): st.column_config.ImageColumn(width="small")} | ({} if names else {_("By"): None}),
    )
    if row is None:
        st.caption(_("Choose a row to open it again, to read it with another model, or to delete it."))
        return
    details(running, pictures, listed[row])


def page_of_list(running: Monitor, teacher: Teacher, count: int) -> list[KeptPicture]:
    """Those of one page, which is asked for where there are several: the small pictures of all would be megabytes."""
    part, number = "", 1
    if count > MOST_LISTED:
        asked, which = st.columns(2, vertical_alignment="bottom")
        part = asked.text_input(_("Part of the name"), key="kept-part").strip()
        pages = max(1, -(-running.store.count_kept_pictures(teacher, part) // MOST_LISTED))
        with which:
            number = st.pagination(pages, key=f"kept-page-{part}-{pages}")
    return running.store.kept_pictures(teacher, part, (number - 1) * MOST_LISTED, MOST_LISTED)


def details(running: Monitor, pictures: Pictures, picture: KeptPicture) -> None:
    st.subheader(screen.plain(picture.name))
    st.caption(f"{law.country_name(picture.country)} · {_(law.USES[picture.purpose])}")
    work = again(running, picture)
    if work is not None:
        picture_parts.progress(work)
        return
    reads = running.store.reads_of(picture.id)
    if not reads:  # deleted in the meantime
        return
    read = reads[0] if len(reads) == 1 else st.selectbox(_("Read by"), reads, format_func=told)
    try:
        picture_parts.show(opened(running, pictures, picture, read), 0)
    except PictureError as error:
        st.error(screen.plain(str(error)))
    read_again(running, pictures, picture, read)
    if st.button(_("Delete it"), icon=":material/delete:", key=f"delete-{picture.id}"):
        st.dialog(_("Delete it?"))(confirm_deletion)(running, picture)


def told(read: KeptRead) -> str:
    return f"{read.model} {read.version}, {screen.clock(read.read_at, screen.DAY_AND_TIME)}"


def opened(running: Monitor, pictures: Pictures, picture: KeptPicture, read: KeptRead) -> Work:
    """As long as the page shows it, it has addresses."""
    asked = (picture.id, read.version, read.read_at)
    if st.session_state.get("kept-asked") != asked:
        st.session_state["kept-work"] = kept_pictures.opened(pictures, running.store, picture, read)
        st.session_state["kept-asked"] = asked
    return st.session_state["kept-work"]


def read_again(running: Monitor, pictures: Pictures, picture: KeptPicture, read: KeptRead) -> None:
    if pictures.reader is None:
        return
    given = st.session_state["kept-work"].given[0]
    if not given.content:
        st.caption(
            _("A video of more than {most} MB is not kept itself, so no other model can read it.").format(
                most=KEPT_BYTES // 10**6
            )
        )
        return
    names = [name for name in pictures.reader.cards if name != read.model]
    which, press = st.columns([3, 1], vertical_alignment="bottom")
    model = which.selectbox(_("Read it with another model"), names, key=f"model-{picture.id}")
    if press.button(_("Read it"), icon=":material/refresh:", key=f"again-{picture.id}") and model:
        work = pictures.start(
            [Given(given.id, given.name, given.content)],
            picture.country,
            picture.purpose,
            model,
            owner_id=picture.owner_id,
        )
        st.session_state["kept-again"] = picture.id, work
        work.ended.wait(picture_parts.AT_ONCE_S)
        st.rerun()


def again(running: Monitor, picture: KeptPicture) -> Work | None:
    """The work of reading it again while it lasts; what was seen is kept, in place of what the same model saw before."""
    picture_id, work = st.session_state.get("kept-again", (0, None))
    if picture_id != picture.id or work.is_running:
        return work if picture_id == picture.id else None
    st.session_state.pop("kept-again")
    [result] = work.results
    if result.error:
        st.warning(screen.plain(result.error))
    else:
        running.store.add_read(picture.id, read_of(result))
    return None


@guards.says_store_errors
def confirm_deletion(running: Monitor, picture: KeptPicture) -> None:
    guards.require_teacher()  # a dialog runs by itself, without the page's guard
    st.markdown(f"**{screen.plain(picture.name)}**")
    st.write(_("The file, its small picture and all that was seen in it are deleted at once and for good."))
    if st.button(_("Delete"), type="primary"):
        guards.note(Done.DELETED, f"kept picture {picture.id}")
        running.store.delete_picture(picture.id)
        st.rerun()
