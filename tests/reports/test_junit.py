from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from grader.model.grade import Grade, Status
from grader.model.result import Verdict
from grader.report.junit import render_junit
from grader.testing import a_check, a_grade


def suite_of(grade: Grade) -> ET.Element:
    suite = ET.fromstring(render_junit(grade).encode()).find("testsuite")
    assert suite is not None
    return suite


def test_the_counts_are_those_of_the_cases(sample: Grade) -> None:
    suite = suite_of(sample)

    cases = suite.findall("testcase")
    assert int(suite.attrib["tests"]) == len(cases)
    for count, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        assert int(suite.attrib[count]) == sum(case.find(tag) is not None for case in cases)


@pytest.mark.parametrize(
    ("verdict", "tag"),
    [
        (Verdict.FAILED, "failure"),
        (Verdict.PARTIAL, "failure"),
        (Verdict.ERRORED, "error"),
        (Verdict.SKIPPED, "skipped"),
        (Verdict.INCONCLUSIVE, "skipped"),
    ],
)
def test_a_verdict_has_its_outcome_with_our_words(verdict: Verdict, tag: str) -> None:
    told = suite_of(a_grade([a_check(verdict=verdict, headline="Why.", hint="This.")])).find(f"testcase/{tag}")

    assert told is not None
    assert told.attrib == {"type": verdict.value, "message": "Why."}
    assert "Try: This." in (told.text or "")


def test_a_passed_check_is_an_empty_case() -> None:
    case = suite_of(a_grade([a_check("output")])).find("testcase")

    assert case is not None
    assert case.attrib["name"].startswith("output: ")
    assert list(case) == []


@pytest.mark.parametrize("status", [Status.NEEDS_REVIEW, Status.NOT_GRADED])
def test_a_grade_for_a_person_to_look_at_is_never_green(status: Status) -> None:
    suite = suite_of(a_grade(status=status, review_reasons=("Look here.",)))

    assert suite.attrib["errors"] == "1"
    assert suite.findtext("testcase[@name='grade']/error") == "Look here."


# attacks: 87, 135
def test_characters_that_xml_forbids_are_shown_instead() -> None:
    check = a_check(verdict=Verdict.FAILED, headline="\x00\x1b[1m\ufffe\ud800 ]]> <b>&amp;")

    failure = suite_of(a_grade([check])).find("testcase/failure")

    assert failure is not None
    assert failure.attrib["message"] == r"␀␛[1m\ufffe\ud800 ]]> <b>&amp;"
