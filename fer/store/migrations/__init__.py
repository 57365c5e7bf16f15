"""The steps by which the tables came to be what they are, one file each; ``fer.store.migrate`` runs those that a
database lacks.

Whoever changes a table in ``fer.store.schema`` adds a step: ``vNNNN_what_it_does.py`` with a docstring, ``revision =
"NNNN"``, ``down_revision`` (the step before) and ``upgrade()``, which changes tables with ``alembic.op`` and fills what
is new; for example ``op.add_column("lessons", sa.Column("closed_at", sa.Double))``. A column that may not be empty
needs a ``server_default``, in the schema too. SQLite cannot change a column: ``with op.batch_alter_table("lessons") as
table`` makes the table anew (then say ``table_kwargs={"sqlite_autoincrement": True}``, or ids of deleted rows come
back). A step that has been published is never changed, and imports nothing of the project, which will have gone on.
tests/store/test_migrate.py holds the steps against the schema."""
