"""A class is graded once, whole, and goes on after being cut off anywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

import grader.batch.grading as module
from grader.batch.gradebook import Gradebook, open_gradebook
from grader.batch.grading import Class, grade_class
from grader.batch.handin import Intake, Refused
from grader.batch.marks import marks
from grader.batch.places import student_folder
from grader.batch.plan import Plan
from grader.batch.records import Student, Terms
from grader.batch.task import Outcome, Task, errored
from grader.errors import InputError
from tests.unit.batch.fakes import NOON, SETUP, InlineWorkers, a_hand_in, an_outcome

NAMES = ("ann", "bob", "cy", "dan")
INTAKE = Intake("files", tuple(a_hand_in(name, f"print({name!r})\n".encode()) for name in NAMES))


class Killed(BaseException):
    """The process ends here, without a word."""


class Silent:
    """An audience that only counts."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def planned(self, plan: Plan) -> None:
        self.heard.append(f"{len(plan.todo)} to do")

    def begun(self, student: str) -> None:
        pass

    def done(self, outcome: Outcome) -> None:
        self.heard.append(outcome.entry.work.student)


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Gradebook]:
    opened = open_gradebook(tmp_path, "ta")
    yield opened
    opened.close()


@pytest.fixture
def of(book: Gradebook, tmp_path: Path) -> Class:
    return Class(INTAKE, book, tmp_path, SETUP, Terms("word_count", 42, Decimal(10)))


def work(task: Task) -> Outcome:
    from grader.batch.marks import mark_of
    from grader.batch.reports import reports_of
    from grader.report.json import parse

    outcome = an_outcome(task)
    receipt = outcome.entry.receipt or ""
    return replace(outcome, reports=reports_of(parse(receipt), mark_of(outcome.entry, task.case), receipt))


def grade(of: Class, doing: Callable[[Task], Outcome] = work, **changes: bool | str) -> list[str]:
    workers, heard = InlineWorkers(doing), Silent()
    grade_class(of, lambda: workers, heard, now=lambda: NOON, **changes)  # type: ignore[arg-type]
    assert workers.closed or not workers.begun
    return workers.begun


def test_everyone_gets_a_grade_and_reports_that_say_the_same(of: Class, tmp_path: Path) -> None:
    grade(of)

    for entry in of.book.entries("word_count"):
        assert (student_folder(tmp_path, entry.work.student) / "report.json").read_text() == entry.receipt
    assert [mark.student for mark in marks(of.book, "word_count")] == list(NAMES)


def test_the_second_time_nothing_is_done(of: Class) -> None:
    grade(of)

    assert grade(of) == []


def test_only_what_is_new_is_graded(of: Class) -> None:
    grade(replace(of, intake=replace(INTAKE, hand_ins=INTAKE.hand_ins[:2])))

    assert grade(of) == ["cy", "dan"]


@pytest.mark.parametrize("place", ["put_reports", "record", "work"])
@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("number", [0, 2])
def test_cut_off_anywhere_it_goes_on_and_nothing_is_lost_or_doubled(
    of: Class, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, moment: str, number: int
) -> None:
    steps = iter(range(100))

    def cut(function: Callable[..., object]) -> Callable[..., object]:
        def called(*arguments: object) -> object:
            this = next(steps)
            if this == number and moment == "before":
                raise Killed
            result = function(*arguments)
            if this == number:
                raise Killed
            return result

        return called

    with monkeypatch.context() as patched:
        doing = work
        if place == "put_reports":
            patched.setattr(module, "put_reports", cut(module.put_reports))
        elif place == "record":
            patched.setattr(Gradebook, "record", cut(Gradebook.record))
        else:
            doing = cut(work)  # type: ignore[assignment]
        with pytest.raises(Killed):
            grade(of, doing)
    kept = {entry.work.student for entry in of.book.entries("word_count")}

    begun = grade(of)

    assert set(begun) == set(NAMES) - kept
    assert [len(of.book.past(name, "word_count")) for name in NAMES] == [1, 1, 1, 1]
    for entry in of.book.entries("word_count"):
        assert (student_folder(tmp_path, entry.work.student) / "report.json").read_text() == entry.receipt


def test_cut_off_while_grading_again_the_reports_are_those_of_the_grade_that_holds(
    of: Class, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grade(of)

    def other(task: Task) -> Outcome:
        made = work(task)
        return replace(made, reports={**made.reports, "report.json": b"another"})

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(Gradebook, "record", killed)
        with pytest.raises(Killed):
            grade(of, other, force=True)
    reports = [(student_folder(tmp_path, name) / "report.json").read_bytes() for name in NAMES]
    assert reports.count(b"another") == 1

    grade(of)

    for entry in of.book.entries("word_count"):
        assert (student_folder(tmp_path, entry.work.student) / "report.json").read_text() == entry.receipt


def test_one_that_cannot_be_read_any_more_is_errored_and_the_others_are_graded(of: Class) -> None:
    def gone() -> dict[str, bytes]:
        raise InputError("class.zip is gone.")

    hand_ins = (replace(INTAKE.hand_ins[0], read=gone), *INTAKE.hand_ins[1:])
    grade(replace(of, intake=replace(INTAKE, hand_ins=hand_ins)))

    outcomes = {entry.work.student: entry.outcome for entry in of.book.entries("word_count")}
    assert outcomes == {"ann": "errored", "bob": "graded", "cy": "graded", "dan": "graded"}


def test_an_errored_one_is_tried_again_and_leaves_no_old_report(of: Class, tmp_path: Path) -> None:
    grade(of)
    grade(of, lambda task: errored(task, "our fault", 1.0), force=True)

    assert [path.name for path in student_folder(tmp_path, "ann").iterdir()] == ["mark.json"]
    assert grade(of) == list(NAMES)


def test_an_adjustment_is_kept_and_shown_after_grading_again(of: Class, tmp_path: Path) -> None:
    grade(of)
    of.book.adjust("ann", "word_count", "counts", Decimal("0.5"), "half of it is copied", NOON)
    grade(of, force=True)

    mark = marks(of.book, "word_count")[0]
    assert mark.score == Decimal("0.50")
    page = (student_folder(tmp_path, "ann") / "report.html").read_text()
    assert "half of it is copied" in page
    assert "half of it is copied" not in (student_folder(tmp_path, "bob") / "report.html").read_text()


def test_an_adjustment_made_meanwhile_is_in_the_report_at_the_end(of: Class, tmp_path: Path) -> None:
    def adjusting(task: Task) -> Outcome:
        if task.key == "dan":
            of.book.adjust("ann", "word_count", "counts", Decimal(0), "copied", NOON)
        return work(task)

    grade(of, adjusting)

    assert "copied" in (student_folder(tmp_path, "ann") / "report.md").read_text()


def test_who_is_missing_or_was_refused_is_known(of: Class) -> None:
    intake = replace(INTAKE, missing=(Student("eve"),), refused=(Refused("fay.zip", "It is cut off.", Student("fay")),))
    grade(replace(of, intake=intake))

    told = {mark.student: (mark.outcome, mark.reason) for mark in marks(of.book, "word_count")}
    assert told["eve"] == ("missing", "Nothing was handed in.")
    assert told["fay"] == ("not_graded", "It is cut off.")


def test_how_far_it_is_can_be_seen_from_outside(of: Class) -> None:
    grade(of)

    progress = of.book.last_batch()
    assert progress is not None
    assert (progress.total, progress.done, progress.failed, progress.ended_at) == (4, 4, 0, NOON)
