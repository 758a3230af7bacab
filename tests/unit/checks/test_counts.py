"""Are the printed totals right: the differences, and the cause that is named for them."""

from __future__ import annotations

import pytest

from grader.model.answers import Said
from grader.model.exercise import Question
from grader.model.facts import DoubleUse, Place, SourceFacts, WorkerWrite
from grader.model.result import Finding
from grader.model.trace import Trace
from tests.unit.checks.builders import (
    a_call_fact,
    a_map,
    a_run,
    an_answer,
    an_import,
    broke_off,
    chunks,
    consumed,
    evidence_of,
    imported,
    judge,
    raised,
    verdict_and_cause,
)

RIGHT = {"the": 5000, "and": 4000, "to": 2001, "edge": 2000, "rare": 7}
PRINTED = "and == 4000\nthe == 5000\nto == 2001\n"


def counts(stdout: str = PRINTED, *others, facts: SourceFacts | None = None, **options) -> Finding | None:
    run = a_run(stdout, counts=RIGHT, **options)
    return judge("counts", evidence_of(run, *others, facts=facts), threshold=2000)


def test_right_totals_pass_and_are_counted() -> None:
    finding = counts()

    assert verdict_and_cause(finding) == ("passed", "")
    assert "All 3 totals" in finding.headline


def test_the_form_of_the_lines_is_not_its_question() -> None:
    assert verdict_and_cause(counts("the 5000\nand 4000\nto 2001\n"))[0] == "passed"


def test_rare_words_with_right_totals_are_no_wrong_counts() -> None:
    assert verdict_and_cause(counts(PRINTED + "edge == 2000\nrare == 7\n"))[0] == "passed"


@pytest.mark.parametrize(
    ("stdout", "told"),
    [
        ("and == 4000\nto == 2001\n", "`the`: not printed, right is 5,000"),
        ("and == 4000\nthe == 4999\nto == 2001\n", "`the`: printed 4,999, right is 5,000"),
        (PRINTED + "rare == 9000\n", "`rare`: printed 9,000, right is 7"),
        (PRINTED + "xyzzy == 3000\n", "`xyzzy`: printed 3,000, right is 0"),
        (PRINTED + "The == 3000\n", "`The`: printed 3,000, right is 0"),
    ],
)
def test_a_difference_is_told_with_both_numbers(stdout: str, told: str) -> None:
    finding = counts(stdout)

    assert verdict_and_cause(finding) == ("failed", "wrong-counts")
    assert told in finding.detail


def test_the_most_frequent_differences_are_told_first_and_the_others_counted() -> None:
    finding = counts("a == 1\nb == 2\n")

    assert finding.detail.index("`the`") < finding.detail.index("`and`") < finding.detail.index("`to`")
    assert "and 2 more" in finding.detail
    assert "5 printed totals are wrong or missing" in finding.headline


def test_a_program_that_printed_right_before_it_broke_off_passes() -> None:
    assert verdict_and_cause(counts(**broke_off()))[0] == "passed"


def test_a_program_that_broke_off_before_printing_is_not_judged() -> None:
    assert counts("", **broke_off()) is None


def test_without_a_run_on_counted_files_it_is_not_judged() -> None:
    assert judge("counts", evidence_of(a_run(PRINTED)), threshold=2000) is None
    assert judge("counts", evidence_of(an_import()), threshold=2000) is None


def test_nothing_printed_has_a_name_of_its_own() -> None:
    assert verdict_and_cause(counts("")) == ("failed", "nothing-printed")


def test_a_hostile_number_is_only_wrong() -> None:
    assert verdict_and_cause(counts("the == " + "9" * 5000))[1] == "wrong-counts"


# -- named causes --------------------------------------------------------------------------------


def place(line: int) -> Place:
    return Place(line=line)


def test_a_result_gone_through_twice_is_named_with_its_lines() -> None:
    facts = SourceFacts(double_uses=(DoubleUse(name="parts", made=place(3), first=place(4), second=place(5)),))

    finding = counts("", facts=facts)

    assert verdict_and_cause(finding) == ("failed", "consumed-twice")
    assert "line 3" in finding.detail
    assert finding.location.line == 5


def test_a_result_gone_through_twice_matters_only_where_totals_are_wrong() -> None:
    facts = SourceFacts(double_uses=(DoubleUse(name="parts", made=place(3), first=place(4), second=place(5)),))

    assert verdict_and_cause(counts(facts=facts))[0] == "passed"


def test_results_that_are_never_read_are_named_with_the_silent_error() -> None:
    trace = Trace(maps=(a_map(),), chunks=chunks(error="KeyError: 'the'"))
    facts = SourceFacts(calls=(a_call_fact(),))

    finding = counts("", trace=trace, facts=facts)

    assert verdict_and_cause(finding) == ("failed", "results-unread")
    assert "KeyError: 'the'" in finding.detail
    assert finding.location.line == 12


def test_results_that_are_read_are_no_silent_error() -> None:
    trace = Trace(maps=(a_map(),), chunks=chunks(), consumed=(consumed(),))

    assert verdict_and_cause(counts("", trace=trace))[1] == "nothing-printed"


def test_an_unread_map_over_threads_is_no_silent_error() -> None:
    assert verdict_and_cause(counts("", trace=Trace(maps=(a_map(kind="thread"),))))[1] == "nothing-printed"


def test_a_global_written_in_a_worker_is_named() -> None:
    facts = SourceFacts(worker_writes=(WorkerWrite(function="count_words", name="totals", place=place(8)),))

    finding = counts("", facts=facts)

    assert verdict_and_cause(finding) == ("failed", "worker-global")
    assert "`totals`" in finding.headline
    assert finding.location.line == 8


