"""The keys of the JSON API: made, shown once, listed, revoked."""

import pandas as pd
import streamlit as st

from fer.languages import _
from fer.lesson.monitor import Monitor
from fer.privacy import law
from fer.store.audit import Done
from fer.store.keys import ApiKey
from fer.web import guards, lesson_start, screen
from fer.web.admin_parts import NOBODY
from fer.web.api.keys import LONGEST_NAME, MOST_PICTURES_A_DAY, PICTURES_A_DAY, new_key


def keys(running: Monitor) -> None:
    st.write(_("With a key another program sends pictures to this server and gets what is seen in them (docs/api.md)."))
    if running.recognition is None or not running.settings.api:
        st.info(_("This server has no API (FER_API=off or FER_EXPRESSIONS=off), so its keys open nothing."))
    else:
        with st.expander(_("Make a key"), expanded=not running.store.keys()):
            make(running)
    listed(running)


def make(running: Monitor) -> None:
    uses = law.KEY_USES if running.people else law.USES
    name_box, limit_box = st.columns(2)
    name = name_box.text_input(_("Name of the program"), max_chars=LONGEST_NAME, placeholder=_("Photo archive"))
    limit = limit_box.number_input(_("Pictures a day, at most"), 1, MOST_PICTURES_A_DAY, PICTURES_A_DAY)
    country, purpose = lesson_start.ask_place_and_purpose(
        _("Country of the people in the pictures"), uses, None, "key-"
    )
    if not st.button(_("Make the key"), type="primary"):
        return
    try:
        key = new_key(running.store, name.strip(), country, purpose, int(limit), guards.require_admin().id)
    except ValueError as reason:  # law.Forbidden, too
        st.error(screen.plain(str(reason)))
        return
    guards.note(Done.ADDED, f"key {name.strip()}")
    st.success(
        _("Copy the key now. It is shown this once: the server knows it by its hash only."), icon=":material/key:"
    )
    st.code(key, language=None)


def listed(running: Monitor) -> None:
    known, names = running.store.keys(), guards.teachers_names()
    if not known:
        st.caption(_("There is no key."))
        return
    table = pd.DataFrame(
        {
            _("Key"): [one.name for one in known],
            _("Country"): [law.country_name(one.country) for one in known],
            _("Purpose"): [_(law.KEY_USES[one.purpose]) for one in known],
            _("Pictures a day"): [one.daily_limit for one in known],
            _("Last used"): [
                screen.clock(one.last_used_at, screen.DAY_AND_TIME) if one.last_used_at else _("never") for one in known
            ],
            _("Made"): [screen.clock(one.created_at, screen.DAY_AND_TIME) for one in known],
            _("By"): [names.get(one.owner_id, NOBODY) for one in known],
        }
    )
    row = screen.chosen_row(table, f"keys-{[one.created_at for one in known]}")
    if row is None:
        st.caption(_("Choose a row to revoke a key."))
    elif st.button(_("Revoke {name}").format(name=screen.plain(known[row].name)), icon=":material/key_off:"):
        st.dialog(_("Revoke the key?"))(confirm_revocation)(running, known[row])


@guards.says_store_errors
def confirm_revocation(running: Monitor, key: ApiKey) -> None:
    guards.require_admin()  # a dialog runs by itself, without the page's guard
    st.markdown(f"**{screen.plain(key.name)}**")
    st.write(_("Whatever uses it is refused from now on. This cannot be undone, but a new key can be made."))
    if st.button(_("Revoke it"), type="primary"):
        guards.note(Done.DELETED, f"key {key.name}")
        running.store.delete_key(key.name)
        st.rerun()
