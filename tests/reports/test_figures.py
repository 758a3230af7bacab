from __future__ import annotations

from typing import Any

import pytest

from grader.model.grade import StretchReport
from grader.model.speed import MethodRun, SpeedReport, VariedRun
from grader.model.trace import ChunkDone
from grader.receipt import SLICES, summed_up
from grader.report.figures.curve import curve_figure
from grader.report.figures.figure import Table
from grader.report.figures.lanes import lanes_figure
from grader.report.figures.outcomes import methods_figure, varied_figure
from grader.report.figures.parts import parts_figure
from grader.report.figures.what_if import what_if_figures
from grader.report.timeline import LANES, Timeline, build_timeline
from grader.report.view import build_view
from grader.testing import a_breakdown, a_curve, a_grade, a_map, a_run, a_speed_report, a_what_if, chunks_of


def a_timeline(*maps: Any, **changes: Any) -> Timeline:
    timeline = build_timeline(a_grade(runs=[a_run(maps, **changes)]))
    assert timeline is not None
    return timeline


@pytest.mark.parametrize(
    ("own", "said"),
    [
        (1, "Your chunk size of 1 makes the program slower than the serial one (0.5 times as fast); with one from"),
        (4, "Your chunk size of 4 makes the program only 1.5 times as fast as the serial one; with one from"),
        (64, "Your chunk size of 64 is near the best: 1.7 times as fast as the serial program."),
        (None, "With a chunk size from 16 to 750 it is 1.7 times as fast as the serial program."),
    ],
)
def test_the_title_of_a_curve_says_where_the_own_chunk_size_lies(own: int | None, said: str) -> None:
    assert curve_figure(a_curve(own), 1).title.startswith(said)


def test_no_finding_is_drawn_from_a_curve_of_a_busy_machine() -> None:
    speed = a_speed_report(1, curves=(a_curve(1, others_cores=1.9),))
    grade = a_grade()
    grade = grade.model_copy(update={"timing": grade.timing.model_copy(update={"speed": speed})})

    view = build_view(grade)

    assert view.figures[0].title == "The machine was too busy to tell which chunk size is best."
    assert "near the best" not in repr(view.figures[0])
    assert view.next_step is None


def test_each_reason_for_not_measuring_is_told_once() -> None:
    used_up = "the time for measuring was used up."
    speed = SpeedReport(left_out=(f"The start methods: {used_up}", f"The varied inputs: {used_up}", "Nothing else."))
    grade = a_grade()
    grade = grade.model_copy(update={"timing": grade.timing.model_copy(update={"speed": speed})})

    assert build_view(grade).not_measured == (f"The start methods; the varied inputs: {used_up}", "Nothing else.")


def test_the_own_chunk_size_and_the_band_are_in_the_chart_and_in_the_table() -> None:
    figure = curve_figure(a_curve(64), 1)

    assert figure.chart is not None
    assert [row["text"] for row in figure.chart.data["own"]] == ["yours: 64"]
    assert [row[-1] for row in figure.table.rows] == [
        "",
        "",
        *["near the best"],
        "yours, near the best",
        *["near the best"] * 2,
        "",
    ]


def test_one_worker_that_does_everything_is_told_with_its_imbalance() -> None:
    timeline = a_timeline(a_map(chunks_of(38, 38, (71,)), workers=4))

    figure = lanes_figure(timeline)

    assert figure.title == "One of 4 workers did all the work; the other 3 had nothing to do."
    assert timeline.imbalance == pytest.approx(4)
    assert [lane.summary for lane in timeline.lanes] == ["1 chunk, 38 files", *["no chunk"] * 3]


def test_evenly_shared_work_is_said_to_be_so() -> None:
    figure = lanes_figure(a_timeline(a_map(chunks_of(38, 2, (71, 72, 73, 74)))))

    assert figure.title == "4 workers shared the work evenly: the busiest was busy 1.11 times the mean."


def test_a_lane_has_its_start_its_waiting_and_its_idle_end() -> None:
    first, second, other = chunks_of(3, 1, (71, 72), start_s=0.2)
    later = other.model_copy(update={"pid": 71, "start_s": 0.8, "end_s": 1.0})

    figure = lanes_figure(a_timeline(a_map((first, second, later), submitted_s=0.0)))

    assert figure.chart is not None
    looks = {(row["lane"], row["look"]) for row in figure.chart.data["spans"]}
    assert {("worker 1", "start"), ("worker 1", "wait"), ("worker 2", "start"), ("worker 2", "idle")} <= looks
    assert ("worker 1", "idle") not in looks


