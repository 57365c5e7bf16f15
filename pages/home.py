"""The front door: students go to their lesson, the teacher to the dashboard."""

import streamlit as st

from fer.web import guards, language
from fer.web.language import _

guards.running()
language.picker()
st.title("Live Class Monitor")
if "expired" in st.query_params:
    st.warning(
        _(
            "That link was already used or is out of date. Students join again with the code; "
            "a new sign-in link for the teacher is in the terminal."
        )
    )
student, teacher = st.columns(2, gap="large")

with student:
    st.header(_("I am a student"))
    with st.form("code"):
        code = st.text_input(_("Join code"), placeholder="ABC234", help=_("Your teacher shows it on the screen."))
        if st.form_submit_button(_("Join the lesson"), type="primary"):
            st.switch_page("pages/join.py", query_params={"code": code})
    st.page_link("pages/check.py", label=_("Check camera and network"), icon=":material/network_check:")

with teacher:
    st.header(_("I am the teacher"))
    st.write(_("Start a lesson, see the class's expressions live, export the lesson as CSV."))
    st.page_link("pages/dashboard.py", label=_("Open the dashboard"), icon=":material/insights:")
