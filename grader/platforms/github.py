"""GitHub Actions: annotations on the student's lines, a summary in Markdown, outputs of the step, reports as files.

Everything comes from the environment, nothing from the student's repository: ``PARGRADE_SUBMISSION`` (a path in the
repository; without it the one program there), ``PARGRADE_EXERCISE``, ``PARGRADE_QUICK``, ``PARGRADE_SPEED`` and
``PARGRADE_REPORTS`` (the folder for reports), as ``action.yml`` sets them, and what a runner sets by itself.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from grader.errors import BrokenSettings, PargradeError, UnclearSubmission, printable
from grader.model.grade import Grade, Status
from grader.model.result import CheckResult, Verdict
from grader.platforms.autograding import encoded, encoded_failure
from grader.platforms.documents import in_words
from grader.platforms.handed_in import the_program
from grader.platforms.lengths import markdown_within
from grader.platforms.seam import Delivery, Document, Failure, Job, Outcome, Place, Platform
from grader.platforms.settings import Settings, read_settings
from grader.platforms.workflow import Annotation, Level, as_text, command, entry
from grader.report import formats
from grader.report.markdown import escape
from grader.report.plain import explain
from grader.report.view import Row, View, build_view
from grader.report.visible import block, inline

SUMMARY_BYTES = 1024 * 1024
"""The longest summary of a step, in bytes of UTF-8; of a longer one GitHub shows nothing."""

ANNOTATIONS_OF_A_LEVEL = 10
"""What is shown of each level in a step; more is dropped without a word."""

REPORTS = {"report.html": "html", "report.md": "markdown", "report.xml": "junit", "report.json": "json"}
"""The reports in the folder ``PARGRADE_REPORTS``, each with its format."""

_LEVELS = {
    Verdict.PASSED: None,
    Verdict.PARTIAL: Level.WARNING,
    Verdict.FAILED: Level.ERROR,
    Verdict.ERRORED: Level.WARNING,
    Verdict.SKIPPED: None,
    Verdict.INCONCLUSIVE: Level.NOTICE,
}


def annotate(grade: Grade, submission: PurePosixPath) -> list[Annotation]:
    """One annotation for each check that is not passed, the costliest first.

    ``submission`` is the path of the file from the top of the repository.
    """
    view = build_view(grade)
    found = [] if grade.status is Status.GRADED else [_about_the_grade(view, submission)]
    pairs = sorted(zip(grade.checks, view.rows, strict=True), key=lambda pair: pair[0].points - pair[0].max_points)
    for check, row in pairs:
        level = _LEVELS[check.verdict]
        if level is not None:
            found.append(_annotation(level, check, row, submission))
    by_level = ([one for one in found if one.level is level] for level in Level)
    return [one for same in by_level for one in same[:ANNOTATIONS_OF_A_LEVEL]]


def _about_the_grade(view: View, submission: PurePosixPath) -> Annotation:
    return Annotation(Level.WARNING, view.status_line, "\n".join([view.status_line, *view.reviews]), str(submission))


def _annotation(level: Level, check: CheckResult, row: Row, submission: PurePosixPath) -> Annotation:
    points = f" ({row.points})" if row.points else ""
    title, place = f"{row.id}: {row.title}{points}", check.location
    if place is None:
        return Annotation(level, title, explain(row), str(submission))
    file = str(submission.parent / place.file)
    if place.cell is not None:  # the lines of a cell are not those of the file
        return Annotation(level, title, explain(row), file)
    return Annotation(level, title, explain(row), file, place.line, place.column or 0)


def step_outputs(grade: Grade) -> dict[str, str]:
    """What later steps of a job can use. ``score`` is empty unless the grade may be used as it stands."""
    view = build_view(grade)
    usable = grade.status is Status.GRADED
    return {
        "status": grade.status.value,
        "score": view.score if usable else "",
        "max-score": view.max_score,
        "full-marks": "true" if usable and grade.score == grade.max_score else "false",
        "summary": f"{view.score_line}. {view.summary}" if usable else view.status_line,
        "result": encoded(grade),
    }


def no_outputs(why: str) -> dict[str, str]:
    """The outputs of a step that came to no grade."""
    return {
        "status": Status.NOT_GRADED.value,
        "score": "",
        "max-score": "",
        "full-marks": "false",
        "summary": inline(why),
        "result": encoded_failure(block(why)),
    }


@dataclass(frozen=True)
class GitHub:
    """One step of a job. ``workspace`` is the checkout of the student's repository."""

    workspace: Path
    environment: Mapping[str, str]
    settings: Path | None

    def first(self) -> Delivery:
        """Outputs that give nobody points."""
        return Delivery(self._outputs(no_outputs("This could not be graded.")))

    def job(self) -> Job:
        """The file that the workflow names, or the one program in the repository."""
        settings = self._settings()
        named = self.environment.get("PARGRADE_SUBMISSION", "")
        if not named:
            return Job(the_program(self.workspace, settings.file), settings)
        file = self.workspace / named
        if not _lies_in(file, self.workspace):
            raise UnclearSubmission(
                f"{printable(named)} is no file in the repository, or is a link.", "Give the path of the file itself."
            )
        return Job(file, settings)

    def _settings(self) -> Settings:
        found = read_settings(self.settings, Settings)
        told = {
            "exercise": self.environment.get("PARGRADE_EXERCISE", "") or found.exercise,
            "quick": _switch(self.environment, "PARGRADE_QUICK", found.quick),
            "speed": _switch(self.environment, "PARGRADE_SPEED", found.speed),
        }
        return found.model_copy(update=told)

    def results(self, outcome: Outcome) -> Delivery:
        """The log, the summary, the outputs and the reports."""
        if isinstance(outcome, Failure):
            return self._failed(outcome)
        submission = self._path_of(outcome)
        told = [command(one) for one in annotate(outcome, submission)]
        log = as_text(formats().get("terminal")(outcome)) + "".join(f"{line}\n" for line in told)
        return Delivery(
            (
                Document(log),
                *self._summary(markdown_within(outcome, SUMMARY_BYTES)),
                *self._outputs(step_outputs(outcome)),
                *self._reports(outcome),
            ),
            _exit_code(outcome),
        )

    def _failed(self, failure: Failure) -> Delivery:
        message = block(in_words(failure))
        annotation = Annotation(Level.ERROR, "This could not be graded", message)
        summary = f"# This could not be graded\n\n{escape(message)}\n"
        return Delivery(
            (
                Document(f"{command(annotation)}\n"),
                *self._summary(summary),
                *self._outputs(no_outputs(failure.message)),
            ),
            2 if failure.by_student else 3,
        )

    def _path_of(self, grade: Grade) -> PurePosixPath:
        """The path of the graded file from the top of the repository."""
        try:
            file = self.job().file
        except PargradeError:  # no longer there
            return PurePosixPath(grade.submission.name)
        return PurePosixPath(os.path.normpath(file.relative_to(self.workspace)))

    def _summary(self, text: str) -> tuple[Document, ...]:
        return self._appended("GITHUB_STEP_SUMMARY", text)

    def _outputs(self, values: Mapping[str, str]) -> tuple[Document, ...]:
        return self._appended("GITHUB_OUTPUT", "".join(entry(name, value) for name, value in values.items()))

    def _appended(self, variable: str, text: str) -> tuple[Document, ...]:
        named = self.environment.get(variable, "")
        return (Document(text, Path(named), append=True),) if named and text else ()

    def _reports(self, grade: Grade) -> tuple[Document, ...]:
        folder = self.environment.get("PARGRADE_REPORTS", "")
        if not folder:
            return ()
        return tuple(Document(formats().get(kind)(grade), Path(folder) / name) for name, kind in REPORTS.items())


def _lies_in(file: Path, folder: Path) -> bool:
    """Whether there is this file, without a link on the way: one could lead to any file of this machine."""
    try:
        real, top = file.resolve(strict=True), folder.resolve()
    except (OSError, ValueError, RuntimeError):
        return False
    return real.is_relative_to(top) and real == Path(os.path.normpath(top / file.relative_to(folder)))


def _switch(environment: Mapping[str, str], name: str, otherwise: bool) -> bool:
    value = environment.get(name, "")
    if value not in ("", "true", "false"):
        raise BrokenSettings(f"{name} is {printable(value)!r}.", "It has to be true or false.")
    return value == "true" if value else otherwise


def _exit_code(grade: Grade) -> int:
    if grade.status is not Status.GRADED:
        return 3
    return 0 if grade.score == grade.max_score else 1


def _open(place: Place) -> GitHub:
    workspace = place.root or Path(place.environment.get("GITHUB_WORKSPACE") or Path())
    return GitHub(workspace, place.environment, place.settings)


PLATFORM = Platform("github", "GitHub Actions", _open)
