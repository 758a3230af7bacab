"""PrairieLearn's external grader: ``/grade/student`` in, ``/grade/results/results.json`` out.

Source of the format: PrairieLearn's documentation, ``externalGrading``, and what its server accepts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.model.grade import Grade, Status
from grader.model.result import CheckResult, Verdict
from grader.platforms.documents import FILES, dumped, in_words, settings_text, visible
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
from grader.report.plain import explain_checks

MOST_BYTES = (1 << 20) - 4096
"""A larger file fails the job."""


@dataclass(frozen=True)
class PrairieLearn(BelowRoot):
    """One submission in a container."""

    usual_root = Path("/grade")

    def first(self) -> Delivery:
        """Not gradable, so that the attempt does not count."""
        return self._write(_not_gradable(Failure("The grading did not come to its end.")))

    def job(self) -> Job:
        """The one program in ``student``, with the settings in ``tests``."""
        settings = read_settings(self.place.settings or self.root / "tests" / FILE_NAME, Settings)
        return Job(the_program(self.root / "student", settings.file), settings)

    def results(self, outcome: Outcome) -> Delivery:
        """A share of 1, a test for each check, and the whole report."""
        return self._write(_not_gradable(outcome) if isinstance(outcome, Failure) else _with_grade(outcome))

    def _write(self, data: Mapping[str, Any]) -> Delivery:
        return Delivery((Document(within_budget(data), self.root / "results" / "results.json"),))


def _not_gradable(failure: Failure) -> dict[str, Any]:
    words = in_words(failure)
    if failure.by_student:
        return {"gradable": False, "format_errors": [words], "message": words}
    return {"gradable": False, "message": words}


def _with_grade(grade: Grade) -> dict[str, Any]:
    if grade.status is Status.NOT_GRADED or grade.score is None:
        reasons = " ".join(grade.review_reasons)
        return _not_gradable(Failure(f"This could not be graded. {reasons}".strip()))
    if not grade.run.runs:  # Python cannot even read it, so nothing was run
        faults = [check for check in grade.checks if check.verdict is Verdict.FAILED]
        words = [f"{check.headline} {check.hint}".strip() for check in faults] or ["The program cannot be read."]
        return {"gradable": False, "format_errors": words, "message": "\n".join(words)}
    explained = explain_checks(grade)
    return {
        "gradable": True,
        "score": float(grade.score / grade.max_score),
        "message": _note(grade),
        "output": formats().get("terminal")(grade),
        "tests": [_test(check, explained[check.id]) for check in grade.checks],
    }


def _note(grade: Grade) -> str:
    if grade.status is Status.NEEDS_REVIEW:
        return "A person has to confirm this grade: " + " ".join(grade.review_reasons)
    return ""


def _test(check: CheckResult, explained: str) -> dict[str, Any]:
    """A check with its points. One that could not be decided is worth none, and is shown in grey."""
    counts = check.verdict not in (Verdict.INCONCLUSIVE, Verdict.ERRORED)
    return {
        "name": check.title,
        "description": check.id,
        "points": float(check.points) if counts else 0.0,
        "max_points": float(check.max_points) if counts else 0.0,
        "message": check.headline,
        "output": explained,
    }


def within_budget(data: Mapping[str, Any], most_bytes: int = MOST_BYTES) -> str:
    """The document in at most so many bytes: of the longest outputs the ends are left out until it fits."""
    fitting: dict[str, Any] = visible(data)
    shortened: list[dict[str, Any]] = [fitting, *fitting.get("tests", ())]
    while len(text := dumped(fitting).encode()) > most_bytes:
        longest = max(shortened, key=lambda part: len(part.get("output", "")))
        output = longest.get("output", "")
        if len(output) < 2:
            break  # what is left are titles and headlines, far below the limit
        longest["output"] = output[: len(output) // 2]
    return text.decode()


def build(order: Order) -> Parts:
    """A folder for the image (``image``), and one for the question (``question``).

    Raises:
        InputError: The wheel cannot be made, or packages cannot be downloaded.
    """
    own = own_wheel()
    wheels = packages_for(own, order.wheels) if order.offline else {own.name: own.data}
    files = FILES / "prairielearn"
    question = {
        "info.json": (files / "info.json").read_bytes(),
        "question.html": (files / "question.html").read_text("utf-8").replace("FILE", order.script_name).encode(),
        f"tests/{FILE_NAME}": settings_text(order, "Settings of this question; see docs/platforms/prairielearn.md."),
        **{f"tests/exercises/{name}": data for name, data in order.exercise_files.items()},
    }
    recipe = (files / ("Dockerfile.offline" if order.offline else "Dockerfile")).read_bytes()
    image = {
        "Dockerfile": recipe.replace(b"THE_VERSION", wheels.get("PYTHON", b"").strip()),
        "constraints.txt": constraints(),
        **{f"wheels/{name}": data for name, data in wheels.items()},
    }
    return {
        "image/grade.sh": Part((files / "grade.sh").read_bytes(), executable=True),
        **{f"image/{name}": Part(data) for name, data in image.items()},
        **{f"question/{name}": Part(data) for name, data in question.items()},
    }


PLATFORM = Platform("prairielearn", "PrairieLearn", PrairieLearn, build, installs=True)
