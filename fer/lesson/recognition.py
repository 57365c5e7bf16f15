"""What looks at faces in this process: the detector, the model that serves, and the engine that runs both."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import cv2

from fer.config import MODELS_DIR, Settings, SettingsError
from fer.lesson.camera_budget import drawn_face, load_warnings, most_students
from fer.lesson.engine import Engine
from fer.lesson.seats import Seats
from fer.lesson.writer import Writer
from fer.records import ON_DEVICE
from fer.vision.analyze import Namer
from fer.vision.browser_kit import Kit, browser_kit
from fer.vision.browser_net import NotForBrowsers
from fer.vision.cards import Card, load_card
from fer.vision.classifier import Classifier, load_classifier
from fer.vision.detector import load_detector
from fer.vision.mirror_eye import MirrorEye

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Model:
    """A loaded classifier, its card, and how many cameras this machine looks at with it."""

    card: Card
    classifier: Classifier
    most: int


class Recognition:
    """One in a process that computes expressions. Making it loads the models; raises what their loaders raise."""

    def __init__(self, seats: Seats, writer: Writer, settings: Settings):
        self.seats, self.settings = seats, settings
        self.detector = load_detector(settings.detector, settings.detector_file)
        cv2.setNumThreads(1)  # frames of 160 px gain nothing from more, and the web server needs the cores
        self.model = self.load(settings.model)
        self.engine = Engine(seats, self.detector, self.model.classifier, writer, settings)
        self.seats.most = self.model.most
        self._kit: tuple[Model | None, Kit] = None, {}
        if settings.read == ON_DEVICE and (why_not := self.why_not_on_devices()):
            raise SettingsError(f"FER_READ is device, but {why_not}")

    def start(self) -> None:
        self.engine.start()
        log.info("Face detector: %s.", self.detector.name)
        self._log_model()

    def stop(self) -> None:
        self.engine.stop()

    def load(self, name: str) -> Model:
        """The model of ``models/<name>.json``, ready to serve; raises ``CardError``."""
        classifier = load_classifier(MODELS_DIR, name)
        card = load_card(MODELS_DIR / f"{name.removesuffix('.keras')}.json")
        most = self.settings.most_students or most_students(self.detector, classifier)  # a slower one holds fewer
        return Model(card, classifier, most)

    def serve(self, model: Model) -> None:
        """Looks with this model from the next tick on."""
        self.model, self.engine.classifier, self.seats.most = model, model.classifier, model.most
        self._log_model()

    def served(self) -> str:
        """The name of the model that looks at lessons now."""
        return self.model.card.name

    def mirror_eyes(self, namer: Namer | None = None) -> Callable[[], MirrorEye]:
        """Makes the eyes of a mirror, which share a detector and a classifier of their own: a lesson waits for neither."""
        detector = load_detector(self.settings.detector, self.settings.detector_file)
        classifier = load_classifier(MODELS_DIR, self.served())
        return partial(MirrorEye, detector, classifier, self.settings.unsure_below, namer)

    def kit(self) -> Kit:
        """The files with which a browser looks as this process does; raises ``NotForBrowsers``. Made when first asked for."""
        model, (of, kit) = self.model, self._kit
        if of is not model:
            path = MODELS_DIR / model.card.file
            kit = browser_kit(self.detector, model.classifier, self.settings.detector_file, path, drawn_face())
            self._kit = model, kit
        return kit

    def why_not_on_devices(self) -> str:
        """Why faces cannot be read on the students' devices, as the end of a sentence; "" where they can."""
        try:
            self.kit()
        except NotForBrowsers as error:
            return str(error)
        return ""

    def _log_model(self) -> None:
        log.info("Classifier: %s. At most %d cameras at a time.", self.model.classifier.name, self.seats.most)

    def load_warnings(self, age_s: float | None) -> list[str]:
        """What a teacher must know about the machine; ``age_s``: of the newest picture."""
        return load_warnings(self.engine.rate, self.settings.frames_per_s, age_s, self.seats.waiting(), self.model.most)
