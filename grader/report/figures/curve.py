"""Speed by chunk size, as it was measured: the near-best band, and where the program's own chunk size lies."""

from __future__ import annotations

from collections.abc import Sequence

from grader.model.speed import ChunkCurve, CurvePoint
from grader.report.figures.figure import Bar, Chart, Figure, Key, Row, Table
from grader.report.quantity import counted, seconds
from grader.report.visible import inline

HALF_STEP = 2**0.25
"""The band reaches a little beyond its sizes, so that a band of one size can be seen."""


def curve_figure(curve: ChunkCurve, number: int) -> Figure:
    """The figure of one curve. The first of a report is drawn large."""
    inputs, points = inline(curve.inputs), curve.points
    return Figure(
        id=f"curve-{number}",
        title=_title(curve) if number == 1 else f"On {inputs}: {_lower(_title(curve))}",
        text=(inline(curve.sentence), _measured_on(curve)),
        alternative=_alternative(curve, inputs),
        table=Table(
            head=("Chunk size", "Chunks", "Times as fast as serial", "Least to most", "Seconds of each run", "Remark"),
            rows=tuple(
                (
                    f"{point.chunksize:,}",
                    f"{point.chunks:,}",
                    f"{point.speedup:.2f}",
                    f"{point.low:.2f} to {point.high:.2f}",
                    ", ".join(f"{took:.3f}" for took in point.seconds),
                    _remark(curve, point),
                )
                for point in points
            ),
            numbers=(0, 1, 2, 3, 4),
            note=f"Serial program: {', '.join(f'{took:.3f}' for took in curve.serial_s)} s.",
        ).without_empty_columns(),
        chart=_chart(curve, wide=number == 1),
        key=_key(curve),
        bars=_bars(curve),
    )


def own_point(curve: ChunkCurve) -> CurvePoint | None:
    """The measured point of the program's own chunk size."""
    return next((point for point in curve.points if point.chunksize == curve.own), None)


def is_near_best(curve: ChunkCurve, chunksize: int) -> bool:
    """Whether a chunk size lies in the band of those that are near the best, where there is a band."""
    return not curve.is_too_disturbed and curve.best_from <= chunksize <= curve.best_to


