"""Gradescope: ``/autograder/submission`` in, ``/autograder/results/results.json`` out.

Source of the format: the documentation in gradescope/autograder_samples, ``docs``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field

from grader.errors import BrokenSettings
from grader.model.grade import Grade, Status
from grader.model.measurement import Outcome as SampleOutcome
from grader.model.measurement import SampleReport, Who
from grader.model.result import CheckResult, Verdict
from grader.platforms.documents import FILES, as_json, in_words, settings_text
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
from grader.platforms.wheels import constraints, own_wheel, packages_for
from grader.report import formats
from grader.report.markdown import explain_checks

Visibility = Literal["hidden", "after_due_date", "after_published", "visible"]
MOST_TEXT = 200_000
"""Characters of one text: nobody reads more, and a page that holds it becomes slow."""


class GradescopeSettings(Settings):
    """The settings beside ``run_autograder``. The container has 768 MB in all."""

    sandbox: str | None = "uid"
    most_memory_mib: Annotated[int, Field(ge=64)] | None = 512
    visibility: Visibility = "visible"
    """When students see the report; where any check has another, they see no total until all are shown."""
    check_visibility: Mapping[str, Visibility] = Field(default_factory=dict)
    leaderboard: bool = False
    """Whether to hand over the efficiency; the leaderboard has to be switched on in the assignment, too."""


@dataclass(frozen=True)
class Gradescope(BelowRoot):
    """One submission in a container."""

    usual_root = Path("/autograder")

    @cached_property
    def settings(self) -> GradescopeSettings:
        """From ``source/pargrade.toml``."""
        return read_settings(self.place.settings or self.root / "source" / FILE_NAME, GradescopeSettings)

    def first(self) -> Delivery:
        """No points: what Gradescope finds where the grading is killed."""
        return self._write(_without_grade(Failure("The grading did not come to its end."), {}))

    def job(self) -> Job:
        """The one program in ``submission``."""
        return Job(the_program(self.root / "submission", self.settings.file), self.settings)

    def results(self, outcome: Outcome) -> Delivery:
        """A test for each check, and the whole report above them."""
        try:
            settings = self.settings
        except BrokenSettings as error:
            return self._write(_without_grade(Failure(error.message, error.hint), {}))
        if isinstance(outcome, Failure):
            return self._write(_without_grade(outcome, {"visibility": settings.visibility}))
        return self._write(_with_grade(outcome, settings))

    def _write(self, data: Mapping[str, Any]) -> Delivery:
        return Delivery((Document(as_json(data), self.root / "results" / "results.json"),))


def _without_grade(failure: Failure, more: Mapping[str, Any]) -> dict[str, Any]:
    status = "unclear_submission" if failure.by_student else Status.NOT_GRADED.value
    return {
        "score": 0.0,
        "output": _cut(in_words(failure)),
        "output_format": "text",
        **more,
        "extra_data": {"pargrade": {"status": status, "message": failure.message, "hint": failure.hint}},
    }


def _with_grade(grade: Grade, settings: GradescopeSettings) -> dict[str, Any]:
    explained = explain_checks(grade)
    data: dict[str, Any] = {
        "score": float(grade.score or 0),
        "execution_time": round(sum(run.wall_s for run in grade.run.runs), 2),
        "output": _cut(formats().get("markdown")(grade)),
        "output_format": "md",
        "visibility": settings.visibility,
        "tests": [
            _test(number, check, explained[check.id], settings.check_visibility)
            for number, check in enumerate(grade.checks, start=1)
        ],
        "extra_data": {"pargrade": _state(grade)},
    }
    reached = efficiency(grade) if settings.leaderboard else None
    if reached is not None:
        data["leaderboard"] = [{"name": "Efficiency", "value": round(reached, 3), "order": "desc"}]
    return data


def _test(number: int, check: CheckResult, explained: str, visibility: Mapping[str, Visibility]) -> dict[str, Any]:
    """A check; one that could not be decided has neither points nor a status, since it does not count."""
    test: dict[str, Any] = {
        "name": check.title,
        "number": str(number),
        "output": _cut(explained),
        "output_format": "md",
        "tags": [check.id],
        "extra_data": {"id": check.id, "verdict": check.verdict.value, "cause": check.cause},
    }
    match check.verdict:
        case Verdict.PASSED | Verdict.PARTIAL | Verdict.FAILED | Verdict.SKIPPED:
            test["score"], test["max_score"] = float(check.points), float(check.max_points)
            test["status"] = "passed" if check.verdict is Verdict.PASSED else "failed"
        case Verdict.INCONCLUSIVE | Verdict.ERRORED:
            pass
    if check.id in visibility:
        test["visibility"] = visibility[check.id]
    return test


def _state(grade: Grade) -> dict[str, Any]:
    """What a later run or a person may want to know; Gradescope keeps it and shows it to nobody."""
    return {
        "status": grade.status.value,
        "score": None if grade.score is None else float(grade.score),
        "review_reasons": list(grade.review_reasons),
        "exercise": grade.exercise,
        "exercise_version": grade.exercise_version,
        "seed": grade.seed,
        "sha256": grade.submission.sha256,
        "sandbox": grade.sandbox.backend,
        "versions": grade.versions,
    }


def efficiency(grade: Grade) -> float | None:
    """The modelled speed-up over the serial program by the number of workers: 1.0 is its work, divided evenly.

    From the CPU time of each process, so the machine does not matter. That of the best round; None where nothing was
    measured or the grade may not be used as it stands.
    """
    if grade.status is not Status.GRADED:
        return None
    right = {
        (sample.who, sample.round): sample for sample in grade.timing.samples if sample.outcome is SampleOutcome.RIGHT
    }
    found = [
        _efficiency(mine, right[Who.REFERENCE, number])
        for (who, number), mine in right.items()
        if who is Who.SUBMISSION and (Who.REFERENCE, number) in right
    ]
    return max(found, default=None)


def _efficiency(mine: SampleReport, reference: SampleReport) -> float:
    workers = max(1, len(reference.workers_cpu_s))
    busiest = max(max(mine.workers_cpu_s, default=0.0), sum(mine.workers_cpu_s) / workers)
    took_s = mine.main_cpu_s + busiest
    serial_s = reference.main_cpu_s + sum(reference.workers_cpu_s)
    return serial_s / took_s / workers if took_s > 0 else 0.0


def _cut(text: str) -> str:
    return text if len(text) <= MOST_TEXT else text[:MOST_TEXT] + "\n\n… (cut)"


_OWN_SETTINGS = (
    'visibility = "visible" # or "hidden", "after_due_date", "after_published"',
    "leaderboard = false",
    "",
    "[check_visibility]",
    '# speedup = "after_published"',
)


def build(order: Order) -> Parts:
    """The files of ``autograder.zip``: the two scripts, the settings, and this version of the grader as a wheel.

    Raises:
        InputError: The wheel cannot be made, or packages cannot be downloaded.
    """
    scripts = FILES / "gradescope"
    parts = {
        name: Part((scripts / name).read_bytes().replace(b"\r\n", b"\n"), executable=True)
        for name in ("setup.sh", "run_autograder")
    }
    parts["constraints.txt"] = Part(constraints())
    parts[FILE_NAME] = Part(
        settings_text(order, "Settings of this assignment; see docs/platforms/gradescope.md.", *_OWN_SETTINGS)
    )
    parts |= {f"exercises/{name}": Part(data) for name, data in order.exercise_files.items()}
    own = own_wheel()
    wheels = packages_for(own, order.wheels) if order.offline else {own.name: own.data}
    return parts | {f"wheels/{name}": Part(data) for name, data in wheels.items()}


PLATFORM = Platform("gradescope", "Gradescope", Gradescope, build, installs=True)
