"""The group photo on the mirror's page: what is waited for, the picture that was taken, and what to do with it."""

import html
import json
import time

import streamlit as st

from fer.lesson.kept_pictures import keep_photo
from fer.lesson.mirrors import Mirror, Visitor
from fer.vision.annotate import as_jpeg
from fer.vision.group_photo import MOST_FACES, Frame
from fer.web import guards, screen
from fer.web.expression_words import expression_words
from fer.web.language import _
from fer.web.mirror_socket import face_told

JPEG_QUALITY = 95
FIRST = "happy"


def controls(visitor: Visitor) -> None:
    """What to wait for, until a picture is taken."""
    st.subheader(_("Group photo"))
    if visitor.is_waiting:
        st.write(
            _(
                "It counts down and takes the picture when everybody shows it for half a second. Tap a face in the mirror "
                "to leave it out."
            )
        )
        st.button(_("Cancel"), icon=":material/close:", on_click=visitor.no_photo)
        return
    labels = expression_words()
    names = [FIRST, *(name for name in labels if name not in (FIRST, "unsure"))]
    what, how_many = st.columns(2)
    expression = what.selectbox(_("Expression"), names, format_func=lambda name: labels[name])
    least = how_many.number_input(_("Faces, at least"), 1, MOST_FACES, 2)
    # No callback, which would take what was chosen when the button was drawn.
    if st.button(_("Take a group photo"), icon=":material/photo_camera:", type="primary"):
        visitor.wait_for(expression, least)
        st.rerun()


def taken(mirror: Mirror, visitor: Visitor, picture: Frame) -> None:
    """The picture with the bars of each face, which mirror.js draws; nothing is drawn into the picture itself."""
    height, width = picture.picture_bgr.shape[:2]
    st.html(shown(picture, _("The group photo")))
    if visitor.kept_until is None:
        told = _("{width} x {height} pixels, the largest size that arrived. It is not stored.")
    else:
        told = _("{width} x {height} pixels. It is kept on the page Pictures until it deletes itself on {day}.")
    st.caption(told.format(width=width, height=height, day=screen.day(visitor.kept_until or 0.0)))
    with st.container(horizontal=True):
        st.button(_("Take another"), icon=":material/refresh:", on_click=visitor.again)
        st.button(_("Throw it away"), icon=":material/delete:", on_click=visitor.no_photo)
        if (
            guards.is_teacher()
            and visitor.kept_until is None
            and st.button(_("Keep it"), icon=":material/bookmark_add:")
        ):
            keep(mirror, visitor, picture)


def keep(mirror: Mirror, visitor: Visitor, picture: Frame) -> None:
    running = guards.running()
    keep_photo(running.store, picture, mirror.card, (mirror.country, mirror.purpose), guards.require_teacher().id)
    visitor.kept_until = running.retention.deleted_at(time.time())
    st.rerun()


def shown(picture: Frame, said: str) -> str:
    """HTML with the picture itself in it: no address leads to it."""
    height, width = picture.picture_bgr.shape[:2]
    faces = html.escape(json.dumps([face_told(number, reading, (width, height)) for number, reading in picture.faces]))
    data = screen.as_data(as_jpeg(picture.picture_bgr, JPEG_QUALITY))
    return f'<div class="group-photo" data-faces="{faces}"><img alt="{html.escape(said)}" src="{data}"></div>'
