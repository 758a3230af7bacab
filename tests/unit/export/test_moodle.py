"""Moodle's worksheet: what Moodle makes of the file is just the marks."""

from __future__ import annotations

import csv
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.errors import InputError, UnfitSheet
from grader.export import targets
from grader.export.job import Export, Job
from tests.unit.export.builders import (
    MOODLE_ENGLISH,
    MOODLE_GERMAN,
    a_mark,
    feedback,
    moodle_row,
    moodle_sheet,
    without_number,
)
from tests.unit.export.importers import Moodle

ADA = a_mark("moodle-1", "7.5", name="Ada Lovelace", identifiers={"moodle_participant": "1"})
JEAN = a_mark("moodle-2", "10.00", name="ONeil Müller", identifiers={"moodle_participant": "2"})
ROWS = (moodle_row(1, "Ada Lovelace", "a@x.org"), moodle_row(2, "O'Neil Müller, Jean-Luc", "j@x.org"))


def export(sheet: bytes, *marks: object, **options: object) -> Export:
    job = Job(marks, sheet, "worksheet.csv", **options)  # type: ignore[arg-type]
    return targets().get("moodle")(job)


def test_moodle_ends_with_the_marks() -> None:
    done = export(moodle_sheet(ROWS), ADA, JEAN)

    assert Moodle([1, 2]).upload(done.content) == {1: Decimal("7.5"), 2: Decimal(10)}
    assert done.written == ("moodle-1", "moodle-2")
    assert (done.left_out, done.strangers) == ((), ())


def test_a_student_reads_the_comment_as_it_was_meant() -> None:
    moodle = Moodle([1, 2])

    moodle.upload(export(moodle_sheet(ROWS), ADA, JEAN, feedback=feedback).content)

    assert moodle.reads(1) == feedback(ADA).comment


def test_nothing_but_the_cells_of_marks_is_changed() -> None:
    sheet = moodle_sheet([*ROWS, moodle_row(3, "=1+1; \\", grade="4.00")], quoting=csv.QUOTE_ALL, end="\r\n")

    unchanged = export(sheet, without_number("moodle-1", "needs_review", identifiers={"moodle_participant": "1"}))
    changed = export(sheet, ADA)

    assert unchanged.content == sheet
    assert changed.content == sheet.replace(b'"Submitted for grading",""', b'"Submitted for grading","7.5"', 1)


def test_a_worksheet_in_another_language_keeps_its_header_and_its_decimal_comma() -> None:
    rows = [
        moodle_row(n, name, email, id=f"Teilnehmer/in{n}", maximum="10,00", open="Ja")
        for n, name, email in ((1, "Ada Lovelace", "a@x.org"), (2, "O'Neil Müller", "j@x.org"))
    ]
    sheet = moodle_sheet(rows, MOODLE_GERMAN, delimiter=";")
    titles = {"id": "ID", "grade": "Bewertung", "modified": "Zuletzt geändert (Bewertung)"}
    titles["comment"] = "Feedback als Kommentar"
    moodle = Moodle([1, 2], titles, "Teilnehmer/in", decimal=",", delimiter=";")

    grades = moodle.upload(export(sheet, ADA, JEAN, feedback=feedback).content)

    assert grades == {1: Decimal("7.5"), 2: Decimal(10)}
    assert moodle.reads(2) == feedback(JEAN).comment


def test_the_place_of_the_grade_is_told_without_the_language() -> None:
    head = [f"Überschrift {number}" for number in range(len(MOODLE_ENGLISH))]

    done = export(moodle_sheet(ROWS, head), ADA, feedback=feedback)

    titles = {"id": head[0], "grade": head[4], "modified": head[8], "comment": head[9]}
    moodle = Moodle([1, 2], titles)
    assert moodle.upload(done.content) == {1: Decimal("7.5")}
    assert moodle.comments == {}
    assert "--comment-column" in done.notes[0]


