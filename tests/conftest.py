"""What several test files share: an empty database in a folder of its own."""

import pytest

from fer.store import Store


@pytest.fixture
def fresh_store(tmp_path):
    store = Store(f"sqlite:///{tmp_path / 'lessons.db'}")
    yield store
    store.close()