# -- the functions by themselves -----------------------------------------------------------------

SMALL = Question("count_words", ("small.txt",), {"a": 1}, "a single word")
LARGE = Question("count_words", ("large.txt",), {"a": 1, "b": 2, "c": 3}, "many words")
LARGE_RIGHT = an_answer(0, {"a": 1, "b": 2, "c": 3})


def asked(*answers):
    return an_import(trace=Trace(imported=imported()), answers=answers, questions=(LARGE, SMALL))


def test_the_simplest_wrong_answer_makes_the_feedback_precise() -> None:
    finding = counts("the == 1", asked(an_answer(0, {}), an_answer(1, {})))

    assert "`count_words` on a single word returns `{}`; `{'a': 1}` is right" in finding.detail


def test_an_answer_that_is_an_error_is_quoted() -> None:
    finding = counts("the == 1", asked(LARGE_RIGHT, an_answer(1, said=Said.ERROR, text="KeyError: 'a'")))

    assert "raises KeyError: 'a'" in finding.detail


def test_an_answer_of_another_type_is_named() -> None:
    finding = counts("the == 1", asked(LARGE_RIGHT, an_answer(1, said=Said.KIND, text="list")))

    assert "returns a list; a dict was expected" in finding.detail


@pytest.mark.parametrize("said", [Said.MISSING, Said.NOT_ASKED])
def test_right_answers_and_functions_that_were_not_called_are_not_told(said: Said) -> None:
    finding = counts("the == 1", asked(LARGE_RIGHT, an_answer(1, said=said)))

    assert "Tried by itself" not in finding.detail


def test_a_right_number_of_another_type_is_a_wrong_answer() -> None:
    finding = counts("the == 1", asked(LARGE_RIGHT, an_answer(1, {"a": 1.0})))

    assert "returns `{'a': 1.0}`; `{'a': 1}` is right" in finding.detail


@pytest.mark.parametrize(
    ("said", "told"), [(Said.MALFORMED, "malformed answer: a line is no JSON"), (Said.UNANSWERED, "gives no answer")]
)
def test_what_is_no_answer_is_told(said: Said, told: str) -> None:
    finding = counts("the == 1", asked(LARGE_RIGHT, an_answer(1, said=said, text="a line is no JSON")))

    assert told in finding.detail


def test_a_long_answer_is_cut() -> None:
    finding = counts("the == 1", asked(LARGE_RIGHT, an_answer(1, {f"word{number}": 1 for number in range(1000)})))

    assert len(finding.detail) < 600


def test_wrong_answers_alone_cost_nothing_when_the_printed_totals_are_right() -> None:
    assert verdict_and_cause(counts(PRINTED, asked(LARGE_RIGHT, an_answer(1, {}))))[0] == "passed"


def test_an_error_in_the_trace_does_not_change_right_totals() -> None:
    assert verdict_and_cause(counts(trace=Trace(errors=(raised("ValueError"),))))[0] == "passed"


MISTAKES = {"nothing counted": {}, "b were no word": {"a": 1, "c": 3}}
BOTH = (
    Question("count_words", ("large.txt",), {"a": 1, "b": 2, "c": 3}, "many words", MISTAKES),
    Question("count_words", ("small.txt",), {"b": 1}, "a single word", {"nothing counted": {}, "b were no word": {}}),
)


def test_a_usual_mistake_is_named_where_it_gives_every_answer() -> None:
    answers = (an_answer(0, {"a": 1, "c": 3}), an_answer(1, {}))

    finding = counts("the == 1", an_import(trace=Trace(imported=imported()), answers=answers, questions=BOTH))

    assert "`count_words` answers as if b were no word." in finding.detail


def test_a_mistake_that_gives_only_some_of_the_answers_is_not_named() -> None:
    answers = (an_answer(0, {"a": 1}), an_answer(1, {}))

    finding = counts("the == 1", an_import(trace=Trace(imported=imported()), answers=answers, questions=BOTH))

    assert "as if" not in finding.detail


@pytest.mark.parametrize(
    ("stdout", "hint"),
    [
        ("and == 4001\nthe == 5000\nto == 2001\n", "too high"),
        ("and == 3999\nthe == 5000\n", "too low"),
        ("and == 3999\nthe == 5001\nto == 2001\n", "around"),
    ],
)
def test_where_the_functions_are_right_the_hint_is_where_to_look(stdout: str, hint: str) -> None:
    finding = counts(stdout, asked(LARGE_RIGHT, an_answer(1, {"a": 1})))

    assert "answered rightly" in finding.detail
    assert hint in finding.hint


def test_a_wrong_answer_is_told_though_nothing_was_printed() -> None:
    finding = counts("", asked(LARGE_RIGHT, an_answer(1, {})))

    assert verdict_and_cause(finding) == ("failed", "nothing-printed")
    assert "returns `{}`" in finding.detail


def test_errors_that_nobody_hears_of_are_shown_where_they_are_caught() -> None:
    finding = counts("", facts=SourceFacts(swallowed=(place(14),)))

    assert verdict_and_cause(finding) == ("failed", "nothing-printed")
    assert finding.location.line == 14


def test_a_global_in_a_worker_comes_before_results_that_hold_nothing() -> None:
    facts = SourceFacts(worker_writes=(WorkerWrite(function="count_words", name="totals", place=place(8)),))

    unread = counts("", trace=Trace(maps=(a_map(),), chunks=chunks()), facts=facts)
    silent = counts("", trace=Trace(maps=(a_map(),), chunks=chunks(error="KeyError: 'the'")), facts=facts)

    assert verdict_and_cause(unread)[1] == "worker-global"
    assert verdict_and_cause(silent)[1] == "results-unread"
