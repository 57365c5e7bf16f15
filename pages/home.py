"""The front door: students go to their lesson, the teacher to the dashboard."""

import streamlit as st

from fer.web import guards

guards.running()
st.title("Live Class Monitor")
if "expired" in st.query_params:
    st.warning(
        "That link was already used or is out of date. Students join again with the code; "
        "a new sign-in link for the teacher is in the terminal."
    )
student, teacher = st.columns(2, gap="large")

with student:
    st.subheader("I am a student")
    with st.form("code"):
        code = st.text_input("Join code", placeholder="ABC234", help="Your teacher shows it on the screen.")
        if st.form_submit_button("Join the lesson", type="primary"):
            st.switch_page("pages/join.py", query_params={"code": code})

with teacher:
    st.subheader("I am the teacher")
    st.write("Start a lesson, see the class's expressions live, export the lesson as CSV.")
    st.page_link("pages/dashboard.py", label="Open the dashboard", icon=":material/insights:")
