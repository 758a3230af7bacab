"""Judging the grades of a class again: what is written, what stays, and what is refused. Nothing is run."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import grader
from grader.batch.gradebook import Gradebook, open_gradebook
from grader.batch.marks import Case, mark_of
from grader.batch.places import EVIDENCE, MARK, PAGE, RECEIPT, put_reports, student_folder
from grader.batch.plan import is_done
from grader.batch.records import Entry, Student, Terms, Work
from grader.batch.reports import reports_of
from grader.batch.rescoring import Again, Rescoring, rescore_class
from grader.batch.wording import number
from grader.checks import CHECKS
from grader.evidence_store import evidence_bytes, made_once
from grader.judging import judge
from grader.model.exercise import Exercise, GeneratorRequest, Inputs, LateSpec
from grader.model.mark import Mark
from grader.model.run import Observation
from grader.model.speed import SpeedReport
from grader.report.comparison import Change
from grader.report.json import dump, load, parse
from tests.unit.sittings import NOON, SEED, a_sitting, an_observation, plays, the_exercise

OLD, NEW = "0" * 64, "1" * 64
LATER = NOON + timedelta(days=3)
RIGHT = an_observation(stdout=b"a == 2507\n")
WRONG = an_observation(stdout=b"a == 9999\n")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "graded"


@pytest.fixture
def book(out: Path) -> Any:
    opened = open_gradebook(out, "ta")
    yield opened
    opened.close()


def graded(book: Gradebook, out: Path, **programs: Observation) -> None:
    """A class of which each program was graded."""
    book.know([Student(name) for name in programs])
    book.agree(Terms("word_count", SEED, Decimal(10)))
    for student, seen in programs.items():
        sitting = a_sitting(seen, seen, speed=SpeedReport())  # pictures take their time
        grade = judge(sitting, CHECKS)
        work = Work(student, "word_count", f"{student}.py", "a" * 64, OLD, "0.0.1")
        entry = Entry(work, grade.status.value, grade.score, grade.max_score, dump(grade), grade.graded_at, 9.0)
        case = Case(Student(student), "word_count", book.terms("word_count"))
        reports = reports_of(grade, mark_of(entry, case), entry.receipt or "")
        put_reports(out, student, {**reports, EVIDENCE: evidence_bytes(sitting, grade)})
        book.record(entry)


def with_points(**points: int) -> Exercise:
    """The exercise, with other points for these checks."""
    exercise = the_exercise()
    checks = tuple(
        check.model_copy(update={"points": Decimal(points.get(check.id, check.points))})
        for check in exercise.spec.checks
    )
    return replace(exercise, spec=exercise.spec.model_copy(update={"checks": checks, "version": 2}))


def means(exercise: Exercise | None = None, digest: str = NEW) -> Again:
    exercise = exercise or the_exercise()
    return Again(exercise, digest, CHECKS, made_once(exercise), lambda: LATER)


def rescored(book: Gradebook, out: Path, exercise: Exercise | None = None, **options: Any) -> dict[str, Rescoring]:
    return {each.student: each for each in rescore_class(book, out, means(exercise), **options)}


def contents(out: Path) -> dict[str, bytes]:
    return {str(path.relative_to(out)): path.read_bytes() for path in sorted(out.rglob("students/**/*.*"))}


def entry_of(book: Gradebook, student: str) -> Entry:
    entry = book.entry(student, "word_count")
    assert entry is not None
    return entry


def test_other_points_change_the_score_of_everybody_they_concern(book: Gradebook, out: Path) -> None:
    graded(book, out, ada=RIGHT, bob=WRONG)

    done = rescored(book, out, with_points(counts=5))

    assert done["ada"].changes[-1] == Change("counts", "✓ passed, 3 of 3", "✓ passed, 5 of 5")
    assert done["ada"].changes[0].name == "score"
    assert done["bob"].changes[-1] == Change("counts", "✗ failed, 0 of 3", "✗ failed, 0 of 5")


def test_the_gradebook_and_all_reports_say_the_new_grade(book: Gradebook, out: Path) -> None:
    graded(book, out, ada=RIGHT)

    rescored(book, out, with_points(counts=5))

    entry, folder = entry_of(book, "ada"), student_folder(out, "ada")
    grade = load(folder / RECEIPT)
    assert entry.receipt == (folder / RECEIPT).read_text()
    assert (entry.score, entry.max_score) == (grade.score, grade.max_score)
    assert grade.max_score == 12
    assert Mark.model_validate_json((folder / MARK).read_bytes()).score == grade.score
    assert "Judged again" in (folder / PAGE).read_text()
    assert book.terms("word_count") == Terms("word_count", SEED, Decimal(12))


def test_what_tells_of_the_run_stays_and_the_rescoring_is_noted(book: Gradebook, out: Path) -> None:
    graded(book, out, ada=RIGHT)
    before = parse(entry_of(book, "ada").receipt or "")

    rescored(book, out, with_points(counts=5))

    after = parse(entry_of(book, "ada").receipt or "")
    assert after.rescored is not None
    assert (after.rescored.at, after.rescored.pargrade) == (LATER, grader.__version__)
    for kept in ("graded_at", "seed", "machine", "versions", "sandbox", "run", "timing", "submission"):
        assert getattr(after, kept) == getattr(before, kept)


def test_the_grade_before_stays_in_the_history(book: Gradebook, out: Path) -> None:
    graded(book, out, ada=RIGHT)
    first = entry_of(book, "ada")

    rescored(book, out, with_points(counts=5))

    assert book.past("ada", "word_count") == (first, entry_of(book, "ada"))
    last = book.events("ada")[-1]
    assert (last.at, last.who) == (LATER, "ta")
    assert last.detail == "6 of 12, rescored"


def test_a_batch_takes_what_was_rescored_for_done(book: Gradebook, out: Path) -> None:
    graded(book, out, ada=RIGHT, bob=WRONG)

    rescored(book, out)

    for student in ("ada", "bob"):
        entry = entry_of(book, student)
        now = replace(entry.work, exercise_sha256=NEW, grader_version=grader.__version__)
        assert is_done((entry.work, entry.outcome), now)


def test_points_set_by_hand_stay(book: Gradebook, out: Path) -> None:
    graded(book, out, bob=WRONG)
    book.adjust("bob", "word_count", "counts", Decimal(2), "half of it", NOON)

    done = rescored(book, out, with_points(counts=4))

    assert done["bob"].adjusted
    (held,) = book.adjustments("word_count")
    assert (held.points, held.who) == (Decimal(2), "ta")
    mark = Mark.model_validate_json((student_folder(out, "bob") / MARK).read_bytes())
    assert mark.adjustments[0].points == 2
    assert mark.score is not None
    assert mark.graded_score is not None
    assert mark.score > mark.graded_score


def test_what_another_rule_for_lateness_costs_is_told_though_no_grade_changes(book: Gradebook, out: Path) -> None:
    graded(book, out, ada=RIGHT, bob=RIGHT)
    entry = entry_of(book, "ada")
    book.record(replace(entry, work=replace(entry.work, submitted_at=NOON + timedelta(hours=30))))
    exercise = the_exercise()
    late = LateSpec(due=NOON, percent_per_day=Decimal(10))
    ruled = replace(exercise, spec=exercise.spec.model_copy(update={"late": late}))
    points = number(entry.score)

    done = rescored(book, out, ruled)

    cost = Decimal(2) * exercise.spec.max_points / 10
    assert entry.score is not None
    assert done["ada"].changes == (
        Change("mark", f"{points} of {number(entry.max_score)}", f"{number(entry.score - cost)} of 10"),
    )
    assert done["bob"].changes == ()


def test_a_dry_run_tells_the_same_and_changes_nothing(book: Gradebook, out: Path) -> None:
    graded(book, out, ada=RIGHT, bob=WRONG)
    before, entries = contents(out), book.entries()

    told = rescored(book, out, with_points(counts=5), dry_run=True)

    assert (contents(out), book.entries(), book.terms("word_count")) == (
        before,
        entries,
        Terms("word_count", SEED, Decimal(10)),
    )
    assert told == rescored(book, out, with_points(counts=5))


def test_nothing_is_written_when_all_is_as_it_was(book: Gradebook, out: Path) -> None:
    graded(book, out, ada=RIGHT)
    rescored(book, out)
    before, past = contents(out), book.past("ada", "word_count")

    again = rescored(book, out)

    assert not again["ada"].changes
    assert not again["ada"].reworded
    assert (contents(out), book.past("ada", "word_count")) == (before, past)


def test_a_message_in_other_words_is_told_apart_from_a_change(book: Gradebook, out: Path) -> None:
    graded(book, out, ada=RIGHT)
    exercise = the_exercise()
    checks = tuple(check.model_copy(update={"title": "In other words"}) for check in exercise.spec.checks)

    done = rescored(book, out, replace(exercise, spec=exercise.spec.model_copy(update={"checks": checks})))

    assert (done["ada"].changes, done["ada"].reworded) == ((), True)
    assert "In other words" in (student_folder(out, "ada") / "report.md").read_text()


def test_the_inputs_of_a_class_are_made_once(book: Gradebook, out: Path) -> None:
    graded(book, out, ada=RIGHT, bob=WRONG, cy=RIGHT)
    made = []

    def counted(request: GeneratorRequest) -> Inputs:
        made.append(request)
        return plays(request)

    rescored(book, out, replace(the_exercise(), generators={"plays": counted}))

    assert len(made) == 2  # one for each run


# -- what cannot be judged again ----------------------------------------------------------------------


def test_an_exercise_whose_runs_changed_is_refused_and_nothing_is_touched(book: Gradebook, out: Path) -> None:
    graded(book, out, ada=RIGHT)
    before, entries, terms = contents(out), book.entries(), book.terms("word_count")
    exercise = with_points(counts=5)

    done = rescored(book, out, replace(exercise, spec=exercise.spec.model_copy(update={"workers": 8})))

    assert "another number of workers" in done["ada"].refused
    assert "grade batch --force" in done["ada"].refused
    assert (contents(out), book.entries(), book.terms("word_count")) == (before, entries, terms)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda path: path.unlink(), "There is no evidence"),
        (lambda path: path.write_bytes(path.read_bytes()[:200]), "is cut off"),
        (lambda path: path.write_bytes(b"nonsense"), "is no evidence"),
    ],
)
def test_one_without_good_evidence_is_told_and_the_others_go_on(
    spoil: Any, words: str, book: Gradebook, out: Path
) -> None:
    graded(book, out, ada=RIGHT, bob=RIGHT)
    spoil(student_folder(out, "ada") / EVIDENCE)
    first = entry_of(book, "ada")

    done = rescored(book, out, with_points(counts=5))

    assert words in done["ada"].refused
    assert entry_of(book, "ada") == first
    assert entry_of(book, "bob").max_score == 12


def test_evidence_of_another_grading_is_refused(book: Gradebook, out: Path) -> None:
    graded(book, out, ada=RIGHT)
    other = a_sitting(WRONG, graded_at=datetime(2026, 1, 1, tzinfo=UTC))
    (student_folder(out, "ada") / EVIDENCE).write_bytes(evidence_bytes(other, judge(other, CHECKS)))

    assert "that of another grading" in rescored(book, out)["ada"].refused


def test_what_was_never_graded_is_told(book: Gradebook, out: Path) -> None:
    work = Work("ada", "word_count", "ada.py", "a" * 64, OLD, "0.0.1")
    book.record(Entry(work, "errored", None, None, None, NOON, 1.0, "The worker died."))

    assert rescored(book, out)["ada"].refused == "There is no grade to judge again. The worker died."
