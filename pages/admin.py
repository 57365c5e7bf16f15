"""The server, for an admin: settings, teachers, keys of the API, people, what deletes itself, and who did what."""

import streamlit as st

from fer.languages import N_, _
from fer.web import admin_parts, guards, key_parts

guards.require_admin()

VIEWS = {
    N_("Settings"): admin_parts.settings,
    N_("Teachers"): admin_parts.teachers,
    N_("Keys"): key_parts.keys,
    N_("People"): admin_parts.people,
    N_("Retention"): admin_parts.retention,
    N_("Audit log"): admin_parts.audit,
}


def main() -> None:
    st.title(_("Admin"))
    view = st.segmented_control(
        _("What to see"),
        VIEWS,
        default="Settings",
        required=True,
        format_func=_,
        key="admin-view",
        label_visibility="collapsed",
    )
    VIEWS[view](guards.running())


main()
