"""``grade explain CHECK``: what a check looks for, why, and programs that pass and fail it."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.cli.app import App
from grader.cli.completing import complete_checks
from grader.cli.options import exercise_id, exercises_root
from grader.cli.screen import say_markdown
from grader.cli.wording import in_points
from grader.errors import UnknownName

if TYPE_CHECKING:
    from grader.checks.base import Check, Example
    from grader.model.exercise import CheckSpec, Exercise


@click.command("explain", short_help="Explain a check that stands in a report.")
@click.argument("check", metavar="CHECK", shell_complete=complete_checks)
@exercise_id
@exercises_root
@click.pass_obj
def explain(app: App, check: str, exercise: str | None, root: Path | None) -> None:
    """Explain a check of a report: what it looks for, why, and with examples."""
    from grader.checks import CHECKS

    catalog = app.catalog(root)
    chosen = [catalog.load(name) for name in ([exercise] if exercise else catalog.ids())]
    uses = [(found, spec) for found in chosen for spec in found.spec.checks if check in (spec.id, spec.kind)]
    kinds = list(dict.fromkeys(spec.kind for _, spec in uses))
    if not kinds and exercise is None and check in CHECKS.names():
        kinds = [check]
    if not kinds:
        raise _unknown(check, chosen)
    parts = (_explanation(CHECKS.get(kind), [use for use in uses if use[1].kind == kind]) for kind in kinds)
    say_markdown("\n".join(parts))


def _unknown(check: str, chosen: list[Exercise]) -> UnknownName:
    from grader.registry import near_names

    known = {name for found in chosen for spec in found.spec.checks for name in (spec.id, spec.kind)}
    where = f" in the exercise {chosen[0].id}" if len(chosen) == 1 else ""
    return UnknownName(
        f"There is no check {check!r}{where}. {near_names(check, sorted(known))}",
        "The names of the checks stand in the report.",
    )


def _explanation(kind: type[Check], uses: list[tuple[Exercise, CheckSpec]]) -> str:
    """The whole explanation as Markdown."""
    decides, _, why = inspect.cleandoc(kind.__doc__ or "").partition("\n\n")
    names = list(dict.fromkeys(spec.id for _, spec in uses)) or [kind.kind]
    parts = [f"# {', '.join(names)}", f"**{_one_line(decides)}**", *map(_one_line, filter(None, why.split("\n\n")))]
    parts += ["\n".join(_where(uses))] if uses else []
    if kind.examples:
        parts += [f"The examples show only what stands below the functions of `{kind.exercise}`."]
    parts += _examples(kind.examples)
    return "\n\n".join(parts) + "\n"


def _one_line(paragraph: str) -> str:
    return " ".join(paragraph.split())


def _where(uses: Iterable[tuple[Exercise, CheckSpec]]) -> Iterator[str]:
    for exercise, spec in uses:
        first = f"; first {' and '.join(f'`{name}`' for name in spec.requires)} has to pass" if spec.requires else ""
        yield (
            f"- In `{exercise.id}`: “{spec.title}”, {in_points(spec.points)}{first}. "
            f"The task says more under “{spec.topic}”."
        )


def _examples(examples: Iterable[Example]) -> Iterator[str]:
    """Each example with what is told about it; the functions around it are those of the exercise."""
    from grader.model.result import Verdict

    words = {Verdict.PASSED: "This passes", Verdict.PARTIAL: "This gets a part of the points"}
    for example in examples:
        yield f"## {words.get(example.verdict, 'This does not pass')}"
        if example.headline:
            yield f"The report says: “{example.headline}”"
        yield f"```python\n{example.code.rstrip()}\n```"
