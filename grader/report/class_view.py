"""A whole class made ready to be shown on one page: every sentence and number worded once. Pure.

With pseudonyms nothing on the page names anybody: no name, no identifier, no file name, no link to a report, and no
text that may quote a program.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from grader.model.mark import SETTLED, Mark, MarkAdjustment
from grader.model.result import CheckResult, Verdict
from grader.report.class_figures import Reached, chunk_figure, score_figure, verdict_figure
from grader.report.figures.figure import Figure
from grader.report.quantity import counted, points
from grader.report.view import MARKS
from grader.report.visible import block, inline

LEAST_TOGETHER = 2
"""So many students make a group."""
PASSAGE_LINES = 60
NAMED = 3
OUTCOMES = {
    "graded": ("✓", "graded", "passed"),
    "needs_review": ("!", "needs review", "errored"),
    "not_graded": ("–", "not graded", "skipped"),
    "errored": ("!", "our error", "errored"),
    "missing": ("–", "missing", "skipped"),
}
REASONS = {
    "needs_review": "A person has to look at it first.",
    "not_graded": "Nothing could be judged.",
    "errored": "The grader broke on it.",
}


@dataclass(frozen=True)
class Member:
    """One student: the mark, and of the grade what a page of the class needs.

    ``chunksize`` is that of the map which did the work, and ``speedup`` what is modelled from its CPU clocks.
    """

    mark: Mark
    file: str = ""
    checks: tuple[CheckResult, ...] = ()
    chunksize: int | None = None
    speedup: float | None = None


@dataclass(frozen=True)
class Passage:
    """Places of two programs that are alike, as they stand there."""

    first: str
    second: str


@dataclass(frozen=True)
class Alike:
    """Two students whose programs have much in common. ``share`` is how much of the smaller one, 0 to 1."""

    first: str
    second: str
    share: float
    passages: tuple[Passage, ...] = ()


@dataclass(frozen=True)
class Diagnosis:
    """Students who lost points in one check for one reason, with what most of them were told."""

    check_id: str
    title: str
    cause: str
    headline: str
    hint: str
    students: tuple[str, ...]


@dataclass(frozen=True)
class ClassResults:
    """Everything there is of a class in one exercise. ``same_program`` are students with the same normalised source."""

    exercise: str
    title: str
    members: tuple[Member, ...]
    diagnoses: tuple[Diagnosis, ...] = ()
    same_program: tuple[tuple[str, ...], ...] = ()
    alike: tuple[Alike, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Person:
    """How a student is called on the page, and the address of the report, or nothing."""

    name: str
    key: str
    link: str


@dataclass(frozen=True)
class Cell:
    """The verdict of one check."""

    check: str
    mark: str
    word: str
    verdict: Verdict
    rank: int


@dataclass(frozen=True)
class Row:
    """A student's line in the table. ``score_rank`` and ``speed_rank`` are what it is sorted by."""

    person: Person
    score: str
    score_rank: str
    outcome: tuple[str, str, str]
    cells: tuple[Cell | None, ...]
    chunksize: str
    speedup: str
    changed: str


@dataclass(frozen=True)
class Group:
    """Students to whom the same can be said."""

    title: str
    check: str
    said: str
    hint: str
    people: tuple[Person, ...]


@dataclass(frozen=True)
class Waiting:
    """A student whose grade a person has to look at."""

    person: Person
    outcome: tuple[str, str, str]
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Pair:
    """Two programs side by side."""

    first: Person
    second: Person
    share: str
    passages: tuple[Passage, ...]


@dataclass(frozen=True)
class ClassView:
    """The page."""

    title: str
    exercise: str
    students: str
    anonymous: bool
    median: str
    marks: str
    max_score: str
    summary: str
    counts: tuple[tuple[str, str], ...]
    figures: tuple[Figure, ...]
    waiting: tuple[Waiting, ...]
    diagnoses: tuple[Group, ...]
    same_program: tuple[Group, ...]
    pairs: tuple[Pair, ...]
    checks: tuple[str, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...]
    to_settle: str
    """The command that lets a grade count that needs review, where there is one."""


