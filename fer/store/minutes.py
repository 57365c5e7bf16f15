"""Presses per minute, of a class-only lesson only where enough students pressed."""

import sqlalchemy as sa
from sqlalchemy import func


def minute_of(at: sa.ColumnElement[float]) -> sa.Label[int]:
    """The start of the minute in which a time lies, Unix seconds."""
    second = sa.cast(func.floor(at), sa.BigInteger)
    return (second - second % 60).label("minute")


def per_minute(table: sa.Table, minute: sa.Label[int], lesson_id: int, least: int, *by: sa.Column) -> sa.Select:
    """The query for a lesson's rows per minute, and per ``by``: minute, by, n; only minutes in which ``least`` students
    have one."""
    of_lesson = table.c.lesson_id == lesson_id
    spoken = (
        sa.select(minute).where(of_lesson).group_by(minute).having(func.count(table.c.student_id.distinct()) >= least)
    )
    return (
        sa.select(minute, *by, func.count())
        .where(of_lesson, minute.in_(spoken))
        .group_by(minute, *by)
        .order_by(minute, *by)
    )