def test_columns_can_be_named() -> None:
    head = [f"Überschrift {number}" for number in range(len(MOODLE_ENGLISH))]
    sheet = moodle_sheet([moodle_row(1, "Ada", grade="10.00")], head)
    with pytest.raises(UnfitSheet, match="More than one column"):
        export(sheet, ADA)

    done = export(sheet, ADA, feedback=feedback, grade_column="überschrift 4", comment_column=head[9])

    moodle = Moodle([1], {"id": head[0], "grade": head[4], "modified": head[8], "comment": head[9]})
    assert moodle.upload(done.content) == {1: Decimal("7.5")}
    assert moodle.reads(1) == feedback(ADA).comment


def test_blind_marking_needs_no_names() -> None:
    head = [title for title in MOODLE_ENGLISH if title not in ("Full name", "Email address")]
    rows = [[cell for place, cell in enumerate(row) if place not in (1, 2)] for row in ROWS]

    done = export(moodle_sheet(rows, head), ADA, JEAN)

    assert Moodle([1, 2]).upload(done.content) == {1: Decimal("7.5"), 2: Decimal(10)}


def test_a_team_is_told_and_not_guessed() -> None:
    team = a_mark("moodle-group-a", name="Group A", identifiers={})

    done = export(moodle_sheet(ROWS), team, by_name=True)

    assert done.content == moodle_sheet(ROWS)
    assert [(each.student, each.why) for each in done.left_out] == [
        ("moodle-group-a", "no row of the file is surely this student's")
    ]
    assert done.strangers == ("Participant 1", "Participant 2")


@pytest.mark.parametrize("outcome", ["missing", "needs_review", "not_graded", "errored"])
def test_who_has_no_number_gets_none_and_keeps_what_is_there(outcome: str) -> None:
    sheet = moodle_sheet([moodle_row(1, "Ada", grade="4.00", graded="Monday")])
    mark = without_number("moodle-1", outcome, identifiers={"moodle_participant": "1"}, reason="because")

    done = export(sheet, mark)

    assert done.content == sheet
    assert [(each.why, each.kind == "missing") for each in done.left_out] == [("because", outcome == "missing")]


def test_the_number_of_a_group_is_not_taken_for_that_of_a_participant() -> None:
    team = a_mark("moodle-2", name="Team Blue", identifiers={"moodle_participant": "2"})

    done = export(moodle_sheet(ROWS), ADA, team)

    assert Moodle([1, 2]).upload(done.content) == {1: Decimal("7.5")}
    assert "is it a team's?" in done.left_out[0].why


@pytest.mark.parametrize("name", ["", "Participant 1", "LOVELACE, Ada Maria", "ada lovelace", "Àda X"])
def test_names_may_be_written_in_many_ways(name: str) -> None:
    mark = a_mark("moodle-1", name=name, identifiers={"moodle_participant": "1"})

    assert export(moodle_sheet(ROWS), mark).written == ("moodle-1",)


def test_a_score_beside_another_outcome_is_no_number() -> None:
    odd = a_mark("moodle-1", "7.5", outcome="needs_review", identifiers={"moodle_participant": "1"})

    assert export(moodle_sheet(ROWS), odd).written == ()


def test_what_moodle_would_silently_skip_is_told() -> None:
    rows = [moodle_row(1, "Ada", open="No"), moodle_row(2, "Bob")]
    bonus = a_mark("moodle-2", "10.5", identifiers={"moodle_participant": "2"})

    done = export(moodle_sheet(rows), ADA, bonus)

    assert done.written == ()
    assert [each.why for each in done.left_out] == [
        "Moodle says that the grade cannot be changed",
        "10.5 points are more than the other system takes",
    ]


def test_points_are_not_put_under_another_maximum() -> None:
    sheet = moodle_sheet([moodle_row(1, "Ada", maximum="100.00")])

    with pytest.raises(UnfitSheet, match="out of 10 points") as raised:
        export(sheet, ADA)
    scaled = export(sheet, ADA, scale=True, feedback=feedback)

    assert "--scale" in raised.value.hint
    moodle = Moodle([1], maximum=Decimal(100))
    assert moodle.upload(scaled.content) == {1: Decimal(75)}
    assert moodle.reads(1) == f"{feedback(ADA).comment}\nConverted to 75 of 100."


