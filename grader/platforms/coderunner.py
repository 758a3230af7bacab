"""Moodle's CodeRunner: an answer in the current folder, one JSON object on the standard output and nothing else.

Source of the format: CodeRunner's documentation of combinator template graders.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from grader.errors import InputError
from grader.model.grade import Grade, Status
from grader.model.result import CheckResult, Verdict
from grader.platforms.documents import FILES, as_json, in_points, in_words
from grader.platforms.handed_in import the_program
from grader.platforms.seam import (
    BelowRoot,
    Delivery,
    Document,
    Failure,
    Job,
    Order,
    Outcome,
    Part,
    Parts,
    Platform,
)
from grader.platforms.settings import FILE_NAME, Settings, read_settings
from grader.report import formats
from grader.report.plain import explain_checks
from grader.report.quantity import points
from grader.report.visible import escape_hidden

HEAD = ("iscorrect", "Check", "Points", "What was seen")
"""The first column is CodeRunner's own: it becomes a tick or a cross, and the colour of the row."""


@dataclass(frozen=True)
class CodeRunner(BelowRoot):
    """One answer in the folder of a job."""

    def first(self) -> Delivery:
        """Nothing: only one object may be printed."""
        return Delivery()

    def job(self) -> Job:
        """The one program in ``answer``."""
        settings = read_settings(self.place.settings or self.root / FILE_NAME, Settings)
        return Job(the_program(self.root / "answer", settings.file), settings)

    def results(self, outcome: Outcome) -> Delivery:
        """A row for each check, the whole report below."""
        data = _without_grade(outcome) if isinstance(outcome, Failure) else _with_grade(outcome)
        return Delivery((Document(as_json(data)),))


def _without_grade(failure: Failure) -> dict[str, Any]:
    return {"fraction": 0.0, "prologuehtml": _paragraphs("Not graded.", in_words(failure))}


def _with_grade(grade: Grade) -> dict[str, Any]:
    if grade.status is Status.NOT_GRADED or grade.score is None:
        return _without_grade(Failure(f"This could not be graded. {' '.join(grade.review_reasons)}".strip()))
    explained = explain_checks(grade)
    words = [f"{in_points(grade)}."]
    if grade.status is Status.NEEDS_REVIEW:
        words += ["A person has to confirm this grade:", *grade.review_reasons]
    return {
        "fraction": float(grade.score / grade.max_score),
        "prologuehtml": _paragraphs(*words),
        "testresults": [list(HEAD), *(_row(check, explained) for check in grade.checks)],
        "columnformats": ["%s", "%s", "%s"],
        "epiloguehtml": f"<details><summary>The whole report</summary>{_as_it_is(_report(grade))}</details>",
    }


def _row(check: CheckResult, explained: Mapping[str, str]) -> list[Any]:
    decided = check.verdict not in (Verdict.INCONCLUSIVE, Verdict.ERRORED)
    earned = f"{points(check.points)} of {points(check.max_points)}" if decided else "does not count"
    return [check.verdict is Verdict.PASSED or not decided, check.title, earned, explained[check.id]]


def _report(grade: Grade) -> str:
    return formats().get("terminal")(grade)


def _paragraphs(*texts: str) -> str:
    return "".join(f"<p>{_text(text)}</p>" for text in texts)


def _as_it_is(text: str) -> str:
    return f"<pre>{_text(text)}</pre>"


def _text(text: str) -> str:
    return escape(escape_hidden(text), quote=True)


def build(order: Order) -> Parts:
    """The template of a question, and an example of a question to import.

    Raises:
        InputError: A folder of exercises shall go along, and CodeRunner keeps no folders.
    """
    if order.exercise_files:
        raise InputError(
            "CodeRunner keeps no folders, so an exercise of your own cannot be put into a question.",
            "Put the folder on the Jobe server, and name it as exercises in the template's settings.",
        )
    files = FILES / "coderunner"
    template = (files / "template.twig").read_text("utf-8")
    template = template.replace("SCRIPT_NAME", order.script_name).replace("SETTINGS", f'exercise = "{order.exercise}"')
    question = (files / "question.xml").read_text("utf-8")
    question = question.replace("TITLE", escape(order.title)).replace("TEMPLATE", template)
    return {
        "template.twig": Part(template.encode()),
        "question.xml": Part(question.encode()),
    }


PLATFORM = Platform("coderunner", "Moodle CodeRunner", CodeRunner, build, quiet=True)
