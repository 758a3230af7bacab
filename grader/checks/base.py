"""What a check is: one question about a submission, with examples that prove and explain it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

from grader.model.base import Frozen
from grader.model.evidence import Evidence
from grader.model.exercise import CheckSpec
from grader.model.result import EvidenceKind, Finding, Location, Verdict


@dataclass(frozen=True)
class Example:
    """A small program and what the check says about it.

    ``code`` is only the part that matters: it is put below the exercise's own functions
    (see ``grader.checks.examples``), graded for real in the tests and shown in the documentation.
    """

    code: str
    verdict: Verdict
    headline: str = ""
    """A part of the headline, to be found in it as it stands."""
    cause: str = ""


def passes(code: str) -> Example:
    """An example of a program that passes."""
    return Example(code, Verdict.PASSED)


def fails(code: str, headline: str, cause: str = "") -> Example:
    """An example of a program that fails, with a part of what the student is told."""
    return Example(code, Verdict.FAILED, headline, cause)


def partly(code: str, headline: str, cause: str = "") -> Example:
    """An example of a program that gets a part of the points."""
    return Example(code, Verdict.PARTIAL, headline, cause)


def failed(
    cause: str,
    headline: str,
    detail: str = "",
    hint: str = "",
    location: Location | None = None,
    evidence: EvidenceKind = EvidenceKind.KERNEL,
) -> Finding:
    """A failed verdict with its cause."""
    return Finding(
        verdict=Verdict.FAILED,
        cause=cause,
        headline=headline,
        detail=detail,
        hint=hint,
        location=location,
        evidence=evidence,
    )


class NoParams(Frozen):
    """A check that has nothing to set."""


class Check(ABC):
    """Decides one question from the evidence. Pure: it runs nothing and reads nothing else.

    The class docstring says, first line, what it decides; the rest, why it matters.
    """

    kind: ClassVar[str]
    exercise: ClassVar[str] = "word_count"
    """The exercise whose functions surround the examples."""
    params_model: ClassVar[type[Frozen]] = NoParams
    examples: ClassVar[tuple[Example, ...]]

    def __init__(self, spec: CheckSpec, params: Any) -> None:
        self.spec = spec
        self.params = params

    @abstractmethod
    def evaluate(self, evidence: Evidence) -> Finding | None:
        """The finding, or None when the runs did not produce the evidence this check needs."""
