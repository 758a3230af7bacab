"""The page of a class, collected from its gradebook: one receipt is read at a time, and little of it kept."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from grader.batch.gradebook import Gradebook
from grader.batch.groups import by_diagnosis
from grader.batch.handin import HandIn
from grader.batch.likeness import keep_likeness, kept_likeness, likeness
from grader.batch.marks import cases, mark_of
from grader.batch.places import put_file
from grader.errors import OutputNotWritable
from grader.model.grade import Grade
from grader.model.mark import Mark
from grader.report.class_html import render_class
from grader.report.class_view import ClassResults, Diagnosis, Member, build_class_view
from grader.report.json import parse

PAGE = "class.html"
SECRET = ".pseudonyms"  # noqa: S105  a file name
"""The file in the output folder whose bytes decide what students are called on an anonymous page."""
NAME_LENGTH = 6


def class_page(book: Gradebook, out: Path, exercise: str, *, anonymous: bool = False, base: str = "") -> str:
    """The page of everyone in this exercise; an anonymous one calls a student the same each time.

    ``base`` leads from where the page will lie to the output folder, see ``build_class_view``.

    Raises:
        OutputNotWritable: The secret of the pseudonyms cannot be kept in the folder.
        BrokenReceipt: The gradebook holds a receipt that is none.
    """
    results = class_results(book, out, exercise)
    students = [member.mark.student for member in results.members]
    return render_class(build_class_view(results, pseudonyms(students, _secret(out)) if anonymous else None, base))


def put_class_page(book: Gradebook, out: Path, exercise: str, hand_ins: Iterable[HandIn], starter: str) -> Path:
    """Compare the programs and write the page into the output folder; where it lies.

    Raises:
        OutputNotWritable: The folder cannot be written.
    """
    keep_likeness(out, exercise, likeness(hand_ins, starter))
    return renew_class_page(book, out, exercise)


def renew_class_page(book: Gradebook, out: Path, exercise: str) -> Path:
    """Write the page into the output folder, with what was found among the programs before; where it lies.

    Raises:
        OutputNotWritable: The folder cannot be written.
    """
    path = out / PAGE
    put_file(path, class_page(book, out, exercise).encode())
    return path


def class_results(book: Gradebook, out: Path, exercise: str) -> ClassResults:
    """What the gradebook has of everyone, and what was found among the programs."""
    title = exercise
    members = []
    for case in cases(book, exercise):
        entry = book.entry(case.student.student, exercise)
        mark = mark_of(entry, case)
        grade = parse(entry.receipt, f"the receipt of {mark.student}") if entry and entry.receipt else None
        title = grade.exercise_title if grade else title
        members.append(member_of(mark, grade))
    found = kept_likeness(out, exercise)
    known = {member.mark.student for member in members}
    return ClassResults(
        exercise,
        title,
        tuple(members),
        diagnoses(members),
        found.same_program if found else (),
        tuple(pair for pair in found.alike if {pair.first, pair.second} <= known) if found else (),
        () if found else ("Programs were not compared: that is done at the end of a batch.",),
    )


def diagnoses(members: Iterable[Member]) -> tuple[Diagnosis, ...]:
    """Who lost points for one reason, the largest group first."""
    groups = by_diagnosis((member.mark.student, member.checks) for member in members)
    return tuple(
        Diagnosis(group.check_id, group.title, group.cause, group.headline, group.hint, group.students)
        for group in groups
    )


def member_of(mark: Mark, grade: Grade | None) -> Member:
    """What a page of the class needs of one grade."""
    if grade is None:
        return Member(mark)
    checks = tuple(check.model_copy(update={"detail": "", "location": None}) for check in grade.checks)
    modelled = grade.timing.modelled
    return Member(mark, grade.submission.name, checks, _chunksize(grade), modelled.own if modelled else None)


def _chunksize(grade: Grade) -> int | None:
    """That of the map over processes with the most items."""
    calls = [call for run in grade.run.runs if run.mode == "script" for call in run.maps if call.kind == "process"]
    most = max(calls, key=lambda call: call.items, default=None)
    return most.chunksize if most and most.chunksize > 0 else None


def pseudonyms(students: Iterable[str], secret: bytes) -> dict[str, str]:
    """A short name for each that nobody without the secret can trace back, and that stays when others join."""
    everyone = list(students)
    codes = {
        student: base64.b32encode(
            hmac.digest(secret, student.encode("utf-8", "surrogatepass"), hashlib.sha256)
        ).decode()
        for student in everyone
    }
    length = NAME_LENGTH
    while len({code[:length] for code in codes.values()}) < len(codes):
        length += 1
    return {student: f"student {codes[student][:length].lower()}" for student in everyone}


def _secret(out: Path) -> bytes:
    """The folder's secret, made when it is first needed."""
    path = out / SECRET
    try:
        with suppress(FileExistsError):
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "wb") as file:
                file.write(secrets.token_bytes(32))
        return path.read_bytes()
    except OSError as error:
        raise OutputNotWritable(
            f"The secret of the pseudonyms cannot be kept in {str(path)!r}: {error.strerror}.",
            "Make the output folder writable.",
        ) from error