def build_class_view(of: ClassResults, pseudonyms: Mapping[str, str] | None = None, base: str = "") -> ClassView:
    """The view of a class; with ``pseudonyms``, by student's key, an anonymous one in their order.

    ``base`` leads from where the page lies to the output folder that the reports are in, and ends with a slash.
    """
    people = _people([member.mark for member in of.members], pseudonyms, base)
    members = sorted(of.members, key=lambda member: _order(people[member.mark.student]))
    anonymous = pseudonyms is not None
    scores = [member.mark.score for member in members if member.mark.score is not None]
    checks = _check_ids(members)
    max_score = next((member.mark.max_score for member in members if member.mark.max_score is not None), None)
    return ClassView(
        title=inline(of.title),
        exercise=of.exercise,
        students=counted(len(members), "student"),
        anonymous=anonymous,
        median=points(Decimal(statistics.median(scores))) if scores else "",
        marks=counted(len(scores), "mark"),
        max_score=points(max_score) if max_score is not None else "",
        summary=_summary(members, scores),
        counts=_counts(members),
        figures=_figures(members, checks, max_score),
        waiting=tuple(_waiting(member, people, anonymous) for member in members if member.mark.outcome in REASONS),
        diagnoses=tuple(
            _diagnosis(found, people, anonymous) for found in of.diagnoses if len(found.students) >= LEAST_TOGETHER
        ),
        same_program=_same_program(of, people),
        pairs=_pairs(of.alike, people, anonymous),
        checks=tuple(inline(check) for check in checks),
        rows=tuple(_row(member, people[member.mark.student], checks, anonymous) for member in members),
        notes=tuple(map(inline, of.notes)),
        to_settle="" if anonymous else _to_settle(members),
    )


def _people(marks: Sequence[Mark], pseudonyms: Mapping[str, str] | None, base: str) -> dict[str, Person]:
    """How everyone is called: by name, with the key where two have the same."""
    if pseudonyms is not None:
        return {mark.student: Person(pseudonyms[mark.student], pseudonyms[mark.student], "") for mark in marks}
    names = {mark.student: inline(mark.name or mark.student) for mark in marks}
    often = Counter(names.values())
    return {
        mark.student: Person(
            names[mark.student]
            if often[names[mark.student]] == 1
            else f"{names[mark.student]} ({inline(mark.student)})",
            inline(mark.student),
            base + mark.report if mark.report else "",
        )
        for mark in marks
    }


def _order(person: Person) -> tuple[str, str]:
    return person.name.casefold(), person.key


def _check_ids(members: Sequence[Member]) -> list[str]:
    """In the order of the exercise: that of the longest list."""
    longest = max((member.checks for member in members), key=len, default=())
    ids = [check.id for check in longest]
    others = dict.fromkeys(check.id for member in members for check in member.checks)
    return [*ids, *(check for check in others if check not in ids)]


def _summary(members: Sequence[Member], scores: Sequence[Decimal]) -> str:
    if not scores:
        return "Nobody has a mark yet."
    full = sum(1 for member in members if member.mark.score is not None and member.mark.score == member.mark.max_score)
    low, high = min(scores), max(scores)
    parts = [f"Half of the marks are at or above it; they go from {points(low)} to {points(high)}."]
    if full:
        parts.append(f"{counted(full, 'student')} reached full marks.")
    return " ".join(parts)


def _counts(members: Sequence[Member]) -> tuple[tuple[str, str], ...]:
    found = Counter[str](member.mark.outcome for member in members)
    late = sum(1 for member in members if member.mark.late_days)
    return (
        *((word, f"{found[outcome]:,}") for outcome, (_, word, _) in OUTCOMES.items() if found[outcome]),
        *([("of them late", f"{late:,}")] if late else []),
    )


def _to_settle(members: Sequence[Member]) -> str:
    if all(member.mark.outcome != "needs_review" for member in members):
        return ""
    return "grade adjust STUDENT --settle --why TEXT --in FOLDER"


