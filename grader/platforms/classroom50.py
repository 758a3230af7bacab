"""Classroom 50: ``result.json`` of the schema ``classroom50/result/v1``, all points whole numbers, and a release.

Source: ``schemas/result-v1.schema.json``, ``wiki/Advanced-Autograding.md`` and ``validate_result`` in ``runner.py`` of
``foundation50/classroom50``. The runner gives ``CLASSROOM``, ``ASSIGNMENT`` and so on in the environment, in the
student's checkout; settings and exercise lie beside the teacher's ``autograder.py``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from grader.errors import BrokenSettings
from grader.model.grade import Grade, Status
from grader.model.result import CheckResult, Verdict
from grader.platforms.documents import FILES, in_words, settings_text
from grader.platforms.handed_in import the_program
from grader.platforms.lengths import markdown_within
from grader.platforms.seam import Delivery, Document, Failure, Job, Order, Outcome, Part, Parts, Place, Platform
from grader.platforms.settings import FILE_NAME, Settings, read_settings
from grader.platforms.wheels import constraints, own_wheel, packages_for
from grader.platforms.whole_points import NOT_COUNTED, Points, whole, whole_score, whole_unit
from grader.platforms.workflow import Annotation, Level, command, entry
from grader.report import formats
from grader.report.markdown import escape
from grader.report.view import MARKS, build_view
from grader.report.visible import block, inline

SCHEMA = "classroom50/result/v1"
RELEASE_BYTES = 120_000
"""The longest text of a release; GitHub takes 125,000 characters."""

_NEEDED = ("CLASSROOM", "ASSIGNMENT", "USERNAME", "SUBMISSION_TAG", "COMMIT_URL", "RELEASE_URL")


def result(grade: Grade, environment: Mapping[str, str]) -> dict[str, object]:
    """The result as plain data.

    A grade that a person has to look at has no number: all points are 0 of 0, which Classroom 50 takes for an error.
    """
    usable = grade.status is Status.GRADED
    unit = whole_unit(grade) if usable else Decimal(0)
    tests = [_test(check, unit) for check in grade.checks]
    return _result(environment, grade.graded_at, whole_score(grade) if usable else Points(0, 0), tests)


def no_result(environment: Mapping[str, str], now: datetime) -> dict[str, object]:
    """The result of a submission that could not be graded: 0 of 0 and no tests."""
    return _result(environment, now, Points(0, 0), ())


def _result(
    environment: Mapping[str, str], graded_at: datetime, total: Points, tests: Sequence[object]
) -> dict[str, object]:
    """``owner``, ``assignment_type`` and ``datetime`` (of the commit) are stamped again by the runner."""
    instant = f"{graded_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    given = {name: environment.get(name, "") for name in _NEEDED}
    return {
        "schema": SCHEMA,
        "classroom": given["CLASSROOM"],
        "assignment": given["ASSIGNMENT"],
        "assignment_type": environment.get("ASSIGNMENT_TYPE") or "individual",
        "owner": environment.get("OWNER") or given["USERNAME"],
        "submission": given["SUBMISSION_TAG"],
        "commit": given["COMMIT_URL"],
        "release": given["RELEASE_URL"],
        "review": environment.get("REVIEW_URL") or given["COMMIT_URL"],
        "datetime": instant,
        "graded_at": instant,
        "score": total.score,
        "max-score": total.most,
        "tests": list(tests),
    }


def _test(check: CheckResult, unit: Decimal) -> dict[str, object]:
    """One check. What could not be judged is worth 0 of 0, so that it costs nothing."""
    counts = check.verdict not in NOT_COUNTED
    name = f"{inline(check.id)}: {inline(check.title)}"
    return {
        "test-name": name if counts else f"{name} ({MARKS[check.verdict][1]}, not counted)",
        "passed": check.verdict is Verdict.PASSED,
        "score": whole(check.points, unit) if counts else 0,
        "max-score": whole(check.max_points, unit) if counts else 0,
        "verdict": check.verdict.value,
        "message": inline(check.headline),
    }


def status_and_summary(grade: Grade) -> tuple[str, str]:
    """``success``, ``failure`` or ``error``, and one line about it."""
    view = build_view(grade)
    if grade.status is not Status.GRADED:
        return "error", f"{view.status_line}."
    total = whole_score(grade)
    status = "success" if total.score == total.most else "failure"
    return status, f"{view.score_line}. {view.summary}"


@dataclass(frozen=True)
class Classroom50:
    """One submission: ``checkout`` is the student's repository, in which the results are expected, too."""

    checkout: Path
    environment: Mapping[str, str]
    settings: Path | None
    opened_at: datetime

    def first(self) -> Delivery:
        """0 of 0, over whatever the student's repository holds under that name."""
        return self._delivery(no_result(self.environment, self.opened_at), "error", "This could not be graded.")

    def job(self) -> Job:
        """The one program in the repository."""
        missing = [name for name in _NEEDED if not self.environment.get(name)]
        if missing:
            raise BrokenSettings(
                f"The environment has no {', '.join(missing)}.", "The runner of Classroom 50 sets them all."
            )
        settings = read_settings(self.settings, Settings)
        return Job(the_program(self.checkout, settings.file), settings)

    def results(self, outcome: Outcome) -> Delivery:
        """The result, the text of the release, the page for the release's files, and the state of the commit.

        The exit code is 0 whenever there is a result; else the runner reports an error of its own.
        """
        if isinstance(outcome, Failure):
            return self._failed(outcome)
        status, summary = status_and_summary(outcome)
        page = Document(formats().get("html")(outcome), self.checkout / "report.html")
        data = result(outcome, self.environment)
        return self._delivery(data, status, summary, markdown_within(outcome, RELEASE_BYTES), (page,))

    def _failed(self, failure: Failure) -> Delivery:
        message = block(in_words(failure))
        body = f"# This could not be graded\n\n{escape(message)}\n"
        told = Document(command(Annotation(Level.ERROR, "This could not be graded", message)) + "\n")
        data = no_result(self.environment, self.opened_at)
        delivery = self._delivery(data, "error", inline(failure.message), body, (told,))
        return Delivery(delivery.documents, 0 if failure.by_student else 3)

    def _delivery(
        self, data: object, status: str, summary: str, body: str = "", more: tuple[Document, ...] = ()
    ) -> Delivery:
        text = json.dumps(data, indent=2, allow_nan=False) + "\n"
        documents = [Document(text, self.checkout / "result.json")]
        if body:
            documents.append(Document(body, self.checkout / "release-body.md"))
        outputs = self.environment.get("GITHUB_OUTPUT", "")
        if outputs:
            told = entry("status", status) + entry("summary", summary)
            documents.append(Document(told, Path(outputs), append=True))
        return Delivery((*documents, *more))


def _open(place: Place) -> Classroom50:
    return Classroom50(place.root or Path(), place.environment, place.settings, datetime.now(UTC))


def build(order: Order) -> Parts:
    """The files for ``CLASSROOM/autograders/ASSIGNMENT``.

    Raises:
        InputError: The wheel cannot be made, or packages cannot be downloaded.
    """
    own = own_wheel()
    wheels = packages_for(own, order.wheels) if order.offline else {own.name: own.data}
    return {
        "autograder.py": Part((FILES / "classroom50" / "autograder.py").read_bytes()),
        "constraints.txt": Part(constraints()),
        FILE_NAME: Part(settings_text(order, "Settings of this assignment; see docs/platforms/github.md.")),
        **{f"exercises/{name}": Part(data) for name, data in order.exercise_files.items()},
        **{f"wheels/{name}": Part(data) for name, data in wheels.items()},
    }


PLATFORM = Platform("classroom50", "Classroom 50", _open, build, installs=True)
