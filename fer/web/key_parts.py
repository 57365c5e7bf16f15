"""The keys of the JSON API: made, shown once, listed, revoked."""

import pandas as pd
import streamlit as st

from fer.lesson.monitor import Monitor
from fer.privacy import law
from fer.store.audit import Done
from fer.store.keys import ApiKey
from fer.web import guards, lesson_start, screen
from fer.web.admin_parts import NOBODY
from fer.web.api.keys import LONGEST_NAME, MOST_PICTURES_A_DAY, PICTURES_A_DAY, new_key


def keys(running: Monitor) -> None:
    st.write("With a key another program sends pictures to this server and gets what is seen in them (docs/api.md).")
    if running.recognition is None or not running.settings.api:
        st.info("This server has no API (FER_API=off or FER_EXPRESSIONS=off), so its keys open nothing.")
    else:
        with st.expander("Make a key", expanded=not running.store.keys()):
            make(running)
    listed(running)


def make(running: Monitor) -> None:
    uses = law.KEY_USES if running.people else law.USES
    name_box, limit_box = st.columns(2)
    name = name_box.text_input("Name of the program", max_chars=LONGEST_NAME, placeholder="Photo archive")
    limit = limit_box.number_input("Pictures a day, at most", 1, MOST_PICTURES_A_DAY, PICTURES_A_DAY)
    country, purpose = lesson_start.ask_place_and_purpose("Country of the people in the pictures", uses, None, "key-")
    if not st.button("Make the key", type="primary"):
        return
    try:
        key = new_key(running.store, name.strip(), country, purpose, int(limit), guards.require_admin().id)
    except ValueError as reason:  # law.Forbidden, too
        st.error(screen.plain(str(reason)))
        return
    guards.note(Done.ADDED, f"key {name.strip()}")
    st.success("Copy the key now. It is shown this once: the server knows it by its hash only.", icon=":material/key:")
    st.code(key, language=None)


def listed(running: Monitor) -> None:
    known, names = running.store.keys(), guards.teachers_names()
    if not known:
        st.caption("There is no key.")
        return
    table = pd.DataFrame(
        {
            "Key": [one.name for one in known],
            "Country": [law.countries()[one.country] for one in known],
            "Purpose": [law.KEY_USES[one.purpose] for one in known],
            "Pictures a day": [one.daily_limit for one in known],
            "Last used": [
                screen.clock(one.last_used_at, screen.DAY_AND_TIME) if one.last_used_at else "never" for one in known
            ],
            "Made": [screen.clock(one.created_at, screen.DAY_AND_TIME) for one in known],
            "By": [names.get(one.owner_id, NOBODY) for one in known],
        }
    )
    row = screen.chosen_row(table, f"keys-{[one.created_at for one in known]}")
    if row is None:
        st.caption("Choose a row to revoke a key.")
    elif st.button(f"Revoke {screen.plain(known[row].name)}", icon=":material/key_off:"):
        confirm_revocation(running, known[row])


@st.dialog("Revoke the key?")
@guards.says_store_errors
def confirm_revocation(running: Monitor, key: ApiKey) -> None:
    guards.require_admin()  # a dialog runs by itself, without the page's guard
    st.markdown(f"**{screen.plain(key.name)}**")
    st.write("Whatever uses it is refused from now on. It cannot be taken back; a new key can be made.")
    if st.button("Revoke it", type="primary"):
        guards.note(Done.DELETED, f"key {key.name}")
        running.store.delete_key(key.name)
        st.rerun()
