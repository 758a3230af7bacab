"""Places are those the student's editor shows."""

from __future__ import annotations

import pytest

from grader.checks.places import LONGEST_EXCERPT, at, locate, where_raised
from grader.model.facts import Place
from grader.model.submission import SourceLine, SubmissionKind
from tests.unit.checks.builders import a_submission, evidence_of, raised


def test_columns_count_from_one_and_the_line_is_quoted() -> None:
    found = locate(a_submission("a\nb = pool.map(f)\n"), 2, 4)

    assert (found.file, found.line, found.column, found.excerpt) == ("my_script.py", 2, 5, "b = pool.map(f)")


def test_columns_count_letters_not_bytes() -> None:
    assert locate(a_submission("é = pool.map(f)\n"), 1, len("é = ".encode())).column == 5


@pytest.mark.parametrize("line", [0, -1])
def test_line_zero_is_nowhere(line: int) -> None:
    assert locate(a_submission(), line) is None


def test_a_line_behind_the_end_has_an_empty_excerpt() -> None:
    assert locate(a_submission("a\n"), 10**6).excerpt == ""


def test_a_very_long_line_is_cut() -> None:
    assert len(locate(a_submission("x" * 10_000), 1).excerpt) == LONGEST_EXCERPT


def test_a_line_of_a_notebook_is_that_of_its_cell() -> None:
    submission = a_submission(
        "a = 1\nb = 2\n",
        name="book.ipynb",
        kind=SubmissionKind.NOTEBOOK,
        origin=(SourceLine(cell=2, line=1), SourceLine(cell=5, line=3)),
    )

    found = locate(submission, 2)

    assert (found.cell, found.line, found.excerpt) == (5, 3, "b = 2")


def test_no_place_has_no_location() -> None:
    assert at(evidence_of(), None) is None
    assert at(evidence_of(), Place(line=3)).line == 3


def test_the_workers_own_traceback_goes_before_the_main_process() -> None:
    remote = 'File "/w/my_script.py", line 5, in f\n  File "/lib/re.py", line 9\n  File "/w/my_script.py", line 6, in g'

    assert where_raised(evidence_of(), raised("E", lines=(30,), remote=remote)).line == 6
    assert where_raised(evidence_of(), raised("E", lines=(30, 31))).line == 31


def test_a_line_number_too_long_to_be_one_is_harmless() -> None:
    remote = f'File "/w/my_script.py", line {"9" * 1000}, in f'

    assert where_raised(evidence_of(), raised("E", lines=(3,), remote=remote)).excerpt == ""
