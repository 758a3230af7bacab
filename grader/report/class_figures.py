"""The pictures of a class: how the marks lie, what the checks found, and what became of the chunk sizes."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from grader.model.result import Verdict
from grader.report.figures.figure import Chart, Figure, Key, Row, Table
from grader.report.quantity import counted, points
from grader.report.visible import inline

WORDS = {
    Verdict.PASSED: "passed",
    Verdict.PARTIAL: "partial",
    Verdict.FAILED: "failed",
    Verdict.SKIPPED: "skipped",
    Verdict.INCONCLUSIVE: "cannot tell",
    Verdict.ERRORED: "our error",
}
"""In the order in which they are stacked."""
BINS = 10
BAR_PX = 26


@dataclass(frozen=True)
class Reached:
    """One student's chunk size and speed-up, without the student."""

    chunksize: int
    speedup: float


def score_figure(scores: Sequence[Decimal], max_score: Decimal) -> Figure:
    """How many students have how many points: ten equal steps, full marks beside them."""
    step = max_score / BINS
    places = Counter(min(BINS, int(max(Decimal(0), score) / step)) for score in scores)
    labels = [_step(step, place) for place in range(BINS)] + [points(max_score)]
    rows = [(label, places[place]) for place, label in enumerate(labels)]
    above = sum(count for place, (_, count) in enumerate(rows) if place >= BINS // 2)
    listed = ", ".join(f"{label}: {count}" for label, count in rows if count)
    return Figure(
        id="scores",
        title=f"{_share(above, len(scores))} of the marks are at least half of the {points(max_score)} points.",
        text=("A step holds its lower end and not its upper one.",),
        alternative=f"Bar chart of {counted(len(scores), 'mark')} by points: {listed}.",
        table=Table(
            head=("Points", "Students", "Share"),
            rows=tuple((label, f"{count:,}", _share(count, len(scores))) for label, count in rows),
            numbers=(1, 2),
        ),
        chart=Chart(
            "class-scores",
            {"bins": [{"label": label, "students": count, "text": str(count or "")} for label, count in rows]},
            wide=True,
        ),
    )


def _step(step: Decimal, place: int) -> str:
    """A step as its chart names it: from its lower end to below its upper one."""
    return f"{points(step * place)}–{points(step * (place + 1))}"


def verdict_figure(verdicts: Mapping[str, Counter[Verdict]]) -> Figure:
    """What each check found, as parts of all students who were judged."""
    hardest = min(verdicts, key=lambda check: _passed(verdicts[check]))
    bars: list[Row] = []
    ends: list[Row] = []
    for check, found in verdicts.items():
        all_of_them, start = found.total(), 0.0
        for verdict, word in WORDS.items():
            end = start + found[verdict] / all_of_them
            if found[verdict]:
                bars.append({"check": inline(check), "verdict": word, "from": start, "to": end})
            start = end
        ends.append({"check": inline(check), "text": f"{_passed(found) * 100:.0f} %"})
    seen = [verdict for verdict in WORDS if any(found[verdict] for found in verdicts.values())]
    if _passed(verdicts[hardest]) == 1:
        title = "Every check was passed by everybody."
    else:
        title = f"The hardest check was `{inline(hardest)}`: {_passed(verdicts[hardest]) * 100:.0f} % passed it."
    listed = ", ".join(f"{check} {_passed(found) * 100:.0f} %" for check, found in verdicts.items())
    return Figure(
        id="verdicts",
        title=title,
        text=(),
        alternative=f"Stacked bar chart of the verdicts of each check. Passed: {listed}.",
        table=Table(
            head=("Check", *(WORDS[verdict].capitalize() for verdict in seen)),
            rows=tuple(
                (inline(check), *(f"{found[verdict]:,}" for verdict in seen)) for check, found in verdicts.items()
            ),
            numbers=tuple(range(1, len(seen) + 1)),
        ),
        chart=Chart("class-verdicts", {"bars": bars, "ends": ends}, height=BAR_PX * len(verdicts) + 8, wide=True),
        key=tuple(Key(f"part-{verdict.value}", WORDS[verdict]) for verdict in seen),
    )


def _passed(found: Counter[Verdict]) -> float:
    return found[Verdict.PASSED] / found.total()


def chunk_figure(reached: Sequence[Reached]) -> Figure:
    """Chunk size against modelled speed-up: a dot for all who have the same, larger for more."""
    dots = Counter((each.chunksize, round(each.speedup, 1)) for each in reached)
    by_size: dict[int, list[float]] = {}
    for each in reached:
        by_size.setdefault(each.chunksize, []).append(each.speedup)
    usual, its = max(by_size.items(), key=lambda item: (len(item[1]), -item[0]))
    most = max(by_size)
    top = max(2.0, math.ceil(max(each.speedup for each in reached) + 0.2))
    return Figure(
        id="chunks",
        title=f"The most usual chunk size is {usual:,}; half of those programs are at least "
        f"{statistics.median(its):.1f} times as fast.",
        text=(
            "How many times as fast as the serial program each would be on idle cores, by the CPU time that its "
            "processes used. A larger dot stands for more students.",
        ),
        alternative=f"Scatter chart of the modelled speed-up of {counted(len(reached), 'program')} by chunk size, from "
        f"{min(by_size):,} to {most:,}.",
        table=Table(
            head=("Chunk size", "Students", "Median speed-up", "Least", "Most"),
            rows=tuple(
                (f"{size:,}", f"{len(found):,}", *(f"{value:.1f} ×" for value in _spread(found)))
                for size, found in sorted(by_size.items())
            ),
            numbers=(0, 1, 2, 3, 4),
        ),
        chart=Chart(
            "class-chunks",
            {
                "dots": [
                    {"chunksize": size, "speedup": speed, "students": count} for (size, speed), count in dots.items()
                ],
                "serial": [{"speedup": 1}],
            },
            params={"sizes": _ticks(most), "most": max(2, most) * 1.3, "top": top},
            wide=True,
        ),
    )


def _spread(found: Sequence[float]) -> tuple[float, float, float]:
    return statistics.median(found), min(found), max(found)


def _ticks(most: int) -> list[int]:
    """Powers of two up to the largest chunk size, at most nine of them."""
    powers = math.ceil(math.log2(max(2, most)))
    return [2**power for power in range(0, powers + 1, max(1, math.ceil(powers / 8)))]


def _share(part: int, whole: int) -> str:
    return f"{part / whole * 100:.0f} %"
