"""Does the worked example print its sums, its announcement and the workers' lines."""

from __future__ import annotations

import pytest

from grader.model.answers import Said
from grader.model.exercise import Question
from grader.model.trace import Trace
from tests.unit.checks.builders import (
    a_run,
    an_answer,
    an_import,
    broke_off,
    evidence_of,
    imported,
    judge,
    verdict_and_cause,
)

ANNOUNCEMENT = "All the jobs are submitted, now we wait for results..."


def worker_lines(name: str, pid: int = 101) -> str:
    return "".join(f"Worker {pid} is processing {name}({a}, {a + 10})\n" for a in range(1, 11))


RIGHT = worker_lines("add") + worker_lines("product") + ANNOUNCEMENT + "\n210 935\n"


def results(stdout: str, *others, **options):
    return judge(
        "results",
        evidence_of(a_run(stdout, **options), *others),
        sums=(210, 935),
        announcement=ANNOUNCEMENT,
        functions=("add", "product"),
    )


@pytest.mark.parametrize(
    "stdout",
    [
        RIGHT,
        RIGHT.replace("210 935", "The sums are 210 and 935."),
        RIGHT.replace("210 935", "210\n935"),
        RIGHT.replace("210 935", "sum of add: 210, sum of product: 935"),
        RIGHT.replace("\n", "\r\n"),
        RIGHT.replace(", ", ","),
        "210 935\n" + RIGHT,
    ],
)
def test_sums_and_lines_in_any_order_pass(stdout: str) -> None:
    stdout = stdout.replace("submitted,now", "submitted, now")

    assert verdict_and_cause(results(stdout)) == ("passed", "")


@pytest.mark.parametrize(
    ("stdout", "cause"),
    [
        (RIGHT.replace("935", "936"), "wrong-sums"),
        (RIGHT.replace("210 935", "210935"), "wrong-sums"),
        (RIGHT.replace("210 935", "210.5 935"), "wrong-sums"),
        (RIGHT.replace("210 935", "x210 935"), "wrong-sums"),
        (RIGHT.replace("210 935", "-210 935"), "wrong-sums"),
        (RIGHT.replace("210 935", ""), "wrong-sums"),
        ("", "wrong-sums"),
        (RIGHT.replace(ANNOUNCEMENT, ""), "announcement-missing"),
        (RIGHT.replace(ANNOUNCEMENT, ANNOUNCEMENT.lower()), "announcement-missing"),
        (RIGHT.replace("add(7, 17)", "add(7; 17)"), "worker-lines-missing"),
        (RIGHT.replace("processing product", "working on product"), "worker-lines-missing"),
    ],
)
def test_each_gap_has_its_name(stdout: str, cause: str) -> None:
    assert verdict_and_cause(results(stdout)) == ("failed", cause)


def test_the_numbers_of_the_workers_lines_are_no_sums() -> None:
    stdout = RIGHT.replace("210 935", "") + "Worker 210 is processing add(935, 210)\n"

    assert verdict_and_cause(results(stdout))[1] == "wrong-sums"


def test_the_first_missing_line_is_named_and_the_others_counted() -> None:
    finding = results(RIGHT.replace("product(3,", "product(03,").replace("product(8,", "product(08,"))

    assert "product(3, 13)" in finding.headline
    assert "2 of the 10" in finding.detail


def test_a_hostile_number_breaks_nothing() -> None:
    stdout = RIGHT + "9" * 100_000 + "\nWorker " + "9" * 100_000 + " is processing add(1, 11)\n"

    assert verdict_and_cause(results(stdout)) == ("passed", "")


ASKED = Question("add", (100, 200), 300, "other numbers")


def asked(answer):
    return an_import(trace=Trace(imported=imported()), answers=(answer,), questions=(ASKED,))


def test_a_function_that_answers_wrongly_fails() -> None:
    finding = results(RIGHT, asked(an_answer(said=Said.KIND, text="NoneType")))

    assert verdict_and_cause(finding) == ("failed", "wrong-answer")


@pytest.mark.parametrize("said", [Said.MALFORMED, Said.UNANSWERED])
def test_a_question_that_got_no_answer_fails(said: Said) -> None:
    finding = results(RIGHT, asked(an_answer(said=said, text="a line is no JSON")))

    assert verdict_and_cause(finding) == ("failed", "wrong-answer")


def test_right_answers_pass_and_functions_that_were_not_called_do_not_count() -> None:
    assert verdict_and_cause(results(RIGHT, asked(an_answer(0, 300))))[0] == "passed"
    assert verdict_and_cause(results(RIGHT, asked(an_answer(said=Said.MISSING))))[0] == "passed"


def test_a_program_that_broke_off_with_all_printed_passes_and_else_is_not_judged() -> None:
    assert verdict_and_cause(results(RIGHT, **broke_off()))[0] == "passed"
    assert results("210\n", **broke_off()) is None
