"""What is measured of a class, and how it is told."""

import resource
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fer.insight.wording import NOTHING
from fer.records import ON_SERVER

LEAST_ANALYSED_PER_S, LONGEST_AGE_S = 1.5, 1.0  # what is in time: every student, and 95 of 100 observations
AGES = {"age_p50_s": 50, "age_p95_s": 95, "age_p99_s": 99}  # percentiles


@dataclass(frozen=True)
class Reading:
    """What had happened up to one moment; two of them make a measurement."""

    at: float
    cpu_s: float
    received: tuple[int, ...]
    analysed: tuple[int, ...]
    written: int
    errors: int
    generator_cpu_s: float = 0.0


@dataclass(frozen=True)
class PagesFigures:
    """Of the students' pages and a teacher's: how long 95 of 100 waited for theirs, and what drawing the dashboard took in
    each second."""

    join_p95_s: float
    dashboard_tick_ms: float
    answers: int


@dataclass(frozen=True)
class Figures:
    """A measurement. Rates are frames per second and student, or mirror, ages in seconds, CPU in cores. ``pages``: None where
    only cameras were measured. ``reference_ms``: a fixed piece of work, timed just before, so that measurements compare."""

    students: int
    received: np.ndarray
    analysed: np.ndarray
    ages_s: np.ndarray
    server_cores: float
    generator_cores: float
    memory_mib: float
    threads: int
    rows: int
    replaced: int
    errors: int
    mirror_looks: np.ndarray
    read_on: str = ON_SERVER
    pages: PagesFigures | None = None
    reference_ms: float = 0.0

    def percentiles_s(self) -> list[float]:
        """The ages of ``AGES``."""
        return np.percentile(self.ages_s, list(AGES.values())).tolist()

    @property
    def p95_s(self) -> float:
        return self.percentiles_s()[1]

    def in_time(self) -> bool:
        return bool(self.analysed.min() >= LEAST_ANALYSED_PER_S and self.p95_s <= LONGEST_AGE_S)

    def rows_of_table(self) -> list[tuple[str, str]]:
        return [
            ("students", str(self.students)),
            ("faces are read on", self.read_on),
            ("a look of the reference, ms", f"{self.reference_ms:.1f}"),
            ("received per s and student, least / median", least_and_median(self.received)),
            ("analysed per s and student, least / median", least_and_median(self.analysed)),
            (
                "age, arrival to row, p50 / p95 / p99, s",
                " / ".join(f"{age:.2f}" for age in self.percentiles_s()),
            ),
            ("server CPU, % of a core", f"{self.server_cores:.0%}".rstrip("%")),
            ("server CPU per student, %", f"{self.server_cores / self.students:.2%}".rstrip("%")),
            ("generator CPU, % of a core", f"{self.generator_cores:.0%}".rstrip("%")),
            ("memory, MiB", f"{self.memory_mib:.0f}"),
            ("threads", str(self.threads)),
            ("rows written", str(self.rows)),
            ("frames replaced unseen", str(self.replaced)),
            ("errors", str(self.errors)),
            ("looks per s and mirror, least / median", least_and_median(self.mirror_looks)),
            ("a student's page is there, p95, s", f"{self.pages.join_p95_s:.1f}" if self.pages else NOTHING),
            ("the dashboard's second, ms", f"{self.pages.dashboard_tick_ms:.0f}" if self.pages else NOTHING),
        ]

    def as_json(self) -> dict[str, str | int | float | bool | None]:
        """The same under names that stay; ages are None where no row was written."""
        ages_s = dict.fromkeys(AGES) if np.isnan(self.p95_s) else dict(zip(AGES, self.percentiles_s(), strict=True))
        return {
            "students": self.students,
            "read": self.read_on,
            "reference_ms": self.reference_ms,
            "join_p95_s": self.pages.join_p95_s if self.pages else None,
            "dashboard_tick_ms": self.pages.dashboard_tick_ms if self.pages else None,
            "answers": self.pages.answers if self.pages else None,
            "received_min_per_s": float(self.received.min()),
            "received_median_per_s": float(np.median(self.received)),
            "analysed_min_per_s": float(self.analysed.min()),
            "analysed_median_per_s": float(np.median(self.analysed)),
            **ages_s,
            "server_percent_of_core": 100 * self.server_cores,
            "server_percent_of_core_per_student": 100 * self.server_cores / self.students,
            "generator_percent_of_core": 100 * self.generator_cores,
            "memory_mib": self.memory_mib,
            "threads": self.threads,
            "rows": self.rows,
            "replaced": self.replaced,
            "errors": self.errors,
            "mirrors": len(self.mirror_looks),
            "mirror_looks_min_per_s": float(self.mirror_looks.min()) if len(self.mirror_looks) else None,
            "in_time": self.in_time(),
        }


def least_and_median(rates: np.ndarray) -> str:
    return f"{rates.min():.2f} / {np.median(rates):.2f}" if len(rates) else NOTHING


def figures(before: Reading, after: Reading, ages_s: list[float]) -> Figures:
    elapsed_s = after.at - before.at
    received = np.subtract(after.received, before.received)
    analysed = np.subtract(after.analysed, before.analysed)
    return Figures(
        len(received),
        received / elapsed_s,
        analysed / elapsed_s,
        np.array(ages_s or [np.nan]),
        (after.cpu_s - before.cpu_s) / elapsed_s,
        (after.generator_cpu_s - before.generator_cpu_s) / elapsed_s,
        memory_mib(),
        threading.active_count(),
        after.written - before.written,
        max(0, int((received - analysed).sum())),
        after.errors - before.errors,
        np.zeros(0),
    )


def memory_mib() -> float:
    """What this process occupies now; where the system does not say, the most it ever did."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
    return pages * resource.getpagesize() / 2**20
