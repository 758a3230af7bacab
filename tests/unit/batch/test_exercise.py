"""The exercise of a class, its deadline and its seed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from grader.batch.digests import exercise_digest
from grader.batch.exercise import deadline, exercise_of, terms_for
from grader.batch.gradebook import Gradebook, open_gradebook
from grader.bundled import bundled
from grader.catalog import Catalog
from grader.checks import CHECKS
from grader.errors import AmbiguousExercise, InputError
from grader.model.exercise import Exercise, LateSpec
from tests.unit.batch.fakes import NOON, a_hand_in

WORDS = b"def count_words(file):\n    pass\n"
SUMS = b"def add(a, b):\n    pass\n\ndef product(a, b):\n    pass\n"
CATALOG = Catalog(bundled("exercises"), CHECKS)


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Gradebook]:
    opened = open_gradebook(tmp_path, "ta")
    yield opened
    opened.close()


@pytest.fixture
def exercise() -> Exercise:
    return CATALOG.load("async_map")


def test_most_submissions_tell_the_exercise() -> None:
    hand_ins = [a_hand_in("a", WORDS), a_hand_in("b", SUMS), a_hand_in("c", WORDS), a_hand_in("d", b"print()\n")]

    assert exercise_of(hand_ins, CATALOG) == "word_count"


@pytest.mark.parametrize("programs", [(), (b"print()\n",), (WORDS, SUMS)])
def test_where_none_can_be_told_it_is_asked_for(programs: tuple[bytes, ...]) -> None:
    with pytest.raises(AmbiguousExercise) as caught:
        exercise_of([a_hand_in(str(number), program) for number, program in enumerate(programs)], CATALOG)

    assert "--exercise" in caught.value.hint


def test_the_seed_is_drawn_once_and_stays(book: Gradebook, exercise: Exercise) -> None:
    first = terms_for(exercise, book)
    book.agree(first)

    assert terms_for(exercise, book).seed == first.seed
    assert first.max_score == Decimal(6)
    assert book.terms("async_map") == first


def test_another_seed_than_before_is_refused(book: Gradebook, exercise: Exercise) -> None:
    book.agree(terms_for(exercise, book, seed=1))

    assert terms_for(exercise, book, seed=1).seed == 1
    with pytest.raises(InputError, match="another seed"):
        terms_for(exercise, book, seed=2)


def test_a_deadline_stays_until_another_is_given(book: Gradebook, exercise: Exercise) -> None:
    rule = LateSpec(due=NOON, percent_per_day=Decimal(10))
    late = Exercise(exercise.spec.model_copy(update={"late": rule}), exercise.folder, exercise.generators)
    later = datetime(2026, 4, 1, tzinfo=UTC)

    assert terms_for(late, book).due == NOON
    book.agree(terms_for(late, book, due=later))
    kept = book.terms("async_map")
    assert kept is not None
    assert (kept.due, kept.late) == (later, rule)
    assert terms_for(late, book).due == later


def test_a_deadline_that_the_exercise_moves_moves_for_the_class(book: Gradebook, exercise: Exercise) -> None:
    later = datetime(2026, 4, 1, tzinfo=UTC)

    def due(moment: datetime) -> Exercise:
        late = LateSpec(due=moment, percent_per_day=Decimal(10))
        return Exercise(exercise.spec.model_copy(update={"late": late}), exercise.folder, exercise.generators)

    book.agree(terms_for(due(NOON), book))

    assert terms_for(due(later), book).due == later
    assert terms_for(exercise, book).due is None


def test_a_date_alone_is_its_end() -> None:
    assert deadline("2026-03-01").isoformat()[:19] == "2026-03-01T23:59:59"
    assert deadline("2026-03-01").tzinfo is not None
    assert deadline("2026-03-01T18:00+01:00") == datetime(2026, 3, 1, 17, tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["tomorrow", "", "1.3.2026", "2026-13-01", "0001-01-01T00:00+14:00", "9999-12-31T23:59-12:00"]
)
def test_what_is_no_date_is_told(text: str) -> None:
    with pytest.raises(InputError, match="no date"):
        deadline(text)


def test_the_digest_changes_with_any_file_and_with_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "exercise.toml").write_text("a")
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "data").write_text("b")
    first = exercise_digest(tmp_path)

    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "inputs.pyc").write_text("c")
    (tmp_path / ".exercise.toml.swp").write_text("d")
    assert exercise_digest(tmp_path) == first
    (tmp_path / "more" / "data").write_text("c")
    changed = exercise_digest(tmp_path)
    (tmp_path / "more" / "data").rename(tmp_path / "more" / "date")
    assert len({first, changed, exercise_digest(tmp_path)}) == 3
