"""Reading what a program printed: strictly where the form is right, tolerantly where it is not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.checks.printed import Output, Printed, read_output

unhurried = settings(database=None, deadline=None)
"""The machine may be busy, and the checkout read-only."""


def read(text: str) -> Output:
    return read_output(text.encode())


def test_a_line_in_the_asked_form_is_exact() -> None:
    output = read("the == 5000\n")

    assert output.counts == (Printed("the", 5000, 1, exact=True),)
    assert output.others == ()


@pytest.mark.parametrize("word", ["o'er", "-", "--", "well-known", "élan", "4th"])
def test_any_word_without_blanks_can_stand_in_the_asked_form(word: str) -> None:
    assert read(f"{word} == 12").counts == (Printed(word, 12, 1, exact=True),)


@pytest.mark.parametrize(
    "line",
    [
        "the 5000",
        "the: 5000",
        "the:5000",
        "the = 5000",
        "the==5000",
        "the  ==  5000",
        " the == 5000",
        "the -> 5000",
        "the\t5000",
        "('the', 5000)",
        '"the": 5000,',
        "['the', 5000]",
        "'the' == 5000",
        "the, 5000",
    ],
)
def test_other_forms_are_read_but_are_not_exact(line: str) -> None:
    assert read(line).counts == (Printed("the", 5000, 1, exact=False),)


def test_blanks_at_the_end_of_a_line_do_no_harm() -> None:
    assert read("the == 5000  \r\n").counts == (Printed("the", 5000, 1, exact=True),)


def test_a_whole_dictionary_on_a_line_is_read_pair_by_pair() -> None:
    assert read("{'the': 5000, 'and': 4000}").totals() == {"the": 5000, "and": 4000}


def test_a_list_of_pairs_on_a_line_is_read_pair_by_pair() -> None:
    assert read("[('the', 5000), ('and', 4000)]").totals() == {"the": 5000, "and": 4000}


@pytest.mark.parametrize("line", ["Done!", "took 3.5 seconds", "1 2 3", "the == many", "== 5", "the == -5"])
def test_what_is_no_count_is_another_line(line: str) -> None:
    output = read(line)

    assert output.others == ((1, line),)
    assert output.counts == ()


def test_lines_keep_their_numbers_and_empty_lines_are_no_lines() -> None:
    output = read("\nstart\n\nthe == 1\nend\n")

    assert output.others == ((2, "start"), (5, "end"))
    assert output.counts[0].line == 4


def test_of_a_word_printed_twice_the_last_number_counts() -> None:
    assert read("the == 1\nthe == 2").totals() == {"the": 2}


def test_a_number_too_long_to_be_a_count_is_read_cheaply_as_none() -> None:
    assert read("the == " + "9" * 100_000).totals() == {"the": -1}


def test_leading_zeros_are_a_number() -> None:
    assert read("the == 007").totals() == {"the": 7}


def test_bytes_that_are_no_text_are_read_as_something_else() -> None:
    output = read_output(b"\xff\xfe the\nand == 7\n")

    assert output.totals() == {"and": 7}
    assert len(output.others) == 1


@pytest.mark.parametrize("unit", ["'", "9", "a", "a\t", "'a':1,", "'a' ", "a == ", "a == 1\n", "\n", "\x0c", "é"])
def test_a_flood_of_anything_is_read_in_reasonable_time(unit: str) -> None:
    output = read(unit * (1_000_000 // len(unit)) + "!")

    assert isinstance(output, Output)


@pytest.mark.parametrize("text", ["[" * 1_000_000, "(" * 1_000_000 + "!", "a" + " " * 1_000_000 + "x"])
def test_a_flood_of_brackets_or_blanks_is_read_in_reasonable_time(text: str) -> None:
    assert read(text).counts == ()


@unhurried
@given(st.binary(max_size=300))
def test_no_output_breaks_the_reading(stdout: bytes) -> None:
    output = read_output(stdout)

    assert all(printed.line >= 1 and printed.word for printed in output.counts)


@unhurried
@given(st.dictionaries(st.from_regex(r"[a-z\-]{1,12}", fullmatch=True), st.integers(0, 10**9), max_size=20))
def test_what_is_printed_in_the_asked_form_is_read_back(totals: dict[str, int]) -> None:
    output = read("".join(f"{word} == {count}\n" for word, count in totals.items()))

    assert output.totals() == totals
    assert all(printed.exact for printed in output.counts)
