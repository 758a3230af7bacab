"""The gradebook keeps what it was told, across closing, regrading and newer versions."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect

from grader.batch.database import FILE_NAME, has_gradebook
from grader.batch.gradebook import Gradebook, open_gradebook
from grader.batch.marks import marks
from grader.batch.records import Entry, Found, Student, Terms, Work
from grader.batch.tables import METADATA
from grader.errors import GradebookError
from grader.model.exercise import LateSpec

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
WORK = Work("ann", "word_count", "ann/countwords.py", "a" * 64, "e" * 64, "1.0", NOON - timedelta(days=1))
GRADED = Entry(WORK, "graded", Decimal("7.5"), Decimal(10), '{"score": 7.5}', NOON, 1.25)


@pytest.fixture
def book(tmp_path: Path) -> Iterator[Gradebook]:
    opened = open_gradebook(tmp_path / "out", who="ta")
    yield opened
    opened.close()


def test_a_grade_is_there_after_the_book_was_closed(book: Gradebook, tmp_path: Path) -> None:
    book.record(GRADED)
    book.close()

    again = open_gradebook(tmp_path / "out", who="other")

    assert again.entries() == (GRADED,)
    assert has_gradebook(tmp_path / "out")
    again.close()


def test_a_new_grade_takes_the_place_of_the_old_one_which_stays_in_the_history(book: Gradebook) -> None:
    better = replace(GRADED, score=Decimal(9), graded_at=NOON + timedelta(hours=1))
    book.record(GRADED)
    book.record(better)

    assert book.entries() == (better,)
    assert book.past("ann", "word_count") == (GRADED, better)
    assert [(event.what, event.detail, event.who) for event in book.events("ann")] == [
        ("graded", "7.5 of 10", "ta"),
        ("graded", "9 of 10", "ta"),
    ]


def test_moments_stay_what_they_are_whatever_their_zone(book: Gradebook) -> None:
    zone = timezone(timedelta(hours=5, minutes=30))
    due, handed_in = datetime(2026, 3, 1, 18, tzinfo=zone), datetime(2026, 3, 1, 19, tzinfo=zone)
    book.agree(Terms("word_count", 1, Decimal(10), due))
    book.record(replace(GRADED, work=replace(WORK, submitted_at=handed_in), graded_at=handed_in))

    terms, entry = book.terms("word_count"), book.entry("ann", "word_count")
    assert terms is not None
    assert entry is not None
    assert (terms.due, entry.work.submitted_at, entry.graded_at) == (due, handed_in, handed_in)


def test_students_come_in_the_order_in_which_people_count(book: Gradebook) -> None:
    keys = ("moodle-10", "ann", "moodle-2", "moodle-2b", "٣", "7")
    for key in keys:
        book.record(replace(GRADED, work=replace(WORK, student=key)))

    assert [entry.work.student for entry in book.entries()] == ["7", "ann", "moodle-2", "moodle-2b", "moodle-10", "٣"]


def test_exercises_are_kept_apart(book: Gradebook) -> None:
    other = replace(GRADED, work=replace(WORK, exercise="async_map"))
    book.record(GRADED)
    book.record(other)

    assert book.entries("async_map") == (other,)
    assert book.entry("ann", "word_count") == GRADED
    assert book.entry("bob", "word_count") is None


def test_a_submission_that_could_not_be_graded_has_no_score(book: Gradebook) -> None:
    broken = replace(GRADED, outcome="errored", score=None, max_score=None, receipt=None, failure="the disk is full")
    book.record(broken)

    assert book.entries() == (broken,)


def test_an_adjustment_replaces_the_one_before_and_outlives_a_regrade(book: Gradebook) -> None:
    book.record(GRADED)
    book.adjust("ann", "word_count", "counts", Decimal(1), "first thought", NOON)
    book.adjust("ann", "word_count", "counts", Decimal(3), "counted by hand", NOON)
    book.record(replace(GRADED, score=Decimal(2)))

    (held,) = book.adjustments()
    assert (held.check_id, held.points, held.why, held.who) == ("counts", Decimal(3), "counted by hand", "ta")
    assert [event.what for event in book.events()] == ["graded", "adjusted", "adjusted", "graded"]


def test_an_adjustment_can_be_taken_back_once(book: Gradebook) -> None:
    book.adjust("ann", "word_count", "counts", None, "well explained", NOON)

    assert book.withdraw("ann", "word_count", "counts", NOON)
    assert not book.withdraw("ann", "word_count", "counts", NOON)
    assert book.adjustments() == ()


def test_students_are_known_by_what_was_said_last(book: Gradebook) -> None:
    book.know([Student("bob", "Bob"), Student("ann", "Ann", {"moodle": "17"})])
    book.know([Student("bob", "Robert")])

    assert book.students() == (Student("ann", "Ann", {"moodle": "17"}), Student("bob", "Robert"))


def test_someone_else_can_watch_a_batch(book: Gradebook, tmp_path: Path) -> None:
    assert book.last_batch() is None
    number = book.begin_batch(3, "host", 42, NOON)
    book.report_batch(number, 1, 0, ["ann", "bob"], NOON)
    watcher = open_gradebook(tmp_path / "out", who="second")

    seen = watcher.last_batch()
    assert seen is not None
    assert (seen.total, seen.done, seen.running, seen.ended_at) == (3, 1, ("ann", "bob"), None)
    book.end_batch(number, NOON)
    ended = watcher.last_batch()
    assert ended is not None
    assert (ended.ended_at, ended.running) == (NOON, ())
    watcher.close()


def test_the_migrations_make_just_the_tables_that_are_used(book: Gradebook, tmp_path: Path) -> None:
    book.close()
    engine = create_engine(f"sqlite:///{tmp_path / 'out' / FILE_NAME}")
    made = inspect(engine)

    for table in METADATA.sorted_tables:
        columns = {column["name"]: column["nullable"] for column in made.get_columns(table.name)}
        assert columns == {column.name: column.nullable for column in table.columns}
    assert set(made.get_table_names()) - set(METADATA.tables) == {"alembic_version"}
    assert [index["name"] for index in made.get_indexes("grades")] == ["one_current_grade"]
    engine.dispose()


def test_a_book_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    open_gradebook(tmp_path, who="ta").close()
    with sqlite3.connect(tmp_path / FILE_NAME) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()

    with pytest.raises(GradebookError, match="newer version"):
        open_gradebook(tmp_path, who="ta")


@pytest.mark.parametrize("content", [b"hello" * 1000, b"SQLite format 3\0" + b"\xff" * 4000])
def test_a_file_that_is_no_gradebook_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)

    with pytest.raises(GradebookError) as caught:
        open_gradebook(tmp_path, who="ta")

    assert str(tmp_path) in caught.value.message
    assert (tmp_path / FILE_NAME).read_bytes()[:5] == content[:5]


def test_a_password_is_not_told(tmp_path: Path) -> None:
    with pytest.raises(GradebookError) as caught:
        open_gradebook("nosuch://user:secret@host/name", who="ta")

    assert "secret" not in str(caught.value) + caught.value.hint
    assert "host" in caught.value.message


def test_grades_can_be_looked_through_without_their_receipts(book: Gradebook) -> None:
    book.record(GRADED)
    book.record(replace(GRADED, work=replace(WORK, student="bob")))

    assert [entry.receipt for entry in book.entries("word_count", receipts=False)] == [None, None]
    assert [entry.receipt for entry in book.each_entry("word_count")] == [GRADED.receipt, GRADED.receipt]


def test_terms_are_replaced_by_newer_ones(book: Gradebook) -> None:
    terms = Terms("word_count", 2**48 - 1, Decimal(10), NOON, LateSpec(percent_per_day=Decimal("12.5")))
    book.agree(terms)
    assert book.terms("word_count") == terms

    book.agree(replace(terms, due=None, late=None))
    assert book.terms("word_count") == Terms("word_count", 2**48 - 1, Decimal(10))
    assert book.terms("async_map") is None
    assert book.exercises() == ("word_count",)


def test_what_was_found_last_is_kept(book: Gradebook) -> None:
    first = Found("ann", "word_count", "handed_in", "a.zip", folder="Ann_1", marked_late=True, earlier=("b.zip",))
    book.note_found([first, Found("bob", "word_count", "missing")])
    book.note_found([Found("bob", "word_count", "refused", "b.zip", "It is cut off.")])

    assert book.found("word_count") == (first, Found("bob", "word_count", "refused", "b.zip", "It is cut off."))
    assert book.found("async_map") == ()


def test_an_adjustment_names_its_maker_and_the_submission_it_was_made_for(book: Gradebook) -> None:
    book.sign("second")
    book.adjust("ann", "word_count", "counts", Decimal(1), "seen", NOON, "b" * 64)

    assert [(held.who, held.source_sha256) for held in book.adjustments()] == [("second", "b" * 64)]


def test_a_book_of_the_first_version_is_brought_up_to_date(tmp_path: Path) -> None:
    open_gradebook(tmp_path, who="ta").close()
    with sqlite3.connect(tmp_path / FILE_NAME) as connection:
        connection.execute("DROP TABLE terms")
        connection.execute("DROP TABLE hand_ins")
        connection.execute("ALTER TABLE adjustments DROP COLUMN source_sha256")
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
        connection.execute(
            "INSERT INTO adjustments (student, exercise, check_id, points, why, who, at, withdrawn)"
            " VALUES ('ann', 'word_count', 'counts', 1, 'seen', 'ta', '2026-03-02 12:00:00', 0)"
        )
    connection.close()

    book = open_gradebook(tmp_path, who="ta")

    assert [(held.why, held.source_sha256) for held in book.adjustments()] == [("seen", None)]
    book.close()
    assert book.terms("word_count") is None
    book.close()


def test_names_that_are_no_text_are_kept_in_a_form_that_is(book: Gradebook) -> None:
    odd = "caf\udce9\0.py"
    book.know([Student("ann", odd, {"login": odd})])
    book.record(replace(GRADED, work=replace(WORK, source=odd), failure=odd))
    book.note_found([Found("ann", "word_count", "refused", odd, odd, odd, earlier=(odd,))])
    book.adjust("ann", "word_count", "counts", None, odd, NOON)

    told = r"caf\udce9\x00.py"
    assert book.students() == (Student("ann", told, {"login": told}),)
    assert (book.entries()[0].work.source, book.entries()[0].failure) == (told, told)
    found = book.found("word_count")[0]
    assert {found.source, found.reason, found.folder, *found.earlier} == {told}
    assert book.adjustments()[0].why == told


def test_a_time_stays_the_same_whatever_its_zone(book: Gradebook) -> None:
    in_kolkata = NOON.astimezone(timezone(timedelta(hours=5, minutes=30)))
    book.record(replace(GRADED, work=replace(WORK, submitted_at=in_kolkata)))
    book.agree(Terms("word_count", 1, Decimal(10), due=in_kolkata))

    entry, terms = book.entry("ann", "word_count"), book.terms("word_count")

    assert entry is not None
    assert entry.work.submitted_at == NOON
    assert terms is not None
    assert terms.due == NOON


@pytest.mark.parametrize("name", ["what?", "50%20", "a#b", "who?mode=ro"])
def test_the_gradebook_lies_in_the_folder_that_was_named(name: str, tmp_path: Path) -> None:
    open_gradebook(tmp_path / name, "ta").close()

    assert has_gradebook(tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("gone", [Path.unlink, lambda path: path.rename(path.with_name("moved"))])
def test_that_it_was_taken_away_while_in_use_is_told_with_the_first_change(
    book: Gradebook, tmp_path: Path, gone: Callable[[Path], object]
) -> None:
    gone(tmp_path / "out" / FILE_NAME)

    with pytest.raises(GradebookError, match="removed or replaced"):
        book.record(GRADED)


@pytest.mark.parametrize(
    "damage",
    [
        "update students set identifiers = '{'",
        "update students set identifiers = '[1]'",
        """update students set identifiers = '{"login": 5}'""",
        "update students set name = x'ff00'",
        "update grades set graded_at = 'yesterday'",
        "update grades set score = 'many'",
        "update grades set score = 9e999",
        """update terms set late = '{"x": 1}'""",
        "update hand_ins set earlier = '5'",
    ],
)
def test_a_damaged_row_is_told_as_such(book: Gradebook, tmp_path: Path, damage: str) -> None:
    book.know([Student("ann", "Ann")])
    book.record(GRADED)
    book.agree(Terms("word_count", 1, Decimal(10), late=LateSpec(percent_per_day=Decimal(5))))
    book.note_found([Found("ann", "word_count", "handed_in")])
    with closing(sqlite3.connect(tmp_path / "out" / FILE_NAME)) as database, database:
        database.execute(damage)

    with pytest.raises(GradebookError, match="damaged"):
        marks(book, "word_count")
