"""A grade for ``classroom-resources/autograding-grading-reporter``, the last step of a job of GitHub Classroom.

GitHub Classroom is retired; the action still runs. Source: its ``src/main.js`` and ``src/notify-classroom.js``. It
finds base64 of JSON in an environment variable, adds up the scores of the tests, and prints their texts to the log of
the job as they are.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

from grader.model.grade import Grade, Status
from grader.model.result import CheckResult, Verdict
from grader.report.plain import explain
from grader.report.view import Row, build_view
from grader.report.visible import without_commands

LONGEST = 100_000
"""Characters of the encoded result: on Linux an environment variable has at most 128 KiB."""

_NOT_COUNTED = (Verdict.INCONCLUSIVE, Verdict.ERRORED)
_STATUS = {
    Verdict.PASSED: "pass",
    Verdict.PARTIAL: "fail",
    Verdict.FAILED: "fail",
    Verdict.SKIPPED: "fail",
    Verdict.INCONCLUSIVE: "error",
    Verdict.ERRORED: "error",
}


def encoded(grade: Grade, longest: int = LONGEST) -> str:
    """The output ``result`` of a grader step: ASCII letters, shortened to headlines or to nothing said if need be."""
    messages: tuple[Callable[[Row], str], ...] = (explain, lambda row: row.headline, lambda _: "")
    texts = (_encode(payload(grade, message)) for message in messages)
    return next((text for text in texts if len(text) <= longest), encoded_failure("The result is too long."))


def encoded_failure(why: str) -> str:
    """The output ``result`` where there is no grade."""
    test = _entry("grade", "error", 0, why[:1000])
    return _encode({"version": 1, "status": "error", "max_score": 0, "tests": [test]})


def payload(grade: Grade, message: Callable[[Row], str] = explain) -> dict[str, object]:
    """The result as plain data. ``max_score`` is what could be judged, and the tests' scores add up to at most that.

    A grade that a person has to look at has no points at all, and the status ``error``.
    """
    usable = grade.status is Status.GRADED
    rows = build_view(grade).rows
    return {
        "version": 1,
        "status": ("pass" if grade.score == grade.max_score else "fail") if usable else "error",
        "max_score": float(grade.points_judged) if usable else 0,
        "tests": [_test(check, row, usable, message) for check, row in zip(grade.checks, rows, strict=True)],
    }


def _test(check: CheckResult, row: Row, usable: bool, message: Callable[[Row], str]) -> dict[str, object]:
    score = float(check.points) if usable and check.verdict not in _NOT_COUNTED else 0
    told = "" if check.verdict is Verdict.PASSED else message(row)
    line = check.location.line if check.location else 0
    return _entry(f"{row.id}: {row.title}", _STATUS[check.verdict], score, told, row.place, line)


def _entry(name: str, status: str, score: float, message: str, file: str = "", line: int = 0) -> dict[str, object]:
    return {
        "name": without_commands(name),
        "status": status,
        "score": score,
        "message": without_commands(message),
        "test_code": "",
        "filename": without_commands(file),
        "line_no": line,
        "duration": 0,
    }


def _encode(data: dict[str, object]) -> str:
    return base64.b64encode(json.dumps(data, allow_nan=False).encode()).decode()
