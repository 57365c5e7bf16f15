"""The server, for an admin: settings, teachers, keys of the API, people, what deletes itself, and who did what."""

import streamlit as st

from fer.web import admin_parts, guards, key_parts

guards.require_admin()

VIEWS = {
    "Settings": admin_parts.settings,
    "Teachers": admin_parts.teachers,
    "Keys": key_parts.keys,
    "People": admin_parts.people,
    "Retention": admin_parts.retention,
    "Audit log": admin_parts.audit,
}


def main() -> None:
    st.title("Admin")
    view = st.segmented_control(
        "What to see", VIEWS, default="Settings", required=True, key="admin-view", label_visibility="collapsed"
    )
    VIEWS[view](guards.running())


main()
