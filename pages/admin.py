"""The server, for an admin: settings in force, teachers, keys of the API, people who agreed, and what deletes itself."""

import streamlit as st

from fer.web import admin_parts, guards

guards.require_admin()

VIEWS = {
    "Settings": admin_parts.settings,
    "Teachers": admin_parts.teachers,
    "Keys": admin_parts.keys,
    "People": admin_parts.people,
    "Retention": admin_parts.retention,
}


def main() -> None:
    st.title("Admin")
    view = st.segmented_control(
        "What to see", VIEWS, default="Settings", required=True, key="admin-view", label_visibility="collapsed"
    )
    VIEWS[view](guards.running())


main()
