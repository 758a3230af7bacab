"""A class that does not exist: marks and receipts from a seeded generator, and what is found among them."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from grader.batch.class_page import diagnoses, member_of
from grader.model.grade import Grade, ModelledSpeed, TimingReport
from grader.model.mark import Mark, MarkAdjustment
from grader.model.measurement import Who
from grader.model.result import CheckResult, Verdict
from grader.report.class_view import Alike, ClassResults, Member, Passage
from grader.testing import a_check, a_grade, a_map, a_run, a_sample, chunks_of
from grader.timing.stats import ReferenceWork, speedup

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
FIRST = (
    "Ada",
    "Åse",
    "Béla",
    "Chloé",
    "D'Arcy",
    "Emre",
    "Frédéric",
    "Gül",
    "Hồng",
    "İlker",
    "Jörg",
    "Kim",
    "Lu",
    "María",
)
LAST = (
    "Çelik",
    "de la Cruz",
    "Fuchs",
    "Hopper",
    "Lovelace",
    "Müller",
    "Ng",
    "O'Neil",
    "Öztürk",
    "Sørensen",
    "Weiß",
    "Zhāng",
)
POINTS = {
    **{"runs": 0, "main-guard": 1, "counts": 3, "output": 1, "pool-map": 1, "chunksize": 1},
    **{"chunk-balance": 1, "workers": 1, "speedup": 1},
}
TITLES = {
    "runs": "Runs to its end",
    "main-guard": "Importing it starts no work",
    "counts": "The printed counts are right",
    "output": "The output has the right form",
    "pool-map": "The plays are mapped by a process pool",
    "chunksize": "The map has a chunk size",
    "chunk-balance": "There is a chunk for every worker",
    "workers": "Several workers did the work",
    "speedup": "It is faster than the serial version",
}
FAILED, PARTIAL = Verdict.FAILED, Verdict.PARTIAL
FAULTS = (
    # check, cause, verdict, share of the class, headline
    ("main-guard", "no-main-guard", FAILED, 0.12, "Importing `my_script.py` starts the pool in line {line}."),
    ("counts", "wrong-counts", FAILED, 0.07, "`the` was counted 27,842 times in place of 28,305."),
    ("counts", "all-matches", FAILED, 0.09, "Tokens with an apostrophe are counted twice: `don't`."),
    ("output", "form", FAILED, 0.05, "Line 1 is `the: 28305`, not `the == 28305`."),
    ("pool-map", "submit", FAILED, 0.06, "The plays were given to `submit` in line {line}."),
    ("chunksize", "no-chunksize", FAILED, 0.1, "The map in line {line} was given no chunk size."),
    ("chunksize", "explicit-one", PARTIAL, 0.14, "The chunk size 1 in line {line} is the default."),
    ("chunk-balance", "one-chunk", FAILED, 0.05, "There was one chunk, so that one worker did everything."),
    ("workers", "one-worker", FAILED, 0.03, "One worker did all of the work."),
    ("speedup", "uneven-work", PARTIAL, 0.1, "It is only 2.1 times as fast as the serial program."),
)
HINTS = {
    "main-guard": "Put what starts work below `if __name__ == '__main__':`.",
    "counts": "Lowercase the token, then take its first match only.",
    "chunksize": "How many chunks does each worker need?",
    "speedup": "Look at the picture of the workers: who computes when, and who waits?",
}


def a_class(students: int, seed: int = 1) -> ClassResults:
    """A class of so many; the same numbers make the same class."""
    chance = random.Random(seed)
    members = tuple(a_member(number, chance) for number in range(1, students + 1))
    graded = [member.mark.student for member in members if member.checks]
    some = chance.sample(graded, min(len(graded), max(4, students // 14)))
    passage = Passage(
        "def count_words(file):\n    counts = {}\n    for token in file.read_text().split():\n        ...",
        "def zaehle(datei):\n    anzahl = {}\n    for wort in datei.read_text().split():\n        ...",
    )
    return ClassResults(
        "word_count",
        "Count the words of all plays",
        members,
        diagnoses(members),
        (tuple(some[2:]), tuple(some[:2])),
        (Alike(some[0], some[1], 0.93, (passage, passage)), Alike(some[2], some[3], 0.81, (passage,))),
    )


def a_member(number: int, chance: random.Random) -> Member:
    name = f"{chance.choice(FIRST)} {chance.choice(LAST)}"
    outcome = chance.choices(("graded", "needs_review", "not_graded", "errored", "missing"), (91, 3, 1, 1, 4))[0]
    grade = a_receipt(chance) if outcome in ("graded", "needs_review") else None
    late = chance.choices((0, 1, 3), (88, 8, 4))[0] if grade else 0
    score = grade.score if grade and outcome == "graded" else None
    by_hand = score is not None and chance.random() < 0.04
    mark = Mark(
        student=f"moodle-{number}",
        name=name,
        identifiers={"moodle_participant": str(number), "email": f"s{number}@example.org"},
        exercise="word_count",
        outcome=outcome,  # type: ignore[arg-type]
        score=max(Decimal(0), score - late) if score is not None else None,
        max_score=Decimal(10),
        graded_score=score,
        late_days=late,
        late_penalty=Decimal(late) if late else None,
        adjustments=(
            (MarkAdjustment(check_id="output", was=Decimal(0), points=Decimal(1), why="one blank", who="ta", at=NOON),)
            if by_hand
            else ()
        ),
        reason={
            "needs_review": "`pool-map`: the program says that it mapped 38 items, 0 were seen on the queue.",
            "not_graded": "The archive of Ada_17.zip is encrypted.",
            "errored": "The sandbox could not be started: no memory.",
            "missing": "Nothing was handed in.",
        }.get(outcome, ""),
        submitted_at=NOON - timedelta(hours=number) if grade else None,
        graded_at=NOON,
        report=f"students/moodle-{number}/report.html" if grade else "",
    )
    return member_of(mark, grade)


def a_receipt(chance: random.Random) -> Grade:
    """A grade with some of the usual faults, and clocks that fit its chunk size."""
    checks = [_judged(check, chance) for check in POINTS]
    verdicts = {check.id: check.verdict for check in checks}
    size = (
        1 if any(check.cause == "explicit-one" for check in checks) else chance.choice((1, 2, 2, 2, 3, 4, 4, 5, 8, 10))
    )
    if verdicts["chunk-balance"] is Verdict.FAILED:
        size = 38
    calls = (a_map(chunks_of(38, size, (11, 12, 13, 14))),) if verdicts["pool-map"] is Verdict.PASSED else ()
    loss = 1.0 + abs(chance.gauss(0, 0.06)) + (0.5 if verdicts["speedup"] is Verdict.PARTIAL else 0)
    rounds = -(-38 // size)
    busiest = 2.4 * min(1.0, size * -(-rounds // 4) / 38) * loss
    workers_s = (busiest, *((2.4 - busiest) / 3 for _ in range(3) if busiest < 2.4))
    beside = ReferenceWork(total_s=2.45, main_s=0.05)
    modelled = ModelledSpeed(
        own=speedup(0.05, workers_s, 4, beside), reference=speedup(0.05, (0.6,) * 4, 4, beside), workers=4
    )
    own = a_sample(main_cpu_s=0.05, workers_cpu_s=workers_s)
    reference = a_sample(Who.REFERENCE, main_cpu_s=0.05, workers_cpu_s=(0.6, 0.6, 0.6, 0.6))
    return a_grade(checks, (a_run(calls),), timing=TimingReport(samples=(own, reference), modelled=modelled))


def _judged(check: str, chance: random.Random) -> CheckResult:
    fields: dict[str, Any] = {"title": TITLES[check], "max_points": POINTS[check], "headline": "As it should be."}
    for its_check, cause, verdict, share, headline in FAULTS:
        if its_check == check and chance.random() < share:
            told = {
                "cause": cause,
                "headline": headline.format(line=chance.randint(20, 60)),
                "hint": HINTS.get(check, ""),
            }
            return a_check(check, verdict, **fields | told)
    return a_check(check, **fields)
