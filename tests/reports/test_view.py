from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from grader.model.grade import Grade, Rescored, SandboxReport, SentMapReport
from grader.model.result import Verdict
from grader.model.run import Guarantee
from grader.report.quantity import points, seconds, size
from grader.report.view import Pair, build_view
from grader.testing import a_check, a_grade, a_map, a_run, a_timing, a_wire, chunks_of


def a_sent(**changes: Any) -> SentMapReport:
    """A map call as it was read of a queue."""
    return a_wire((a_map(),)).maps[0].model_copy(update=changes)


@pytest.mark.parametrize(
    ("value", "text"),
    [("1", "1"), ("1.0", "1"), ("0.50", "0.5"), ("10", "10"), ("6.6667", "6.67"), ("0", "0")],
)
def test_points_have_no_needless_zeros(value: str, text: str) -> None:
    assert points(Decimal(value)) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0 ms"),
        (0.0004, "under 1 ms"),
        (0.012, "12 ms"),
        (0.843, "0.84 s"),
        (0.999, "1.0 s"),
        (3.14, "3.1 s"),
        (125, "2 min 5 s"),
    ],
)
def test_durations_are_no_more_precise_than_measured(value: float, text: str) -> None:
    assert seconds(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0 B"), (999, "999 B"), (1_234, "1.2 kB"), (48_000, "48 kB"), (5_300_000, "5.3 MB")],
)
def test_sizes_have_units(value: int, text: str) -> None:
    assert size(value) == text


def test_the_modelled_speed_is_told_beside_that_of_the_reference() -> None:
    view = build_view(a_grade(timing=a_timing()))

    assert view.facts == (
        "By CPU clocks: on 4 idle cores it would be 3.3 times as fast as the serial program; the reference solution "
        "reaches 3.4",
    )


def test_a_grade_that_was_judged_again_says_when_and_by_what() -> None:
    again = Rescored(at=datetime(2026, 2, 1, 9, 30, tzinfo=UTC), pargrade="0.2.0")

    view = build_view(a_grade(rescored=again))

    assert Pair("judged again", "2026-02-01 09:30:00 UTC, by pargrade 0.2.0") in view.receipt
    assert view.notes == (
        "Judged again (2026-02-01 09:30:00 UTC, by pargrade 0.2.0) from what was seen then; nothing was run.",
    )


def test_a_scaled_score_is_explained() -> None:
    checks = [a_check("a", max_points=9), a_check("b", Verdict.INCONCLUSIVE)]

    view = build_view(a_grade(checks))

    assert view.score_line == "10 of 10 points"
    assert view.score_note == "9 of the 9 points that could be judged, scaled to 10."


def test_a_score_that_is_not_scaled_needs_no_explanation() -> None:
    view = build_view(a_grade([a_check("a"), a_check("b", Verdict.FAILED)]))

    assert view.score_line == "1 of 2 points"
    assert view.score_note == ""


def test_a_grade_without_a_score_shows_none() -> None:
    view = build_view(a_grade(score=None, status="not_graded"))

    assert view.score_line == "Not graded"
    assert view.score == ""


def test_everything_passed_is_praised_with_what_was_seen() -> None:
    view = build_view(a_grade(runs=[a_run((a_map(chunks_of(38, 2, (1, 2, 3, 4))),))]))

    assert view.praise == "Everything passed: 38 files in 19 chunks of 2 on 4 workers."


def test_one_check_that_cannot_be_told_ends_the_praise() -> None:
    view = build_view(a_grade([a_check("a"), a_check("b", Verdict.INCONCLUSIVE)]))

    assert view.praise == ""
    assert view.summary == "1 of 2 checks passed, 1 could not be told."


def test_a_default_chunk_size_and_a_short_last_chunk_are_told() -> None:
    call = a_map(chunks_of(10, 4, (1,)), explicit=False)

    view = build_view(a_grade(runs=[a_run((call,))]))

    assert view.facts[0] == "10 items in 3 chunks of up to 4 (the default) on 1 worker"


def test_threads_are_not_called_workers_and_have_no_timeline() -> None:
    call = a_map(chunks_of(10, 5, (1,)), kind="thread", workers=2)

    view = build_view(a_grade(runs=[a_run((call,))]))

    assert view.facts[0] == "10 items in 2 chunks of 5 on 2 threads"
    assert view.timeline is None


