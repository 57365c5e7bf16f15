"""What is found out about single students of a class-only lesson, by a teacher who joins it with made-up ones, or by sums.

    python -m tests.privacy.attacks

Prints how often each attack is right, beside always guessing the commonest expression, then what other rules would give,
and what they cost a teacher who asks honestly: size of the groups, length of the pause, and a share of the labels replaced
by chance, for each student the same one while their expression stays.
"""

from collections import Counter
from unittest.mock import patch

import numpy as np

from fer.privacy import release
from fer.privacy.release import Releases
from fer.records import LABELS, STEP_S, Observation, Status

SHARES = {"neutral": 0.5, "happy": 0.2, "sad": 0.12, "surprise": 0.08, "angry": 0.06, "fear": 0.04}
LEAST_VISIBLE = 5
LESSON = 1
REAL = 100
FLAT = (1 / 7,) * 7


def shown(rng, n: int) -> list[str]:
    return list(rng.choice(list(SHARES), n, p=list(SHARES.values())))


def step(releases: Releases, number: int, labels: dict[int, str]) -> dict[str, int]:
    """What the step releases of a class of these labels; {} for nothing."""
    start = number * STEP_S
    releases.add(
        Observation(LESSON, student, start + 1.0, Status.FACE, 0, (0.0,) * 4, FLAT, label)
        for student, label in labels.items()
    )
    released = releases.due(start + 2 * STEP_S)
    return released[0].n if released else {}


def one_among_four(rng) -> bool:
    """Four made-up students whose faces are known, and one real."""
    made_up, real = dict(enumerate(shown(rng, 4))), shown(rng, 1)[0]
    counts = step(Releases(LEAST_VISIBLE), 1, made_up | {REAL: real})
    left = {label: n - list(made_up.values()).count(label) for label, n in counts.items()}
    return max(left, key=left.get) == real


def latecomer(rng, n: int = 10, change: float = 0.1) -> bool:
    """A real student comes late to a class of ``n``, together with as many made-up ones as a group needs; of the class a
    tenth looks different in each next step."""
    releases, labels = Releases(LEAST_VISIBLE), dict(enumerate(shown(rng, n)))
    made_up = {REAL + 1 + i: label for i, label in enumerate(shown(rng, release.LEAST_CHANGE - 1))}
    real, first, second, number = shown(rng, 1)[0], step(releases, 1, labels), {}, 1
    while not second:
        number += 1
        labels = {one: shown(rng, 1)[0] if rng.random() < change else label for one, label in labels.items()}
        second = step(releases, number, labels | made_up | {REAL: real})
    left = {label: second.get(label, 0) - first.get(label, 0) - list(made_up.values()).count(label) for label in LABELS}
    return max(left, key=left.get) == real


def sums_of_steps(rng, change: float = 0.0, n: int = 20, steps: int = 360, moves: float = 0.02) -> float:
    """Everybody is real, comes and goes, and who counts in each step is known: half an hour of steps, each allowed by
    itself, as equations that are solved for each student. The share of students found out."""
    releases, labels, here = Releases(LEAST_VISIBLE), shown(rng, n), np.ones(n, bool)
    members, counts, looks = [], [], Counter()
    for number in range(1, steps + 1):
        here ^= rng.random(n) < moves
        labels = [new if rng.random() < change else old for new, old in zip(shown(rng, n), labels, strict=True)]
        looks.update(enumerate(labels))
        released = step(releases, number, {student: labels[student] for student in np.flatnonzero(here)})
        if released:
            panel = releases._classes[LESSON].panel
            members.append([student in panel for student in range(n)])
            counts.append([released.get(label, 0) for label in SHARES])
    solved = np.linalg.lstsq(np.array(members, float), np.array(counts, float))[0]
    true = [max(SHARES, key=lambda label: looks[student, label]) for student in range(n)]
    return float(np.mean([list(SHARES)[best] == label for best, label in zip(solved.argmax(1), true, strict=True)]))


def sums_of_changing_faces(rng) -> float:
    """The same where one face in 50 looks different in the next step."""
    return sums_of_steps(rng, change=0.02)


