"""A grade as JUnit XML, for CI systems and everything else that shows test results."""

from __future__ import annotations

from datetime import UTC
from xml.etree import ElementTree as ET

from grader.model.grade import Grade, Status
from grader.model.result import Verdict
from grader.report.plain import explain
from grader.report.view import Row, View, build_view

_OUTCOMES = {
    Verdict.PASSED: None,
    Verdict.PARTIAL: "failure",
    Verdict.FAILED: "failure",
    Verdict.ERRORED: "error",
    Verdict.SKIPPED: "skipped",
    Verdict.INCONCLUSIVE: "skipped",
}


def render_junit(grade: Grade) -> str:
    """One test suite for the exercise, one test case for each check.

    A grade that a person must look at has one more test case, an error, so that no CI run is green by it.
    """
    view = build_view(grade)
    outcomes = [_OUTCOMES[row.verdict] for row in view.rows]
    needs_a_person = grade.status is not Status.GRADED
    counts = {
        "tests": len(outcomes) + needs_a_person,
        "failures": outcomes.count("failure"),
        "errors": outcomes.count("error") + needs_a_person,
        "skipped": outcomes.count("skipped"),
    }
    numbers = {name: str(number) for name, number in counts.items()}
    time_s = f"{sum(run.wall_s for run in grade.run.runs):.3f}"
    suites = ET.Element("testsuites", {"name": view.exercise, **numbers, "time": time_s})
    suite = ET.SubElement(
        suites,
        "testsuite",
        {
            "name": view.exercise,
            **numbers,
            "time": time_s,
            "timestamp": f"{grade.graded_at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}",
        },
    )
    _properties(suite, view)
    for row in view.rows:
        _case(suite, view, row)
    if needs_a_person:
        _review(suite, view)
    ET.indent(suites)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(suites, encoding="unicode")}\n'


def _properties(suite: ET.Element, view: View) -> None:
    properties = ET.SubElement(suite, "properties")
    facts = {
        "submission": view.file,
        "status": view.status.value,
        "score": view.score,
        "max_score": view.max_score,
        "summary": view.summary,
        "sandbox": view.sandbox,
    }
    for name, value in facts.items():
        ET.SubElement(properties, "property", {"name": name, "value": value})


def _case(suite: ET.Element, view: View, row: Row) -> None:
    case = ET.SubElement(suite, "testcase", {"classname": view.exercise, "name": f"{row.id}: {row.title}", "time": "0"})
    outcome = _OUTCOMES[row.verdict]
    if outcome is not None:
        told = ET.SubElement(case, outcome, {"type": row.verdict.value, "message": row.headline})
        told.text = f"{explain(row)}\npoints: {row.points or 'none to earn'}"


def _review(suite: ET.Element, view: View) -> None:
    case = ET.SubElement(suite, "testcase", {"classname": view.exercise, "name": "grade", "time": "0"})
    error = ET.SubElement(case, "error", {"type": view.status.value, "message": view.status_line})
    error.text = "\n".join(view.reviews)
