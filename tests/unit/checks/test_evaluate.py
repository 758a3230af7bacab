"""The checks of an exercise put to the evidence: order, skipping, our own failures, contradictions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

import pytest

from grader.checks.base import Check
from grader.checks.evaluate import Judgement, contradictions, evaluate, in_order
from grader.model.evidence import Evidence
from grader.model.result import EvidenceKind, Finding, Verdict
from grader.model.trace import Trace
from grader.registry import Registry
from tests.unit.checks.builders import a_map, a_run, a_spec, an_exercise, chunks, evidence_of, forked

Answer = Finding | None | Exception


def says(verdict: str, **changes) -> Finding:
    return Finding(verdict=Verdict(verdict), headline=verdict, evidence=EvidenceKind.WIRE, **changes)


def kind(answer: Answer) -> type[Check]:
    """A check that always answers the same."""

    class Fixed(Check):
        def evaluate(self, evidence: Evidence) -> Finding | None:
            if isinstance(answer, Exception):
                raise answer
            return answer

    return Fixed


def judged(answers: Mapping[str, Answer], requires: Mapping[str, tuple[str, ...]] | None = None) -> Judgement:
    """The checks named in ``answers``, in that order, each saying what stands there."""
    wanted = requires or {}
    specs = [a_spec(name, points=Decimal(2), requires=wanted.get(name, ())) for name in answers]
    registry: Registry[type[Check]] = Registry("check", "no.group", {name: kind(a) for name, a in answers.items()})
    return evaluate(evidence_of(exercise=an_exercise(*specs)), registry)


def verdicts(judgement: Judgement) -> dict[str, str]:
    return {result.id: result.verdict.value for result in judgement.results}


@pytest.mark.parametrize(
    ("finding", "points"),
    [
        (says("passed"), 2),
        (says("passed", share=Decimal("0.1")), 2),
        (says("partial", share=Decimal("0.5")), 1),
        (says("partial"), 0),
        (says("failed", share=Decimal("0.5")), 0),
        (says("inconclusive"), 0),
    ],
)
def test_points_are_the_verdicts_share(finding: Finding, points: int) -> None:
    (result,) = judged({"a": finding}).results

    assert (result.points, result.max_points) == (points, 2)


def test_a_result_carries_what_the_finding_and_the_exercise_say() -> None:
    (result,) = judged({"a": says("failed", detail="d", hint="h", cause="c")}).results

    assert (result.title, result.topic, result.detail, result.hint, result.cause) == (
        "Title of a",
        "A topic",
        "d",
        "h",
        "c",
    )
    assert result.evidence is EvidenceKind.WIRE


def test_results_stand_in_the_exercises_order_whatever_they_require() -> None:
    judgement = judged({"a": says("passed"), "b": says("passed")}, {"a": ("b",)})

    assert list(verdicts(judgement)) == ["a", "b"]


def test_required_checks_come_first() -> None:
    specs = (a_spec("a", requires=("c",)), a_spec("b"), a_spec("c", requires=("b",)))

    assert [spec.id for spec in in_order(specs)] == ["b", "c", "a"]


@pytest.mark.parametrize("first", ["passed", "partial"])
def test_a_check_is_judged_when_what_it_requires_passed_or_did_in_part(first: str) -> None:
    assert verdicts(judged({"a": says(first), "b": says("failed")}, {"b": ("a",)}))["b"] == "failed"


def test_a_check_whose_requirement_failed_is_skipped_and_names_it() -> None:
    judgement = judged({"a": says("failed"), "b": says("passed")}, {"b": ("a",)})

    skipped = judgement.results[1]
    assert (skipped.verdict.value, skipped.points) == ("skipped", 0)
    assert "“Title of a”" in skipped.headline
    assert "(a)" in skipped.headline


def test_a_chain_of_skipped_checks_names_the_one_cause() -> None:
    judgement = judged({"a": says("failed"), "b": says("passed"), "c": says("passed")}, {"b": ("a",), "c": ("b",)})

    assert verdicts(judgement)["c"] == "skipped"
    assert "(a)" in judgement.results[2].headline


@pytest.mark.parametrize("first", [says("inconclusive"), ValueError("broken")])
def test_a_check_that_builds_on_one_that_cannot_tell_cannot_tell_either(first: Answer) -> None:
    judgement = judged({"a": first, "b": says("failed"), "c": says("failed")}, {"b": ("a",), "c": ("b",)})

    assert verdicts(judgement)["b"] == "inconclusive"
    assert verdicts(judgement)["c"] == "inconclusive"


def test_without_evidence_a_check_waits_for_the_first_one() -> None:
    judgement = judged({"runs": says("failed"), "b": None})

    assert verdicts(judgement)["b"] == "skipped"
    assert "(runs)" in judgement.results[1].headline


def test_the_first_check_without_evidence_cannot_tell() -> None:
    assert verdicts(judged({"runs": None})) == {"runs": "inconclusive"}


def test_a_check_without_evidence_beside_a_first_one_that_cannot_tell_cannot_tell() -> None:
    assert verdicts(judged({"runs": None, "b": None})) == {"runs": "inconclusive", "b": "inconclusive"}


def test_a_check_that_breaks_is_our_fault_costs_nothing_and_is_reviewed() -> None:
    judgement = judged({"a": ZeroDivisionError("division by zero"), "b": says("passed")})

    broken = judgement.results[0]
    assert (broken.verdict, broken.cause) == (Verdict.ERRORED, "grader-error")
    assert "ZeroDivisionError at test_evaluate.py" in broken.detail
    assert "not your fault" in broken.headline
    assert judgement.review_reasons == ("The check a could not be carried out.",)
    assert verdicts(judgement)["b"] == "passed"


def test_a_kind_nobody_knows_and_wrong_params_are_our_fault_too() -> None:
    registry: Registry[type[Check]] = Registry("check", "no.group", {"known": kind(says("passed"))})
    specs = (a_spec("a", kind="unknown"), a_spec("b", kind="known", params={"no_such": 1}))

    judgement = evaluate(evidence_of(exercise=an_exercise(*specs)), registry)

    assert verdicts(judgement) == {"a": "errored", "b": "errored"}


def test_a_message_of_our_own_error_is_cut() -> None:
    (result,) = judged({"a": ValueError("x" * 10_000)}).results

    assert len(result.detail) < 400


# -- contradictions ------------------------------------------------------------------------------

TOLD: Callable[[int], Trace] = lambda workers: Trace(  # noqa: E731
    maps=(a_map(),), chunks=chunks(count=workers, pids=range(101, 101 + workers))
)


def test_workers_that_nobody_saw_contradict_an_exact_process_table() -> None:
    evidence = evidence_of(a_run(trace=TOLD(4), processes=forked(0.5)), exact=True)

    (sentence,) = contradictions(evidence)

    assert "told of 4 workers" in sentence


def test_a_polled_process_table_contradicts_nobody() -> None:
    assert contradictions(evidence_of(a_run(trace=TOLD(4), processes=forked(0.5)))) == ()


def test_workers_that_were_seen_contradict_nothing() -> None:
    evidence = evidence_of(a_run(trace=TOLD(2), processes=forked(0.5, 0.1, 0.1)), exact=True)

    assert contradictions(evidence) == ()


def test_a_contradiction_makes_the_grade_be_reviewed() -> None:
    evidence = evidence_of(a_run(trace=TOLD(4), processes=forked(0.5)), exact=True, exercise=an_exercise(a_spec("a")))
    registry: Registry[type[Check]] = Registry("check", "no.group", {"a": kind(says("passed"))})

    judgement = evaluate(evidence, registry)

    assert len(judgement.review_reasons) == 1
    assert verdicts(judgement) == {"a": "passed"}
