"""Opening a database: an empty one, one of an earlier version, and those that are refused; also by several processes at
once."""

import re
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from fer.records import CLASS_ONLY, PER_STUDENT, PRESENCE, Observation, Status
from fer.store import migrate
from fer.store.errors import StoreError
from fer.store.journal import Journal
from fer.store.migrations.v0001_baseline import TABLES
from fer.store.polls import Result
from fer.store.schema import METADATA
from fer.store.store import Store
from tests.conftest import POSTGRESQL, empty_database

OLD = (Path(__file__).parent / "database_69306e9.sql").read_text(encoding="utf-8")
T0 = 1_700_000_040.0
of_sqlite = pytest.mark.skipif(bool(POSTGRESQL), reason="about SQLite's file")


@pytest.fixture
def url(tmp_path):
    return empty_database(tmp_path)


@pytest.fixture
def old_url(url):
    """Of a database with three lessons that the program of commit 69306e9 wrote."""
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        if POSTGRESQL:  # which takes the rows as SQLite wrote them, into the tables as that commit made them
            TABLES.create_all(connection)
            for row in sorted(re.findall(r'^INSERT INTO "(?!sqlite_).*', OLD, re.MULTILINE), key=in_order):
                connection.exec_driver_sql(row.replace("%", "%%"))
            for table in TABLES.sorted_tables:
                if "id" in table.c:
                    connection.exec_driver_sql(f"SELECT setval('{table}_id_seq', (SELECT max(id) FROM {table}))")
        else:
            connection.connection.executescript(OLD)
    engine.dispose()
    return url


def in_order(row):
    return list(METADATA.tables).index(row.split('"')[1])


def rows(url):
    """Everything in every table of the baseline, under the names it had."""
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        found = {
            table.name: sorted((row._asdict() for row in connection.execute(sa.select(table))), key=str)
            for table in TABLES.sorted_tables
        }
    engine.dispose()
    return found


def execute(url, *statements):
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


def test_the_steps_end_at_the_schema(url, old_url):
    for made in (url, old_url):
        store = Store(made)
        with store.transaction() as connection:
            context = MigrationContext.configure(
                connection, opts={"compare_type": True, "compare_server_default": True}
            )
            assert compare_metadata(context, METADATA) == []
        store.close()


@of_sqlite
def test_the_steps_keep_what_alembic_does_not_compare(url):
    """Whether the ids of deleted rows come back, and how rows lie on the disk."""
    store = Store(url)
    with store.transaction() as connection:
        found = dict(tuple(row) for row in connection.exec_driver_sql("SELECT name, sql FROM sqlite_master"))
    for table in METADATA.sorted_tables:
        options = table.dialect_options["sqlite"]
        assert ("AUTOINCREMENT" in found[table.name]) == options["autoincrement"], table.name
        assert ("WITHOUT ROWID" in found[table.name]) != options["with_rowid"], table.name
    store.close()


def test_a_database_from_before_versions_opens_with_everything_in_it(old_url):
    before = rows(old_url)
    assert all(before.values())  # every table has something to lose
    store = Store(old_url)
    assert rows(old_url) == before
    chemistry, physics, maths = store.lessons()
    assert [lesson.view for lesson in (chemistry, physics, maths)] == [PRESENCE, CLASS_ONLY, PER_STUDENT]
    assert chemistry.is_open and (maths.ended_at, maths.country, maths.course) == (T0 + 120, "DE", "Mathematics")
    assert store.students(maths.id)["name"].tolist() == ["Ana", "Özgür Ben"] and store.observation_count(maths.id) == 36
    assert store.counts(physics.id, 60).set_index("state")["n"].to_dict() == {"happy": 24, "sad": 0, "unsure": 12}
    journal = Journal(store)
    first, second = journal.polls(maths.id)
    assert (first.kind, second.closed_at, first.released_at) == ("one", None, None)
    assert journal.result(maths, first) == Result(2, (("Yes", 1), ("No", 0), ("Nearly: 80 %", 1)))
    assert [alert.outcome for alert in journal.alerts(maths.id)] == ["done", None]
    store.close()


def test_a_database_from_before_versions_goes_on(old_url):
    store = Store(old_url)
    lesson = store.create_lesson("Next", T0, PER_STUDENT)
    assert lesson.id == 5
    student = store.add_student(lesson.id, "Cem", "hash of Cem", T0)
    store.append([Observation(lesson.id, student.id, T0, Status.NO_FACE)])
    store.delete_student(store.student_by_token("hash of Ana").id)
    store.close()
    again = Store(old_url)
    assert again.observation_count(lesson.id) == 1 and again.student_by_token("hash of Ana") is None
    again.close()


START = """
import sys
from fer.store.errors import StoreError
from fer.store.store import Store
print("ready", flush=True)
sys.stdin.readline()
try:
    store = Store(sys.argv[1])
    store.create_lesson("Maths", 0.0)
except StoreError as error:
    sys.exit(str(error))
"""


def start_at_once(url, processes=3):
    started = [
        subprocess.Popen([sys.executable, "-c", START, url], stdin=-1, stdout=-1, stderr=-1, text=True, cwd=Path.cwd())
        for _ in range(processes)
    ]
    for process in started:
        assert process.stdout.readline() == "ready\n"
    for process in started:
        process.stdin.write("go\n")
        process.stdin.flush()
    return [said(process) for process in started]


def said(process):
    """Why it did not come up; "" when it did."""
    errors = process.communicate(timeout=60)[1]
    return errors if process.returncode else ""


