"""The pictures of a report: what was measured of a run, each as one finding with its chart, words and table."""

from __future__ import annotations

from grader.model.speed import SpeedReport
from grader.report.figures.curve import curve_figure
from grader.report.figures.figure import Figure
from grader.report.figures.lanes import lanes_figure
from grader.report.figures.outcomes import methods_figure, varied_figure
from grader.report.figures.parts import parts_figure
from grader.report.figures.wall import wall_figure
from grader.report.figures.what_if import what_if_figures
from grader.report.timeline import Timeline


def build_figures(speed: SpeedReport, timeline: Timeline | None) -> tuple[Figure, ...]:
    """All that there is to show, in the order in which it is best read."""
    curves = [curve_figure(curve, number) for number, curve in enumerate(speed.curves, start=1) if curve.points]
    figures = curves[:1]
    if timeline:
        figures.append(lanes_figure(timeline))
    figures += curves[1:]
    if speed.wall:
        figures.append(wall_figure(speed.wall))
    if speed.breakdown:
        figures.append(parts_figure(speed.breakdown))
    if speed.what_if:
        figures += what_if_figures(speed.what_if)
    if speed.start_methods:
        figures.append(methods_figure(speed.start_methods))
    if speed.varied:
        figures.append(varied_figure(speed.varied))
    return tuple(figures)
