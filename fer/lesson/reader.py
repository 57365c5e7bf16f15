"""What looks at pictures beside a lesson, for the API and the page Pictures: threads, detectors and models of its own, so
that a lesson waits for none.

Its threads stand back for the lesson's (``nice``), and while a camera is on, one of them works at a time.
"""

import os
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO

from fer.config import MODELS_DIR, Settings
from fer.records import Reading
from fer.vision.analyze import Namer, analyze, decode
from fer.vision.cards import Card, CardError, list_cards
from fer.vision.classifier import Classifier, load_classifier
from fer.vision.detector import Detector, load_detector

CORES = os.cpu_count() or 1
NICE = 10  # of 19
MOST_MODELS = 3  # loaded at a time
PICTURE_BYTES = 20_000_000


class UnknownModel(ValueError):
    """A model that cannot look; the message names those that can."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What was seen in a picture of this size: its faces, the largest first, by which model, and how long it took."""

    width: int
    height: int
    readings: list[Reading]
    card: Card
    ms: float


class Reader:
    """``served``: the name of the model that lessons use now; ``cameras``: how many are on; ``namer``: says
    who people are, where that is switched on. ``stop`` it at the end."""

    def __init__(
        self,
        settings: Settings,
        served: Callable[[], str],
        cameras: Callable[[], int],
        namer: Namer | None = None,
    ):
        self.settings, self.served, self.cameras, self.namer = settings, served, cameras, namer
        self.pool = ThreadPoolExecutor(CORES, "pictures", initializer=stand_back)
        self._of_thread = threading.local()  # a detector serves one thread at a time
        self._models: OrderedDict[str, Classifier] = OrderedDict()
        self._loading = threading.Lock()
        self._turns = threading.Condition()
        self._busy = 0

    def stop(self) -> None:
        self.pool.shutdown(wait=False, cancel_futures=True)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Waits until a picture may be looked at."""
        with self._turns:
            self._turns.wait_for(lambda: self._busy < (1 if self.cameras() else CORES))
            self._busy += 1
        try:
            yield
        finally:
            with self._turns:
                self._busy -= 1
                self._turns.notify_all()

    @property
    def detector(self) -> Detector:
        """That of this thread."""
        if not hasattr(self._of_thread, "detector"):
            self._of_thread.detector = load_detector(self.settings.detector, self.settings.detector_file)
        return self._of_thread.detector

    @cached_property
    def cards(self) -> dict[str, Card]:
        """The models of the folder when it was first asked; to read it hashes every file."""
        return {card.name: card for card in list_cards(MODELS_DIR)[0]}

    def model(self, name: str | None) -> tuple[Card, Classifier]:
        """The model of this name, or the one that serves lessons. Raises ``UnknownModel``."""
        card = self.cards.get(name or self.served())
        if card is None:
            raise UnknownModel(f"model must be one of {', '.join(self.cards)}. Received: {(name or '')[:100]!r}")
        with self._loading:
            if card.name not in self._models:
                try:
                    self._models[card.name] = load_classifier(MODELS_DIR, card.name)
                except CardError:
                    raise UnknownModel(f"The model {card.name} cannot be loaded on this server.") from None
                if len(self._models) > MOST_MODELS:
                    self._models.popitem(last=False)
            self._models.move_to_end(card.name)
            return card, self._models[card.name]

    def look(self, file: bytes, name: str, model: str | None, may_name: bool) -> Looked:
        """Raises ``UnknownModel``, and ``PictureError`` for what is no picture; ``name`` is its name there."""
        card, classifier = self.model(model)
        with self.turn():
            began_at = time.perf_counter()
            picture = decode(BytesIO(file), name)
            readings = analyze(
                picture, self.detector, classifier, self.settings.unsure_below, self.namer if may_name else None
            )
            ms = (time.perf_counter() - began_at) * 1000
        height, width = picture.shape[:2]
        return Looked(width, height, readings, card, ms)


def stand_back() -> None:
    """Lets the threads of the lesson go first. Only Linux knows this of a single thread."""
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICE)
