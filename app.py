"""The pages of the Live Class Monitor. Started by `make run` (python -m fer serve)."""

import streamlit as st

from fer.languages import _
from fer.web import guards, language, own_files, screen

st.set_page_config("Live Class Monitor", page_icon=own_files.icon(), layout="wide")
guards.running()
language.settle(for_students=True)

home = st.Page("pages/home.py", title=_("Home"), default=True)
join = st.Page("pages/join.py", title=_("Join"), url_path="join", icon=":material/videocam:")
dashboard = st.Page("pages/dashboard.py", title=_("Dashboard"), url_path="dashboard", icon=":material/insights:")
lessons = st.Page("pages/lessons.py", title=_("Lessons"), url_path="lessons", icon=":material/history:")
people = st.Page("pages/people.py", title=_("People"), url_path="people", icon=":material/group:")
pictures = st.Page("pages/pictures.py", title=_("Pictures"), url_path="pictures", icon=":material/photo_library:")
models = st.Page("pages/models.py", title=_("Models"), url_path="models", icon=":material/model_training:")
my_data = st.Page("pages/my_data.py", title=_("My data"), url_path="my-data", icon=":material/shield_person:")
check = st.Page("pages/check.py", title=_("Check camera and network"), url_path="check")
mirror = st.Page("pages/mirror.py", title=_("Mirror"), url_path="mirror")
open_mirror = st.Page("pages/open_mirror.py", title=_("Mirror"), url_path="open-mirror", icon=":material/person_play:")
course = st.Page("pages/course.py", title=_("Course"), url_path="course")
replay = st.Page("pages/replay.py", title=_("Replay"), url_path="replay")
admin = st.Page("pages/admin.py", title=_("Admin"), url_path="admin", icon=":material/admin_panel_settings:")

# Hiding a page does not protect it: every teacher page opens with its own guard.
page = st.navigation(
    [
        home,
        join,
        my_data,
        check,
        mirror,
        dashboard,
        lessons,
        pictures,
        open_mirror,
        people,
        models,
        course,
        replay,
        admin,
    ],
    position="hidden",
)
for_students = page in (home, join, my_data, check, mirror)
language.settle(for_students)
language.announce()
if for_students:
    screen.students_style()


@guards.says_store_errors
def main() -> None:
    teacher = guards.teacher()
    has_menu = page not in (join, my_data, check, mirror) and st.query_params.get("view") not in ("compact", "board")
    if teacher is not None and has_menu:
        of_people = [people] if guards.running().people and teacher.is_admin else []
        of_admin = [admin] if teacher.is_admin else []
        guards.teacher_menu(dashboard, lessons, pictures, open_mirror, *of_people, models, *of_admin)
    page.run()


main()