def test_many_workers_are_counted_and_not_all_drawn() -> None:
    timeline = a_timeline(a_map(chunks_of(90, 1, tuple(range(100, 130))), workers=61))

    assert [lane.name for lane in timeline.lanes[LANES:]] == ["workers 31–61"]
    assert timeline.note == "14 more workers left out."


def chunks_told(count: int, workers: int, pause_s: float) -> list[ChunkDone]:
    step = 0.001 + pause_s
    return [
        ChunkDone(
            type="chunk",
            call=1,
            index=index,
            first=index,
            count=1,
            pid=100 + index % workers,
            start=index // workers * step,
            end=index // workers * step + 0.001,
            cpu_s=0.001,
        )
        for index in range(count)
    ]


def test_very_many_chunks_are_summed_up_without_losing_any() -> None:
    chunks = chunks_told(3000, 4, 0.001)

    slices = summed_up(chunks)

    assert len(slices) <= 4 * SLICES
    assert sum(one.chunks for one in slices) == 3000
    assert sum(one.items for one in slices) == 3000
    assert sum(one.busy_s for one in slices) == pytest.approx(3.0, rel=0.01)


def test_a_chunk_longer_than_a_slice_is_spread_over_those_it_touches() -> None:
    long = chunks_told(1, 1, 0)[0].model_copy(update={"end": 8.0})

    slices = summed_up([long])

    assert len(slices) == SLICES
    assert sum(one.busy_s for one in slices) == pytest.approx(8.0)
    assert [one.chunks for one in slices] == [0] * (SLICES - 1) + [1]


def test_slices_are_drawn_paler_the_more_of_them_was_waiting() -> None:
    stretches = (
        StretchReport(pid=71, start_s=0.1, end_s=0.2, busy_s=0.1, chunks=50, items=50),
        StretchReport(pid=71, start_s=0.2, end_s=0.3, busy_s=0.02, chunks=10, items=10),
    )
    call = a_map(chunks_of(60, 1, (71,)), stretches=stretches, chunks_left_out=5)

    figure = lanes_figure(a_timeline(call))

    assert figure.chart is not None
    shares = [row["share"] for row in figure.chart.data["spans"] if str(row["look"]).startswith("bar")]
    assert shares == [1, pytest.approx(0.4)]


def test_the_largest_loss_is_named() -> None:
    figure = parts_figure(a_breakdown(0.5, parts={"messages": 0.4}))

    assert figure.title == ("The workers were computing for 48 % of the time; most of the rest was messages (0.40 s).")


def test_where_nothing_was_lost_no_loss_is_named() -> None:
    nothing = dict.fromkeys(("start-up", "messages", "imbalance", "serial rest"), 0.001)

    assert "hardly anything was lost" in parts_figure(a_breakdown(1.0, parts=nothing)).title


def test_predictions_are_shown_with_the_run_that_checked_them() -> None:
    sizes, workers = what_if_figures(a_what_if())

    assert "predicted 0.254 s, measured 0.267 s, 5 % off." in sizes.text[1]
    assert [row[0] for row in workers.table.rows] == ["2", "4", "8", "16"]


def test_a_prediction_that_no_run_has_checked_is_said_to_be_one() -> None:
    sizes, _ = what_if_figures(a_what_if(checked=None, error=None))

    assert sizes.text[1] == "No run has checked it."


def test_a_model_without_predictions_has_no_figure() -> None:
    assert what_if_figures(a_what_if(by_chunksize=(), by_workers=())) == []


def test_the_start_methods_that_fail_are_in_the_title_with_the_diagnosis() -> None:
    runs = (
        MethodRun(start_method="fork", outcome="right", wall_s=0.1),
        MethodRun(start_method="spawn", outcome="failed", wall_s=0.2, cause="x", explanation="No guard. Put one."),
    )

    assert methods_figure(runs).title == "The program fails under spawn: No guard."


def test_a_race_is_told_as_a_race() -> None:
    runs = (VariedRun(name="again 1", what="The same.", outcome="differs", detail="`a` 1 and 2"),)

    assert varied_figure(runs).title.startswith("The same files give different results from run to run")


def test_columns_in_which_nothing_is_said_are_left_out() -> None:
    table = Table(("a", "b", "c"), (("1", "", "2"), ("3", "", "")), numbers=(0, 2))

    trimmed = table.without_empty_columns()

    assert (trimmed.head, trimmed.rows, trimmed.numbers) == (("a", "c"), (("1", "2"), ("3", "")), (0, 1))
