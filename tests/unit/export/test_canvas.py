"""Canvas's gradebook: what Canvas makes of the file is just the marks, and no assignment is made."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.errors import UnfitSheet
from grader.export import targets
from grader.export.job import Export, Job
from tests.unit.export.builders import CANVAS_HEAD, POSSIBLE, a_mark, canvas_row, canvas_sheet, without_number
from tests.unit.export.importers import canvas

ROWS = (canvas_row("Lovelace, Ada", 11, "ada@x.org", sis="S1"), canvas_row("O'Neil; Müller, Jean-Luc", 12, "jean"))
ADA = a_mark("canvas-11", "7.5", name="lovelaceada", identifiers={"canvas_id": "11"})
JEAN = a_mark("jean", "10")


def export(sheet: bytes, *marks: object, **options: object) -> Export:
    return targets().get("canvas")(Job(marks, sheet, "grades.csv", **options))  # type: ignore[arg-type]


def test_canvas_ends_with_the_marks_and_makes_no_assignment() -> None:
    done = export(canvas_sheet(ROWS), ADA, JEAN)

    assert canvas(done.content) == ({"11": Decimal("7.5"), "12": Decimal(10)}, [])
    assert b"    Points Possible,,,,,10,(read only)" in done.content


def test_everything_else_stays_to_the_byte() -> None:
    sheet = canvas_sheet([*ROWS, canvas_row("=cmd, A", 13, "eve", "3")], end="\r\n")

    assert export(sheet, ADA).content == sheet.replace(b"Group A,,55.5", b"Group A,7.5,55.5", 1)


@pytest.mark.parametrize(
    "identifiers", [{"canvas_id": "11"}, {"student_id": "S1"}, {"login": "ADA@x.org"}, {"email": "ada@x.org"}]
)
def test_students_are_found_by_whatever_canvas_calls_them(identifiers: dict[str, str]) -> None:
    assert canvas(export(canvas_sheet(ROWS), a_mark("k", identifiers=identifiers)).content)[0] == {"11": Decimal("7.5")}


def test_semicolons_and_decimal_commas_are_kept() -> None:
    sheet = canvas_sheet([canvas_row("Lovelace, Ada", 11, "ada", "3,25"), ROWS[1]], delimiter=";")
    sheet = sheet.replace(b"55.5", b"55,5")

    done = export(sheet, ADA)

    assert b";7,5;" in done.content
    assert canvas(done.content) == ({"11": Decimal("7.5")}, [])


def test_an_unknown_title_is_never_invented() -> None:
    head = [title.replace(" (4711)", "") for title in CANVAS_HEAD]

    with pytest.raises(UnfitSheet, match="no column that takes grades"):
        export(canvas_sheet(ROWS, head), ADA)


def test_among_several_assignments_one_has_to_be_named() -> None:
    head = [*CANVAS_HEAD[:-1], "Exercise 2 (4712)"]
    sheet = canvas_sheet(ROWS, head, (*POSSIBLE[:-1], "10"))
    with pytest.raises(UnfitSheet) as raised:
        export(sheet, ADA)

    for name in ("Exercise 1 (4711)", "exercise 1", "4711"):
        assert canvas(export(sheet, ADA, grade_column=name).content)[0]["11"] == Decimal("7.5")
    assert raised.value.hint.endswith("Exercise 1 (4711); Exercise 2 (4712)")
    with pytest.raises(UnfitSheet, match="No column"):
        export(sheet, ADA, grade_column="Exercise 3")


def test_a_read_only_column_is_refused() -> None:
    with pytest.raises(UnfitSheet, match="read-only"):
        export(canvas_sheet(ROWS, possible=(*POSSIBLE[:5], "(read only)", "")), ADA)


def test_the_points_possible_have_to_agree() -> None:
    with pytest.raises(UnfitSheet, match="out of 10 points"):
        export(canvas_sheet(ROWS, possible=(*POSSIBLE[:5], "20", "")), ADA)


def test_an_excused_student_stays_excused() -> None:
    sheet = canvas_sheet([canvas_row("Lovelace, Ada", 11, "ada", "EX")])

    done = export(sheet, ADA)

    assert done.content == sheet
    assert done.left_out[0].why == "Canvas says that the student is excused"


def test_a_row_on_posting_is_nobodys() -> None:
    manual = ["", "", "", "", "", "Manual Posting", ""]

    assert export(canvas_sheet([manual, *ROWS]), ADA, JEAN).strangers == ()


def test_who_has_no_number_keeps_what_is_there() -> None:
    sheet = canvas_sheet([canvas_row("Lovelace, Ada", 11, "ada", "3")])

    assert export(sheet, without_number("ada", "needs_review")).content == sheet


@pytest.mark.parametrize(
    "head", [("Name", "ID", "Section", "E (1)"), ("Student", "No", "Section", "E (1)"), ("Student", "ID", "E (1)", "X")]
)
def test_a_header_that_canvas_would_refuse_is_refused(head: tuple[str, ...]) -> None:
    with pytest.raises(UnfitSheet, match="no gradebook of Canvas"):
        export(canvas_sheet([("Ada", "11", "A", "")], head, None), ADA)


NAMES = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")), max_size=20)


@given(
    people=st.dictionaries(
        st.integers(1, 99_999), st.tuples(NAMES, st.none() | st.decimals(0, 10, places=3)), min_size=1, max_size=8
    ),
    delimiter=st.sampled_from(",;"),
    end=st.sampled_from(["\n", "\r\n"]),
)
def test_whatever_students_are_called_canvas_ends_with_exactly_the_marks(
    people: dict[int, tuple[str, Decimal | None]], delimiter: str, end: str
) -> None:
    sheet = canvas_sheet(
        [canvas_row(f"N{name}", n, f"u{n}") for n, (name, _) in people.items()], delimiter=delimiter, end=end
    )
    marks = [
        a_mark(f"canvas-{n}", None if score is None else str(score), name=name, identifiers={"canvas_id": str(n)})
        for n, (name, score) in people.items()
    ]

    grades, new = canvas(export(sheet, *marks).content)

    assert grades == {str(n): score for n, (_, score) in people.items() if score is not None}
    assert new == []


def test_names_in_two_columns_are_read_as_one() -> None:
    head = ("LastName", "FirstName", "ID", "Section", "Exercise 1 (4711)")
    sheet = canvas_sheet([("Lovelace", "Ada", "11", "A", "")], head, None)

    done = export(sheet, a_mark("x", name="Ada Lovelace", identifiers={}), by_name=True)

    assert done.content == sheet.replace(b"11,A,", b"11,A,7.5")
