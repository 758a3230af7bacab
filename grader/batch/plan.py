"""What of a class has to be graded now. Pure."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from grader.batch.handin import HandIn
from grader.batch.records import Entry, Student, Work, called
from grader.batch.task import ERRORED, Setup
from grader.errors import UnknownName
from grader.model.grade import Status
from grader.model.result import Verdict

_NEAR = 3
WHICH = ("failed", "errored", "inconclusive", "review")
"""What ``--only`` takes beside the key of a student."""


@dataclass(frozen=True)
class Plan:
    """What is graded now; the number of those whose grade holds, and of those that were not asked for."""

    todo: tuple[HandIn, ...]
    done: int
    passed_over: int = 0
    changed: int = 0
    """Of those that are graded now, how many have a grade of the same files, by an exercise or grader that changed."""


def plan(
    hand_ins: Sequence[HandIn], entries: Iterable[Entry], setup: Setup, only: str | None = None, force: bool = False
) -> Plan:
    """Leave out what has a grade already: of the same files, by the same exercise and grader.

    ``only`` asks for some of the grades to be made again, or for one student. What could not be graded for our fault
    is always tried again.

    Raises:
        UnknownName: No student has the key ``only``; near ones are listed.
    """
    if only is not None:
        wanted = _wanted(hand_ins, entries, only)
        return Plan(wanted, 0, len(hand_ins) - len(wanted))
    had = {entry.work.student: (entry.work, entry.outcome) for entry in entries}
    todo = tuple(each for each in hand_ins if force or not is_done(had.get(each.student.student), work_of(each, setup)))
    changed = 0 if force else sum(_is_stale(had.get(each.student.student), work_of(each, setup)) for each in todo)
    return Plan(todo, len(hand_ins) - len(todo), changed=changed)


def retimed(hand_ins: Sequence[HandIn], entries: Iterable[Entry]) -> Iterator[tuple[Entry, datetime]]:
    """The grades of just these files of which it is known now that they were handed in at another time."""
    had = {entry.work.student: entry for entry in entries}
    for each in hand_ins:
        entry, at = had.get(each.student.student), each.submitted_at
        if entry is not None and entry.work.source_sha256 == each.sha256 and at not in (None, entry.work.submitted_at):
            yield entry, at


def work_of(hand_in: HandIn, setup: Setup) -> Work:
    """What grading this would be based on."""
    return Work(
        hand_in.student.student,
        setup.exercise,
        hand_in.source,
        hand_in.sha256,
        setup.exercise_sha256,
        setup.grader_version,
        hand_in.submitted_at,
    )


def _is_stale(graded: tuple[Work, str] | None, work: Work) -> bool:
    """Whether it is graded again only since the exercise or the grader is another one now."""
    if graded is None:
        return False
    now = replace(graded[0], exercise_sha256=work.exercise_sha256, grader_version=work.grader_version)
    return now != graded[0] and is_done((now, graded[1]), work)


def is_done(graded: tuple[Work, str] | None, work: Work) -> bool:
    """Whether the work that was graded, with this outcome, is the same."""
    if graded is None or graded[1] == ERRORED:
        return False
    had, _ = graded
    return (
        had.source_sha256 == work.source_sha256
        and had.exercise_sha256 == work.exercise_sha256
        and had.grader_version == work.grader_version
    )


def _wanted(hand_ins: Sequence[HandIn], entries: Iterable[Entry], only: str) -> tuple[HandIn, ...]:
    if only in WHICH:
        fitting = {entry.work.student for entry in entries if _is(entry, only)}
        return tuple(each for each in hand_ins if each.student.student in fitting)
    wanted = find_student(only, [each.student for each in hand_ins])
    return tuple(each for each in hand_ins if each.student == wanted)


def find_student(given: str, students: Sequence[Student]) -> Student:
    """The student with this key; else the only one with this name or identifier, whatever its case.

    Raises:
        UnknownName: There is none, or several; they are listed, or near ones.
    """
    fitting = [each for each in students if each.student == given] or [
        each for each in students if given.casefold() in {word.casefold() for word in _words(each)}
    ]
    if len(fitting) == 1:
        return fitting[0]
    if fitting:
        listed = ", ".join(called(each.student, each.name) for each in fitting)
        raise UnknownName(f"{given!r} fits several: {listed}.", "Name one by the key in parentheses.")
    near = [each for each in students if any(given.casefold() in word.casefold() for word in _words(each))]
    if not near:
        by_word = {word: each for each in students for word in _words(each)}
        close = difflib.get_close_matches(given, list(by_word), n=_NEAR, cutoff=0.5)
        near = list({by_word[word].student: by_word[word] for word in close}.values())
    closest = f" Closest: {', '.join(called(each.student, each.name) for each in near[:_NEAR])}." if near else ""
    raise UnknownName(f"There is no student {given!r} here.{closest}")


def _words(student: Student) -> tuple[str, ...]:
    """All that a student may be named by."""
    return tuple(word for word in (student.student, student.name, *student.identifiers.values()) if word)


def _is(entry: Entry, which: str) -> bool:
    match which:
        case "errored":
            return entry.outcome == ERRORED or Verdict.ERRORED in verdicts(entry)
        case "review":
            return entry.outcome == Status.NEEDS_REVIEW
        case "failed":
            return bool({Verdict.FAILED, Verdict.PARTIAL} & verdicts(entry))
        case _:
            return Verdict.INCONCLUSIVE in verdicts(entry)


def verdicts(entry: Entry) -> set[str]:
    """The verdicts of all checks, read from the receipt without validating all of it."""
    receipt: dict[str, Any] = json.loads(entry.receipt) if entry.receipt else {}
    return {check["verdict"] for check in receipt.get("checks", ())}
