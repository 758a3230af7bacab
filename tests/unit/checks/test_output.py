"""The form of the output: one cause at a time, and only of what was printed."""

from __future__ import annotations

import pytest

from tests.unit.checks.builders import a_run, an_import, broke_off, evidence_of, judge, verdict_and_cause


def output(stdout: str, **options):
    return judge("output", evidence_of(a_run(stdout, counts={"the": 5000}, **options)), threshold=2000)


@pytest.mark.parametrize(
    ("stdout", "expected"),
    [
        ("and == 4000\nthe == 5000\n", ("passed", "")),
        ("and == 4000\nthe == 5000", ("passed", "")),
        ("and == 4000\r\nthe == 5000\r\n", ("passed", "")),
        ("-- == 2500\na-b == 2300\nab == 2400\n", ("passed", "")),
        ("wrong == 99999\n", ("passed", "")),
        ("", ("failed", "nothing-printed")),
        ("Done!\n", ("failed", "nothing-printed")),
        ("and 4000\nthe 5000\n", ("failed", "wrong-form")),
        ("and == 4000\nthe: 5000\n", ("failed", "wrong-form")),
        ("{'and': 4000, 'the': 5000}\n", ("failed", "wrong-form")),
        ("  and == 4000\n", ("failed", "wrong-form")),
        ("and == 4000\nedge == 2000\n", ("failed", "threshold")),
        ("and == 4000\nrare == 1\n", ("failed", "threshold")),
        ("the == 5000\nand == 4000\n", ("failed", "unsorted")),
        ("and == 4000\nand == 4000\n", ("failed", "printed-twice")),
        ("Result:\nand == 4000\nthe == 5000\n", ("partial", "extra-lines")),
        ("and == 4000\ntook 3.5 s\nthe == 5000\n", ("partial", "extra-lines")),
    ],
)
def test_each_form_has_its_verdict_and_cause(stdout: str, expected: tuple[str, str]) -> None:
    assert verdict_and_cause(output(stdout)) == expected


def test_an_object_that_is_printed_is_not_taken_for_what_is_in_it() -> None:
    finding = output("<generator object _chain_from_iterable_of_lists at 0x7f83df9ecf40>\n")

    assert verdict_and_cause(finding) == ("failed", "nothing-printed")
    assert "Go through" in finding.hint


def test_the_first_line_in_another_form_is_named() -> None:
    assert "Line 2 of the output" in output("and == 4000\nthe 5000\n").headline


def test_two_thousand_is_not_more_than_two_thousand() -> None:
    assert "2000 itself is not more than 2000" in output("edge == 2000\n").detail


def test_the_words_out_of_order_are_named() -> None:
    assert "`and` comes after `the`" in output("the == 5000\nand == 4000\n").headline


def test_other_lines_cost_half() -> None:
    assert str(output("Done!\nthe == 5000\n").share) == "0.5"


def test_a_line_of_a_million_letters_is_cut_in_the_message() -> None:
    finding = output("x" * 1_000_000 + "\nthe == 5000\n")

    assert len(finding.headline) < 200


def test_what_a_program_printed_before_it_broke_off_is_judged() -> None:
    assert verdict_and_cause(output("and == 4000\n", **broke_off())) == ("passed", "")
    assert verdict_and_cause(output("and 4000\n", **broke_off()))[1] == "wrong-form"


def test_a_program_that_broke_off_before_printing_is_not_judged() -> None:
    assert output("", **broke_off()) is None


def test_without_a_run_on_counted_files_it_is_not_judged() -> None:
    assert judge("output", evidence_of(a_run("the == 1")), threshold=2000) is None
    assert judge("output", evidence_of(an_import()), threshold=2000) is None
