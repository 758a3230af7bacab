"""What other chunk sizes and other numbers of workers would bring, as the cost model expects it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from grader.model.speed import Prediction, WhatIf
from grader.report.figures.figure import Bar, Chart, Figure, Row, Table
from grader.report.quantity import counted, seconds
from grader.report.visible import inline

HARDLY = 1.1
"""A gain by less than this is called none."""


def what_if_figures(what_if: WhatIf) -> list[Figure]:
    """One figure for the chunk sizes, one for the numbers of workers; without predictions, none."""
    figures = []
    if what_if.by_chunksize:
        figures.append(_by_chunksize(what_if))
    if what_if.by_workers:
        figures.append(_by_workers(what_if))
    return figures


def _by_chunksize(what_if: WhatIf) -> Figure:
    best = min(what_if.by_chunksize, key=lambda one: one.predicted_s)
    worst = max(what_if.by_chunksize, key=lambda one: one.predicted_s)
    workers = counted(best.workers, "worker")
    title = (
        f"On {workers} and as many idle cores, chunk size {best.chunksize:,} would take {seconds(best.predicted_s)} "
        f"and {worst.chunksize:,} would take {seconds(worst.predicted_s)}."
    )
    if worst.predicted_s < HARDLY * best.predicted_s:
        title = f"On {workers} and as many idle cores the chunk size would hardly matter."
    return _figure(
        "what-if-chunk-sizes",
        title,
        (
            f"Computed from the times of your own {counted(what_if.items, 'item')} ({inline(what_if.inputs)}).",
            _checked(what_if),
        ),
        what_if.by_chunksize,
        "Chunk size",
        lambda one: f"{one.chunksize:,}",
    )


def _by_workers(what_if: WhatIf) -> Figure:
    few, many = what_if.by_workers[0], what_if.by_workers[-1]
    title = (
        f"On {counted(many.workers, 'worker')} it would take {seconds(many.predicted_s)}, "
        f"in place of {seconds(few.predicted_s)} on {few.workers:,}."
    )
    if few.predicted_s < HARDLY * many.predicted_s:
        title = (
            f"More workers would hardly help: {seconds(many.predicted_s)} on {many.workers:,}, as on {few.workers:,}."
        )
    return _figure(
        "what-if-workers",
        title,
        (inline(what_if.sentence),),
        what_if.by_workers,
        "Workers",
        lambda one: f"{one.workers:,}",
    )


def _figure(
    figure_id: str,
    title: str,
    text: tuple[str, ...],
    predictions: Sequence[Prediction],
    head: str,
    label: Callable[[Prediction], str],
) -> Figure:
    longest = max(one.predicted_s for one in predictions) or 1.0
    listed = "; ".join(f"{label(one)}: {seconds(one.predicted_s)}" for one in predictions)
    measured = any(one.measured_s is not None for one in predictions)
    return Figure(
        id=figure_id,
        title=title,
        text=tuple(line for line in text if line),
        alternative=f"Bar chart of the predicted time by {head.lower()}. {listed}.",
        table=Table(
            head=(head, "Predicted", *(("Measured",) if measured else ())),
            rows=tuple(
                (label(one), seconds(one.predicted_s), *((_measured(one),) if measured else ())) for one in predictions
            ),
            numbers=(0, 1, 2) if measured else (0, 1),
        ),
        chart=Chart("what-if", {"predictions": [_row(one, label) for one in predictions]}, {}, 22 * len(predictions)),
        bars=tuple(Bar(label(one), one.predicted_s / longest, seconds(one.predicted_s)) for one in predictions),
    )


def _row(one: Prediction, label: Callable[[Prediction], str]) -> Row:
    return {"label": label(one), "predicted": one.predicted_s, "text": seconds(one.predicted_s)}


def _measured(one: Prediction) -> str:
    return "" if one.measured_s is None else seconds(one.measured_s)


def _checked(what_if: WhatIf) -> str:
    one = what_if.checked
    if one is None or one.measured_s is None:
        return "No run has checked it."
    error = "" if what_if.error is None else f", {what_if.error * 100:.0f} % off"
    return (
        f"Checked by a run of chunk size {one.chunksize:,} on {counted(one.workers, 'worker')} here: predicted "
        f"{one.predicted_s:.3f} s, measured {one.measured_s:.3f} s{error}."
    )