def guess(rng) -> bool:
    return shown(rng, 1)[0] == max(SHARES, key=SHARES.get)


ATTACKS = {one_among_four: 2000, latecomer: 2000, sums_of_steps: 50, sums_of_changing_faces: 50, guess: 2000}


def rate(attack, trials: int, seed: int = 0) -> float:
    rng = np.random.default_rng(seed)
    return sum(attack(rng) for _ in range(trials)) / trials


def with_noise(replaced: float, students: int, trials: int, seed: int = 0) -> tuple[float, float]:
    """If this share of labels were replaced: how often one among known students is found out, who may ask as often as
    they like, and the mean error of the shares after what chance does on average is taken off."""
    rng, names = np.random.default_rng(seed), list(SHARES)
    right, errors = 0, []
    for _ in range(trials):
        true = shown(rng, students)
        said = [str(rng.choice(names)) if rng.random() < replaced else label for label in true]
        right += said[0] == true[0]
        for label in names:
            share = (said.count(label) / students - replaced / len(names)) / (1 - replaced)
            errors.append(abs(share - true.count(label) / students))
    return right / trials, float(np.mean(errors))


def an_honest_class(
    rng, n: int, steps: int = 180, change: float = 0.02, unseen: float = 0.1
) -> tuple[float, float, float]:
    """A quarter of an hour of real students who arrive within five minutes; a face is not seen in a tenth of the steps.
    The mean error of a share of those who are there, the share of steps with figures, and of students who count at last."""
    releases, labels, arrives = Releases(LEAST_VISIBLE), shown(rng, n), rng.integers(0, 60, n)
    errors, n_released = [], 0
    for number in range(1, steps + 1):
        labels = [new if rng.random() < change else old for new, old in zip(shown(rng, n), labels, strict=True)]
        there = np.flatnonzero(arrives < number)
        seen = {student: labels[student] for student in there if rng.random() >= unseen}
        released, true = step(releases, number, seen), Counter(labels[student] for student in there)
        if released:
            n_released += 1
            total = sum(released.values())
            errors += [abs(released.get(label, 0) / total - true[label] / len(there)) for label in SHARES]
    counted = len(releases._classes[LESSON].panel)
    return float(np.mean(errors)) if errors else np.nan, n_released / steps, counted / n


def under_rules(least_change: int, pause_s: int, students: tuple[int, ...] = (8, 10, 20, 30)) -> str:
    """A row of the table: what two attacks find out, and what honest classes of these sizes get."""
    with patch.multiple(release, LEAST_CHANGE=least_change, PAUSE_S=pause_s):
        found = rate(latecomer, 600), rate(sums_of_steps, 50)
        rng = np.random.default_rng(0)
        honest = [np.nanmean([an_honest_class(rng, n) for _ in range(10)], axis=0) for n in students]
    errors, shares, counted = zip(*honest, strict=True)
    columns = [
        f"{least_change}, {pause_s} s",
        *(f"{share:.0%}" for share in found),
        ", ".join(f"{100 * error:.1f}" for error in errors),
        ", ".join(f"{share:.0%}" for share in shares),
        ", ".join(f"{share:.0%}" for share in counted),
    ]
    return f"| {' | '.join(columns)} |"


def main() -> None:
    print("| attack on a class-only lesson | right |\n|---|---|")
    for attack, trials in ATTACKS.items():
        print(f"| {attack.__name__.replace('_', ' ')} | {rate(attack, trials):.0%} |")
    print("\n| group, pause | latecomer | sums | points of error | steps with figures | students who count |")
    print("|---|---|---|---|---|---|")
    for least_change in (3, 4, 5):
        for pause_s in (0, 10, 15):
            print(under_rules(least_change, pause_s), flush=True)
    print("\n| labels replaced by chance | found out | mean error of a share, 10, 20, 30 students |\n|---|---|---|")
    for replaced in (0.0, 0.2, 0.4, 0.5, 0.6):
        found = [with_noise(replaced, students, 2000) for students in (10, 20, 30)]
        print(
            f"| {replaced:.0%} | {found[0][0]:.0%} | {', '.join(f'{100 * error:.1f}' for _, error in found)} points |"
        )


if __name__ == "__main__":
    main()