def _figures(members: Sequence[Member], checks: Sequence[str], max_score: Decimal | None) -> tuple[Figure, ...]:
    scores = [member.mark.score for member in members if member.mark.score is not None]
    reached = [
        Reached(member.chunksize, member.speedup)
        for member in members
        if member.chunksize is not None and member.speedup is not None
    ]
    verdicts = {
        check: Counter(result.verdict for member in members for result in member.checks if result.id == check)
        for check in checks
    }
    return (
        *([score_figure(scores, max_score)] if scores and max_score else []),
        *([verdict_figure(verdicts)] if verdicts else []),
        *([chunk_figure(reached)] if reached else []),
    )


def _waiting(member: Member, people: Mapping[str, Person], anonymous: bool) -> Waiting:
    mark = member.mark
    told = REASONS[mark.outcome] if anonymous or not mark.reason else inline(mark.reason)
    return Waiting(people[mark.student], OUTCOMES[mark.outcome], (told,))


def _diagnosis(found: Diagnosis, people: Mapping[str, Person], anonymous: bool) -> Group:
    return Group(
        title=inline(found.cause.replace("-", " ").capitalize() if found.cause else found.title),
        check=inline(found.check_id),
        said=inline(found.title) if anonymous else f"For example: {inline(found.headline)}",
        hint="" if anonymous else inline(found.hint),
        people=_gathered(found.students, people),
    )


def _gathered(students: Sequence[str], people: Mapping[str, Person]) -> tuple[Person, ...]:
    return tuple(sorted((people[student] for student in students if student in people), key=_order))


def _same_program(of: ClassResults, people: Mapping[str, Person]) -> tuple[Group, ...]:
    gathered = [_gathered(students, people) for students in of.same_program]
    groups = [group for group in gathered if len(group) >= LEAST_TOGETHER]
    return tuple(
        Group(title=_listed(group), check="", said="", hint="", people=group)
        for group in sorted(groups, key=lambda group: (-len(group), _order(group[0])))
    )


def _listed(group: Sequence[Person]) -> str:
    """The first of them by name, and how many more."""
    names = [person.name for person in group]
    if len(names) <= NAMED + 1:
        return f"{', '.join(names[:-1])} and {names[-1]}"
    return f"{', '.join(names[:NAMED])} and {len(names) - NAMED} more"


def _pairs(alike: Sequence[Alike], people: Mapping[str, Person], anonymous: bool) -> tuple[Pair, ...]:
    """The most alike first. Of those with one share, and within each, names of an anonymous page tell the order."""
    made = [(-round(pair.share * 100), _pair(pair, people, anonymous)) for pair in alike]
    made.sort(key=lambda one: (one[0], _order(one[1].first), _order(one[1].second)))
    return tuple(pair for _, pair in made)


def _pair(pair: Alike, people: Mapping[str, Person], anonymous: bool) -> Pair:
    passages = (
        ()
        if anonymous
        else tuple(
            Passage(block(passage.first, lines=PASSAGE_LINES), block(passage.second, lines=PASSAGE_LINES))
            for passage in pair.passages
        )
    )
    pairing = people[pair.first], people[pair.second]
    first, second = sorted(pairing, key=_order) if anonymous else pairing
    return Pair(first, second, f"{pair.share * 100:.0f} %", passages)


def _row(member: Member, person: Person, checks: Sequence[str], anonymous: bool) -> Row:
    mark = member.mark
    results = {check.id: check for check in member.checks}
    by_hand = dict.fromkeys(map(_done_by_hand, mark.adjustments))
    changed = [*by_hand, *([f"{mark.late_days} d late"] if mark.late_days else [])]
    return Row(
        person=person,
        score=points(mark.score) if mark.score is not None else "",
        score_rank=str(mark.score) if mark.score is not None else "-1",
        outcome=OUTCOMES[mark.outcome],
        cells=tuple(_cell(results[check]) if check in results else None for check in checks),
        chunksize=f"{member.chunksize:,}" if member.chunksize is not None else "",
        speedup=f"{member.speedup:.1f}" if member.speedup is not None else "",
        changed="" if anonymous else ", ".join(changed),
    )


def _done_by_hand(adjustment: MarkAdjustment) -> str:
    if adjustment.check_id == SETTLED:
        return "settled"
    return "comment" if adjustment.points is None else "by hand"


def _cell(check: CheckResult) -> Cell:
    mark, word = MARKS[check.verdict]
    return Cell(inline(check.id), mark, word, check.verdict, list(Verdict).index(check.verdict))