def best_speedup(curve: ChunkCurve) -> float:
    """How many times as fast as the serial program it is in the middle of the near-best band."""
    inside = sorted(point.speedup for point in curve.points if is_near_best(curve, point.chunksize))
    return inside[len(inside) // 2] if inside else max(point.speedup for point in curve.points)


def band_in_words(curve: ChunkCurve) -> str:
    """``from 64 to 256``, or ``of 64``."""
    if curve.best_from == curve.best_to:
        return f"of {curve.best_from:,}"
    return f"from {curve.best_from:,} to {curve.best_to:,}"


def _title(curve: ChunkCurve) -> str:
    if curve.is_too_disturbed:
        return "The machine was too busy to tell which chunk size is best."
    best = f"{best_speedup(curve):.1f} times as fast"
    own = own_point(curve)
    if own is None:
        return f"With a chunk size {band_in_words(curve)} it is {best} as the serial program."
    if is_near_best(curve, own.chunksize):
        return f"Your chunk size of {own.chunksize:,} is near the best: {best} as the serial program."
    if own.speedup < 0.995:
        found = f"makes the program slower than the serial one ({own.speedup:.1f} times as fast)"
    else:
        found = f"makes the program only {own.speedup:.1f} times as fast as the serial one"
    return f"Your chunk size of {own.chunksize:,} {found}; with one {band_in_words(curve)} it is {best}."


def _lower(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]


def _measured_on(curve: ChunkCurve) -> str:
    told = (
        f"Your own function on {inline(curve.inputs)}, with {counted(curve.workers, 'worker')} on "
        f"{counted_cores(curve.cores)}; only the chunk size was changed."
    )
    if curve.message_s is None:
        return told
    return f"{told} Each chunk costs {_message(curve.message_s)} besides its items."


def _message(took_s: float) -> str:
    return f"{took_s * 1e6:.0f} µs" if took_s < 0.000995 else seconds(took_s)


def counted_cores(cores: float) -> str:
    """``2 cores``, ``1 core``, ``0.5 cores``."""
    return "1 core" if cores == 1 else f"{cores:g} cores"


def _alternative(curve: ChunkCurve, inputs: str) -> str:
    points = "; ".join(f"{point.chunksize:,}: {point.speedup:.1f}" for point in curve.points)
    own = f" The program's own chunk size is {curve.own:,}." if curve.own is not None else ""
    band = "" if curve.is_too_disturbed else f" Near the best is a chunk size {band_in_words(curve)}."
    return (
        f"Line chart of the speed by chunk size on {inputs}, in times as fast as the serial program. "
        f"{points}.{band}{own}"
    )


def _remark(curve: ChunkCurve, point: CurvePoint) -> str:
    remarks = ["yours"] if point.chunksize == curve.own else []
    if is_near_best(curve, point.chunksize):
        remarks.append("near the best")
    return ", ".join(remarks)


def _key(curve: ChunkCurve) -> tuple[Key, ...]:
    own = (Key("own", "your chunk size"),) if own_point(curve) else ()
    spread = any(point.high > point.low for point in curve.points)
    lines = (Key("spread", "least to most of the runs"),) if spread else ()
    band = () if curve.is_too_disturbed else (Key("band", "near the best"),)
    return (*band, *own, *lines, Key("serial", "as fast as the serial program"))


def _chart(curve: ChunkCurve, *, wide: bool) -> Chart:
    sizes = [point.chunksize for point in curve.points]
    least, most = min(sizes) / HALF_STEP, max(sizes) * HALF_STEP
    own = own_point(curve)
    points: list[Row] = [
        {"chunksize": point.chunksize, "speedup": point.speedup, "low": point.low, "high": point.high}
        for point in curve.points
    ]
    return Chart(
        "chunk-curve",
        {
            "points": points,
            "band": [] if curve.is_too_disturbed else [_band_row(curve, least, most)],
            "serial": [{"speedup": 1}],
            "own": [] if own is None else [_own_row(own, sizes)],
        },
        {
            "sizes": _ticks(sizes),
            "least": least,
            "most": most,
            "top": max(1.2, *(point.high for point in curve.points)) * 1.08,
        },
        wide=wide,
    )


def _band_row(curve: ChunkCurve, least: float, most: float) -> Row:
    return {"from": max(least, curve.best_from / HALF_STEP), "to": min(most, curve.best_to * HALF_STEP)}


def _own_row(own: CurvePoint, sizes: Sequence[int]) -> Row:
    """Its label stands on the side where there is room."""
    ranked = sorted(sizes)
    place = ranked.index(own.chunksize) / max(1, len(ranked) - 1)
    align = "left" if place < 0.2 else "right" if place > 0.8 else "center"
    return {
        "chunksize": own.chunksize,
        "speedup": own.speedup,
        "text": f"yours: {own.chunksize:,}",
        "align": align,
    }


def _ticks(sizes: Sequence[int]) -> list[int]:
    """Powers of 4 (of 16 where there are many), so that their labels have room."""
    step = 4 if max(sizes) / min(sizes) <= 4**7 else 16
    return [step**power for power in range(16) if min(sizes) <= step**power <= max(sizes)]


def _bars(curve: ChunkCurve) -> tuple[Bar, ...]:
    longest = max(1.0, *(point.speedup for point in curve.points))
    return tuple(
        Bar(
            label=f"{point.chunksize:,}",
            part=point.speedup / longest,
            text=f"{point.speedup:.2f}" + (f"  {remark}" if (remark := _remark(curve, point)) else ""),
        )
        for point in curve.points
    )
