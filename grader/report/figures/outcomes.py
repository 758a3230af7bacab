"""The program under every start method, and on inputs changed in known ways: tables of outcomes."""

from __future__ import annotations

from collections.abc import Sequence

from grader.model.speed import MethodRun, VariedRun
from grader.report.figures.figure import Figure, Table
from grader.report.quantity import counted, seconds
from grader.report.visible import inline

MARKS = {"right": "✓ right", "wrong": "✗ wrong", "failed": "✗ failed", "stopped": "✗ stopped", "differs": "✗ differs"}

SAID = {"wrong": "gives a wrong result", "failed": "fails", "stopped": "had to be stopped"}


def methods_figure(runs: Sequence[MethodRun]) -> Figure:
    """The start-method matrix."""
    bad = [run for run in runs if run.outcome != "right"]
    title = f"The result is right under {_listed([run.start_method for run in runs])}."
    if bad:
        outcomes = dict.fromkeys(run.outcome for run in bad)
        told = [
            f"{SAID[outcome]} under {_listed([run.start_method for run in bad if run.outcome == outcome])}"
            for outcome in outcomes
        ]
        title = f"The program {' and '.join(told)}{_why(bad[-1])}"
    return Figure(
        id="start-methods",
        title=title,
        text=("How new worker processes are started: Linux used fork until Python 3.13, macOS and Windows use spawn.",),
        alternative="",
        table=Table(
            head=("Start method", "Result", "Time", "What happened"),
            rows=tuple((run.start_method, MARKS[run.outcome], seconds(run.wall_s), _explained(run)) for run in runs),
            numbers=(2,),
        ).without_empty_columns(),
    )


def _why(run: MethodRun) -> str:
    """The first sentence of the diagnosis."""
    first = inline(run.explanation).split(". ")[0].rstrip(".")
    return f": {first}." if first else "."


def _explained(run: MethodRun) -> str:
    cause = f" ({inline(run.cause)})" if run.cause else ""
    return f"{inline(run.explanation)}{cause}"


def varied_figure(runs: Sequence[VariedRun]) -> Figure:
    """The varied inputs."""
    bad = [run for run in runs if run.outcome != "right"]
    race = next((run for run in runs if run.outcome == "differs"), None)
    if not bad:
        title = f"The result stays right in all {counted(len(runs), 'run')} on changed inputs."
    elif race:
        title = "The same files give different results from run to run: something depends on which worker comes first."
    else:
        title = f"The result is not right on these inputs: {_listed([f'“{inline(run.name)}”' for run in bad])}."
    return Figure(
        id="varied-inputs",
        title=title,
        text=(),
        alternative="",
        table=Table(
            head=("Inputs", "Result", "What was changed", "What happened"),
            rows=tuple((inline(run.name), MARKS[run.outcome], inline(run.what), inline(run.detail)) for run in runs),
        ).without_empty_columns(),
    )


def _listed(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