def test_missing_isolation_is_told_in_one_line() -> None:
    given = tuple(name for name in Guarantee if name not in (Guarantee.FILES, Guarantee.NETWORK))

    some = build_view(a_grade(sandbox=SandboxReport(backend="practice", guarantees=given, gaps=())))
    none = build_view(a_grade(sandbox=SandboxReport(backend="practice", guarantees=("limits",), gaps=())))

    assert some.sandbox == "Run in the practice sandbox: no file or network isolation."
    assert none.sandbox == "Run in the practice sandbox: no file or network isolation (4 more gaps)."


def test_chunks_of_no_duration_still_make_a_timeline() -> None:
    call = a_map(chunks_of(4, 2, (1, 2), start_s=0.0, item_s=0.0), submitted_s=0.0)

    timeline = build_view(a_grade(runs=[a_run((call,))])).timeline

    assert timeline is not None
    assert [lane.spans[0].items for lane in timeline.lanes] == ["1-2"]


def test_a_view_of_the_same_grade_is_the_same(sample: Grade) -> None:
    assert build_view(sample) == build_view(sample)


def test_of_very_many_chunks_the_drawing_shows_stretches() -> None:
    chunks = chunks_of(500, 1, (1,), item_s=0.001)

    timeline = build_view(a_grade(runs=[a_run((a_map(chunks),))])).timeline

    assert timeline is not None
    assert len(timeline.lanes[0].stretches) == 1
    assert timeline.lanes[0].stretches[0].width == pytest.approx(sum(s.width for s in timeline.lanes[0].spans))


def test_workers_that_got_nothing_are_told() -> None:
    call = a_map(chunks_of(10, 5, (71,)), workers=4)

    view = build_view(a_grade(runs=[a_run((call,))]))

    assert view.facts[0] == "10 items in 2 chunks of 5 on 1 of 4 workers"


def test_a_failed_chunk_of_which_no_worker_is_known_is_shown_last() -> None:
    good, bad = chunks_of(10, 5, (71, 72))
    bad = bad.model_copy(update={"pid": 0, "error": "ValueError"})

    timeline = build_view(a_grade(runs=[a_run((a_map((good, bad), function="add"),))])).timeline

    assert timeline is not None
    assert [lane.name for lane in timeline.lanes] == ["worker 1", "worker unknown"]
    assert timeline.lanes[1].spans[0].label == "add 6-10 failed"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, ["count_words: 38 items in 19 chunks of up to 2, sent back by 2 workers (20 and 18)"]),
        ({"maps": ()}, ["no call of a pool"]),
        ({"maps": (), "reason": "Memory cannot be read."}, ["nothing. Memory cannot be read."]),
        (
            {"maps": (a_sent(items=None, chunks=3, answered=0),), "cut": True},
            [
                "count_words: 3 chunks, too long to count the items, sent back by nobody",
                "more than is kept: the rest was not read",
            ],
        ),
        (
            {"maps": (a_sent(method="submit", function="", chunks=1, answered=1, items_by_worker={7: 1}),)},
            ["a function without a name: 1 single call, sent back by 1 worker"],
        ),
        ({"maps": (a_sent(items_by_worker={7: 1}),) * 3, "maps_left_out": 7}, None),
    ],
)
def test_what_was_read_of_the_queues_is_told(changes: dict[str, Any], said: list[str] | None) -> None:
    call = a_map()
    run = build_view(a_grade(runs=[a_run((call,), wire=a_wire((call,), **changes))])).runs[0]

    told = [pair.value for pair in run.facts if pair.name == "read from the pool's queue"]
    assert told == said if said else told[-1] == "7 more map calls"


def test_a_run_of_which_nothing_was_read_says_nothing_of_it() -> None:
    view = build_view(a_grade(runs=[a_run((a_map(),))]))

    assert not any("queue" in pair.name for pair in view.runs[0].facts)
    assert not any("queue" in fact for fact in view.facts)


# attacks: 131
def test_of_very_many_workers_and_calls_some_are_shown_and_the_others_counted() -> None:
    call = a_map(chunks_of(400, 1, tuple(range(1, 401))))

    view = build_view(a_grade(runs=[a_run((call, call), maps_left_out=7, processes_left_out=5)]))

    assert view.timeline is not None
    assert len(view.timeline.lanes) == 16
    assert view.timeline.note == "7 more map calls and 384 more workers left out."
    assert view.runs[0].processes_left_out == 5 + 401 - 64
    assert ("map calls left out", "7") in [(fact.name, fact.value) for fact in view.runs[0].facts]
