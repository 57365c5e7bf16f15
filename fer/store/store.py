"""Everything the database holds of lessons, in one object that the rest of the program holds.

All SQL of the project is in this wing; what is said in a lesson (polls, alerts) is in ``fer.store.journal``."""

from fer.store.audit import StoredAudit
from fer.store.deletions import Deletions
from fer.store.keys import StoredKeys
from fer.store.lessons import StoredLessons
from fer.store.observations import StoredObservations
from fer.store.people import StoredPeople
from fer.store.pictures import StoredPictures
from fer.store.processes import StoredProcesses
from fer.store.sessions import StoredSessions
from fer.store.shared import StoredShared


class Store(
    StoredLessons,
    StoredObservations,
    Deletions,
    StoredSessions,
    StoredShared,
    StoredProcesses,
    StoredKeys,
    StoredPeople,
    StoredPictures,
    StoredAudit,
):
    """One ``Database``, seen from ten sides."""
