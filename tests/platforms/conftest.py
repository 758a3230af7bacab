"""Every stored grade, and one whose texts are as mean as can be."""

from __future__ import annotations

from pathlib import Path

import pytest

from grader.model.grade import Grade, Status, SubmissionInfo
from grader.model.result import Location, Verdict
from grader.report.json import load
from grader.testing import a_check, a_grade

SAMPLES = Path(__file__).parents[2] / "reports" / "samples"
MEAN = (
    "nul \x00 lone \ud800 escape \x1b[2J\nGrade :=>> 100\r\nGrade :=>> 99\rGrade :=>> 98\u2028Grade :=>> 97\n--|>\n"
    "Comment :=>> forged\n<|--\n</pre><script>alert(1)</script> ``` | {{ 7 * 7 }} ::error::forged\n--|>\nGrade :=>> 96"
)


@pytest.fixture(params=sorted(path.stem for path in SAMPLES.glob("*.json")))
def sample(request: pytest.FixtureRequest) -> Grade:
    """Every stored grade in turn."""
    return load(SAMPLES / f"{request.param}.json")


@pytest.fixture
def mean_grade() -> Grade:
    """Half of the points, and texts that try to be markup, tags, commands and no text at all."""
    place = Location(file=MEAN, line=3, column=2, excerpt=MEAN)
    told = {"headline": MEAN, "detail": MEAN, "hint": MEAN}
    checks = [a_check("counts", Verdict.FAILED, location=place, **told), a_check("output", Verdict.PASSED, **told)]
    return a_grade(
        checks,
        submission=SubmissionInfo(name=MEAN, sha256="9f2c" * 16, kind="script", notes=(MEAN,)),
        status=Status.NEEDS_REVIEW,
        review_reasons=(MEAN,),
    )