@pytest.mark.parametrize("turn", range(3))
def test_processes_that_start_at_once_on_an_empty_database_all_come_up(url, turn):
    assert start_at_once(url) == ["", "", ""]
    store = Store(url)
    assert len(store.lessons()) == 3
    store.close()


def test_processes_that_start_at_once_on_an_older_database_all_come_up(old_url):
    assert start_at_once(old_url) == ["", "", ""]
    store = Store(old_url)
    assert len(store.lessons()) == 6
    store.close()


# Steps to come


@pytest.fixture
def more_steps(tmp_path, monkeypatch):
    """Adds a step to those there are."""
    folder = tmp_path / "steps"
    shutil.copytree(migrate.STEPS, folder)
    monkeypatch.setattr(migrate, "STEPS", folder)

    def add(*lines):
        body = "\n".join(f"    {line}" for line in lines)
        (folder / "v9999_next.py").write_text(
            "import sqlalchemy as sa\nfrom alembic import op\n\n"
            f'revision = "9999"\ndown_revision = "{newest}"\n\n\ndef upgrade():\n{body}\n'
        )

    newest = max(path.stem[1:5] for path in folder.glob("v*.py"))
    return add


def test_a_step_takes_a_database_further_and_is_taken_once(old_url, more_steps):
    before = rows(old_url)
    more_steps(
        'op.add_column("lessons", sa.Column("room", sa.String, nullable=False, server_default="1"))',
        'with op.batch_alter_table("lessons", table_kwargs={"sqlite_autoincrement": True}) as table:',
        '    table.alter_column("title", type_=sa.Text, existing_type=sa.String, existing_nullable=False)',
        'op.execute("UPDATE lessons SET room = room || title")',
    )
    for _ in range(2):
        store = Store(old_url)
        with store.transaction() as connection:
            rooms = set(connection.exec_driver_sql("SELECT room FROM lessons").scalars())
            assert connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalars().all() == ["9999"]
        assert rooms == {"1Mathe 3b", "1It's physics", "1Chemistry"}
        assert rows(old_url) == before  # a lesson that is made anew keeps its students
        store.close()


def test_a_step_that_fails_changes_nothing(old_url, more_steps):
    before = rows(old_url)
    more_steps(
        'op.add_column("lessons", sa.Column("room", sa.String))',
        'op.execute("DELETE FROM votes")',
        'op.execute("DELETE FROM nowhere")',
    )
    with pytest.raises(StoreError, match="cannot be used: .*nowhere"):
        Store(old_url)
    assert rows(old_url) == before
    more_steps('op.add_column("lessons", sa.Column("room", sa.String))')
    Store(old_url).close()
    assert rows(old_url) == before


@of_sqlite
def test_a_step_that_leaves_rows_without_their_lesson_changes_nothing(old_url, more_steps):
    before = rows(old_url)
    more_steps('op.execute("DELETE FROM lessons")')
    with pytest.raises(StoreError, match="is damaged: a row belongs to a lesson or student that is not there"):
        Store(old_url)
    assert rows(old_url) == before


# Refused

NEWER = 'UPDATE alembic_version SET version_num = "0815"'.replace('"', "'")


@pytest.mark.parametrize(
    ("statements", "said"),
    [
        ([NEWER], "was made by a newer version of this program .its tables are of version 0815, this one knows "),
        (["ALTER TABLE counts DROP COLUMN p"], "is damaged: its counts have no p. Put back a copy"),
        (["DROP TABLE votes"], "is damaged: it has no votes. Put back a copy"),
        (
            ["DROP TABLE alembic_version", "ALTER TABLE counts DROP COLUMN p"],
            "was made by an older version, or is damaged .its counts have no p.. Move it away, or set FER_DATA_DIR",
        ),
        (
            ["DROP TABLE alembic_version", "DROP TABLE votes"],
            "was made by an older version, or is damaged .it has no votes",
        ),
    ],
)
def test_tables_that_do_not_fit_are_refused_and_stay_as_they_are(url, statements, said):
    Store(url).close()
    execute(url, *statements)
    before = everything(url)
    with pytest.raises(StoreError, match=said):
        Store(url)
    assert everything(url) == before


@pytest.mark.parametrize(
    "tables", [["CREATE TABLE invoices (id INTEGER)"], ["CREATE TABLE alembic_version (version_num VARCHAR(32))"]]
)
def test_the_database_of_another_program_is_refused_and_stays_as_it_is(url, tables):
    execute(url, *tables)
    before = everything(url)
    with pytest.raises(
        StoreError, match="belongs to another program .it has (invoices|alembic_version).. Set FER_DATA_DIR"
    ):
        Store(url)
    assert everything(url) == before


def everything(url):
    """Names and columns of all tables."""
    engine = sa.create_engine(url)
    inspector = sa.inspect(engine)
    found = {name: [column["name"] for column in inspector.get_columns(name)] for name in inspector.get_table_names()}
    engine.dispose()
    return found


@of_sqlite
def test_a_process_waits_while_another_migrates(tmp_path):
    """It takes longer than others wait for a lock."""
    place = tmp_path / "lessons.db"
    other = sqlite3.connect(place, isolation_level=None)
    other.execute("PRAGMA journal_mode=WAL")
    other.execute("BEGIN IMMEDIATE")
    process = subprocess.Popen(
        [sys.executable, "-c", START, f"sqlite:///{place}"], stdin=-1, stdout=-1, stderr=-1, text=True
    )
    process.stdin.write("go\n")
    process.stdin.flush()
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(timeout=8)
    other.execute("ROLLBACK")
    other.close()
    assert said(process) == ""
