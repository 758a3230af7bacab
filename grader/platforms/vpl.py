"""Moodle's VPL: the files of the student in the current folder, comments and a grade on the standard output.

Source of the format: mod_vpl, ``vpl_submission.class.php`` and ``jail/default_scripts``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from grader.errors import BrokenSettings, UnclearSubmission
from grader.model.grade import Grade, Status
from grader.model.result import Verdict
from grader.platforms.documents import FILES, in_points, in_words, settings_text
from grader.platforms.handed_in import one_of, programs_in
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
from grader.report.visible import escape_hidden

_IN_A_TAG = re.compile(r"(?<=:=)(?=>>)|(?<=<\|)(?=--)|(?<=--)(?=\|>)")
"""The middle of a tag: two of them may share their signs, as in ``<|--|>``."""
MOST_LINES = 600


@dataclass(frozen=True)
class Vpl(BelowRoot):
    """One evaluation in the jail."""

    def first(self) -> Delivery:
        """Nothing: without a line with a grade VPL proposes none."""
        return Delivery()

    def job(self) -> Job:
        """The one program among the files that VPL names as the student's."""
        _range(self.place.environment)
        handed_in = set(_names(self.place.environment))
        if FILE_NAME in handed_in:
            raise UnclearSubmission(
                f"You handed in a file with the name {FILE_NAME}, which is that of the settings.", "Remove it."
            )
        settings = read_settings(self.place.settings or self.root / FILE_NAME, Settings)
        found = [path for path in programs_in(self.root) if path.name in handed_in]
        return Job(one_of(found, settings.file), settings)

    def results(self, outcome: Outcome) -> Delivery:
        """The whole report as a comment, a foldable part for each check, and the grade in the activity's range."""
        return Delivery((Document("\n".join([*self._lines(outcome), ""])),))

    def _lines(self, outcome: Outcome) -> Iterator[str]:
        if isinstance(outcome, Failure):
            yield from _comment([("Not graded", in_words(outcome))])
            return
        explained = explain_checks(outcome)
        yield from _comment(
            [
                (_headline(outcome), formats().get("terminal")(outcome)),
                *(
                    (f"{check.verdict.value}: {check.title}", explained[check.id])
                    for check in outcome.checks
                    if check.verdict is not Verdict.PASSED
                ),
            ]
        )
        if outcome.score is not None and outcome.status is not Status.NOT_GRADED:
            least, most = _range(self.place.environment)
            share = float(outcome.score / outcome.max_score)
            yield f"Grade :=>> {least + share * (most - least):.2f}"


def _headline(grade: Grade) -> str:
    match grade.status:
        case Status.GRADED:
            return in_points(grade)
        case Status.NEEDS_REVIEW:
            return f"{in_points(grade)}; a person has to confirm them"
        case Status.NOT_GRADED:
            return "This could not be graded"


def _comment(parts: list[tuple[str, str]]) -> Iterator[str]:
    """A block of comments. Each line begins with a sign of ours, and no line holds a tag of VPL's."""
    yield "<|--"
    for title, text in parts:
        yield f"-{_harmless(title)}"
        lines = _harmless(text).strip("\n").split("\n")
        yield from (f">{line}" for line in lines[:MOST_LINES])
        if len(lines) > MOST_LINES:
            yield f">… ({len(lines)} lines)"
    yield "--|>"


def _harmless(text: str) -> str:
    """The text with its tags broken by a blank, wherever in a line they stand."""
    return _IN_A_TAG.sub(" ", escape_hidden(text))


def _names(environment: Mapping[str, str]) -> Iterator[str]:
    """The student's files: ``VPL_SUBFILE0``, ``VPL_SUBFILE1``, …"""
    number = 0
    while name := environment.get(f"VPL_SUBFILE{number}"):
        yield name
        number += 1


def _range(environment: Mapping[str, str]) -> tuple[float, float]:
    """The least and the most of a grade in this activity.

    Raises:
        BrokenSettings: They are no numbers.
    """
    given = [environment.get(name) or usual for name, usual in (("VPL_GRADEMIN", "0"), ("VPL_GRADEMAX", "10"))]
    try:
        least, most = map(float, given)
    except ValueError:
        least = most = math.nan
    if not (math.isfinite(least) and math.isfinite(most)):
        raise BrokenSettings("VPL_GRADEMIN and VPL_GRADEMAX have to be numbers.")
    return least, most


def build(order: Order) -> Parts:
    """The execution files of the activity. The grader itself is installed on the jail server."""
    files = FILES / "vpl"
    return {
        "vpl_evaluate.sh": Part((files / "vpl_evaluate.sh").read_bytes(), executable=True),
        "vpl_run.sh": Part((files / "vpl_run.sh").read_bytes(), executable=True),
        FILE_NAME: Part(settings_text(order, "Settings of this activity; see docs/platforms/moodle-vpl.md.")),
        **{f"exercises/{name}": Part(data) for name, data in order.exercise_files.items()},
    }


PLATFORM = Platform("vpl", "Moodle VPL", Vpl, build, quiet=True)