def test_an_e_mail_address_will_do_whatever_its_column_is_called() -> None:
    marks = (a_mark("ann", identifiers={"email": "A@X.org"}), a_mark("j@x.org", "2", identifiers={}))

    done = export(moodle_sheet(ROWS), *marks)

    assert Moodle([1, 2]).upload(done.content) == {1: Decimal("7.5"), 2: Decimal(2)}


def test_equal_names_are_never_told_apart_by_guessing() -> None:
    rows = [moodle_row(1, "Ada Lovelace"), moodle_row(2, "Ada Lovelace"), moodle_row(3, "Bob Ross")]
    ada, bob = a_mark("a", name="Ada Lovelace", identifiers={}), a_mark("b", "3", name="Ross, Bob", identifiers={})

    assert export(moodle_sheet(rows), ada, bob).written == ()
    done = export(moodle_sheet(rows), ada, bob, by_name=True)

    assert Moodle([1, 2, 3]).upload(done.content) == {3: Decimal(3)}
    assert "several rows fit" in done.left_out[0].why


def test_identifiers_that_disagree_mean_no_row() -> None:
    torn = a_mark("x", identifiers={"moodle_participant": "1", "email": "j@x.org"})

    assert export(moodle_sheet(ROWS), torn).written == ()


def test_two_students_never_share_a_row() -> None:
    twin = a_mark("twin", "1", identifiers={"email": "a@x.org"})

    done = export(moodle_sheet(ROWS), ADA, twin)

    assert done.written == ()
    assert {each.why for each in done.left_out} == {"the row Participant 1 fits another student, too"}


def test_one_of_the_roster_who_is_missing_takes_nobodys_row() -> None:
    double = without_number("ann", "missing", identifiers={"email": "a@x.org"})

    assert Moodle([1, 2]).upload(export(moodle_sheet(ROWS), double, ADA).content) == {1: Decimal("7.5")}


def test_marks_of_two_exercises_are_refused() -> None:
    with pytest.raises(InputError, match="2 exercises"):
        export(moodle_sheet(ROWS), ADA, a_mark("b", exercise="async_map"))


@pytest.mark.parametrize(
    "sheet",
    [
        None,
        b"",
        b"\xff\xfe\x00",
        b"PK\x03\x04\x00\x00",
        "Nämen\n".encode("latin-1"),
        b"a,b\n1 x,2\n",
        moodle_sheet([moodle_row(1, "Ada", maximum="good\nbad")]),
    ],
)
def test_another_file_is_refused_with_the_next_step(sheet: bytes | None) -> None:
    with pytest.raises(UnfitSheet):
        export(sheet, ADA)  # type: ignore[arg-type]


NAMES = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=20)
SCORES = st.decimals(min_value=0, max_value=10, places=2)


@given(
    people=st.dictionaries(st.integers(1, 99_999), st.tuples(NAMES, st.none() | SCORES), min_size=1, max_size=8),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
    end=st.sampled_from(["\n", "\r\n"]),
    delimiter=st.sampled_from(",;\t"),
    comma=st.booleans(),
)
def test_whatever_students_are_called_moodle_ends_with_exactly_the_marks(
    people: dict[int, tuple[str, Decimal | None]], quoting: int, end: str, delimiter: str, comma: bool
) -> None:
    maximum = "10,00" if comma else "10.00"
    rows = [moodle_row(n, f"N{name}".replace("\\", ""), maximum=maximum) for n, (name, _) in people.items()]
    sheet = moodle_sheet(rows, quoting=quoting, end=end, delimiter=delimiter)
    marks = [
        a_mark(
            f"moodle-{n}",
            None if score is None else str(score),
            name=f"N{name}",
            identifiers={"moodle_participant": str(n)},
        )
        for n, (name, score) in people.items()
    ]

    done = export(sheet, *marks)

    moodle = Moodle([*people], decimal="," if comma else ".", delimiter=delimiter)
    assert moodle.upload(done.content) == {n: score for n, (_, score) in people.items() if score is not None}
