"""A made-up class: numbers that move as those of a class do. Pure: the same second gives the same numbers."""

import math

import numpy as np

from fer.records import EMOTIONS

NAMES = (
    "Amina Diallo",
    "Ben Carter",
    "Chiara Rossi",
    "Daniel Kim",
    "Elif Demir",
    "Felix Braun",
    "Grace Okafor",
    "Hugo Martin",
    "Ines Silva",
    "Jonas Berg",
    "Kavya Nair",
    "Leo Novak",
    "Mei Tanaka",
    "Noah Smith",
    "Olga Petrova",
    "Pablo Ruiz",
    "Quinn Murphy",
    "Rosa Jansen",
    "Samir Haddad",
    "Tove Lind",
)
STUDENTS = len(NAMES)
# The class goes round: it listens, is lost for a while, understands, laughs.
ROUND_S = 480
LOST_S, UNDERSTOOD_S, LAUGH_S = (120, 255), (255, 330), (390, 425)
NO_CAMERA = 19  # this student takes part without one
# They share their camera when somebody real does: a class-only lesson takes newcomers in by threes.
COMPANY = (17, 18)
DROPS = {7: (190, 330), 12: (300, 480)}  # student -> the seconds of a round in which they are not there
_RANDOM = np.random.default_rng(20)
_USUAL = np.array([0.3, -1.2, 0.0, 0.5, 2.6, 0.6, 0.1])  # log odds, in the order of EMOTIONS
_OWN = _RANDOM.normal(0, 0.5, (STUDENTS, len(EMOTIONS)))
_PERIODS_S = _RANDOM.uniform(25, 140, (STUDENTS, len(EMOTIONS)))
_PHASES = _RANDOM.uniform(0, 2 * math.pi, (STUDENTS, len(EMOTIONS)))
_FEELS = _RANDOM.permutation(STUDENTS) / STUDENTS  # who is touched first by what happens, 0 to 1


def probabilities(at_s: float) -> np.ndarray:
    """float64 (students, 7), rows sum to 1: the expressions of all in a second of the demo."""
    odds = _USUAL + _OWN + 0.7 * np.sin(2 * math.pi * at_s / _PERIODS_S + _PHASES)
    lost, laugh = (_touched(at_s, *span)[:, None] for span in (LOST_S, LAUGH_S))
    odds = odds + lost * _of(angry=1.6, fear=1.8, sad=2.2, surprise=0.6, neutral=-0.9)
    odds = 1.6 * (odds + laugh * _of(happy=4.2, surprise=1.0, neutral=-1.2))
    weights = np.exp(odds - odds.max(axis=1, keepdims=True))
    return weights / weights.sum(axis=1, keepdims=True)


def is_here(student: int, at_s: float) -> bool:
    since, until = DROPS.get(student, (0, 0))
    return not since <= at_s % ROUND_S < until


def has_camera(student: int, is_joined: bool) -> bool:
    """``is_joined``: whether somebody real has shared a camera."""
    return student != NO_CAMERA and (is_joined or student not in COMPANY)


def shows_face(student: int, at_s: float) -> bool:
    """Now and then somebody turns away for some seconds."""
    return math.sin(at_s / 9 + _PHASES[student, 0]) * math.sin(at_s / 31 + student) < 0.88


def says(student: int, at_s: float) -> str | None:
    """The button that this student would press, None for none."""
    at_s, feels = at_s % ROUND_S, _FEELS[student]
    if LOST_S[0] + 15 + 60 * feels < at_s < LOST_S[1] and feels < 0.5:
        return "lost" if feels < 0.4 else "slower"
    if UNDERSTOOD_S[0] + 60 * feels < at_s < UNDERSTOOD_S[1] + 60 and feels < 0.7:
        return "got it"
    return None


QUESTION, NAME = "Can you show the second step again?", "Made-up student"
WORDS = ("the second step", "the example", "everything", "nothing")  # what they answer where a poll asks for a word


def answers(student: int, poll_id: int, choices: int, open_for_s: float) -> int | None:
    """The choice of this student by now, by its place; None while they think, and for the few who never answer."""
    random = np.random.default_rng((poll_id, student))
    thinks_s, is_shy = random.uniform(3, 25), random.random() < 0.12
    if is_shy or open_for_s < thinks_s:
        return None
    return int(min(random.geometric(0.5) - 1, choices - 1))


def _touched(at_s: float, since: float, until: float) -> np.ndarray:
    """float64 (students,), 0 to 1: who is touched by what happens in these seconds of a round, one after the other."""
    at_s %= ROUND_S
    begins = since + 30 * _FEELS
    return np.clip((at_s - begins) / 15, 0, 1) * np.clip((until + 20 * _FEELS - at_s) / 15, 0, 1)


def _of(**odds: float) -> np.ndarray:
    return np.array([odds.get(name, 0.0) for name in EMOTIONS])
