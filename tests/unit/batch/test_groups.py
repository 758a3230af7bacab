"""A class falls into groups by what went wrong, and by what is one program."""

from __future__ import annotations

from decimal import Decimal

from grader.batch.groups import DiagnosisGroup, SourceGroup, by_diagnosis, by_source
from grader.model.result import CheckResult, EvidenceKind, Verdict


def result(check_id: str, verdict: Verdict, cause: str = "", headline: str = "wrong", hint: str = "try") -> CheckResult:
    return CheckResult(
        id=check_id,
        title=f"About {check_id}",
        topic="topic",
        verdict=verdict,
        points=Decimal(0),
        max_points=Decimal(1),
        headline=headline,
        hint=hint,
        cause=cause,
        evidence=EvidenceKind.SOURCE,
    )


def test_students_with_one_diagnosis_are_a_group() -> None:
    groups = by_diagnosis(
        [
            (
                "bob",
                [result("chunksize", Verdict.FAILED, "too-small", "Line 3 is wrong."), result("runs", Verdict.PASSED)],
            ),
            ("ada", [result("chunksize", Verdict.PARTIAL, "too-small", "Line 4 is wrong.")]),
            ("cyd", [result("chunksize", Verdict.FAILED, "too-small", "Line 4 is wrong.")]),
            ("dan", [result("chunksize", Verdict.FAILED, "missing"), result("output", Verdict.FAILED)]),
            ("eve", [result("chunksize", Verdict.INCONCLUSIVE, "too-small"), result("output", Verdict.SKIPPED)]),
        ]
    )

    assert groups == (
        DiagnosisGroup("chunksize", "About chunksize", "too-small", "Line 4 is wrong.", "try", ("ada", "bob", "cyd")),
        DiagnosisGroup("chunksize", "About chunksize", "missing", "wrong", "try", ("dan",)),
        DiagnosisGroup("output", "About output", "", "wrong", "try", ("dan",)),
    )


def test_students_with_one_program_are_a_group() -> None:
    groups = by_source(
        [
            ("cyd", "def f(a):\n    return a + 1\n"),
            ("ada", "def g(b):  # mine\n\treturn b+1"),
            ("bob", "def f(a):\n    return a - 1\n"),
            ("dan", ""),
            ("eve", "# nothing\n"),
            ("fay", "x = (((\n"),
            ("gus", "y = (((\n"),
        ]
    )

    assert [group.students for group in groups] == [("ada", "cyd"), ("fay", "gus")]
    assert all(isinstance(group, SourceGroup) and len(group.digest) == 64 for group in groups)
