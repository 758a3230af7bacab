"""What a check concluded."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from grader.model.base import Frozen, Points


class Verdict(StrEnum):
    """What one check concluded. No default exists: every result names its verdict."""

    PASSED = "passed"
    PARTIAL = "partial"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"  # cannot tell; never costs points
    SKIPPED = "skipped"  # another check has to pass first
    ERRORED = "errored"  # the grader broke; never costs points


class EvidenceKind(StrEnum):
    """What a verdict rests on, from the strongest to the weakest."""

    KERNEL = "kernel"  # what the operating system reported
    WIRE = "wire"  # messages read from outside the student's process
    ANSWERS = "answers"  # output compared by the parent on unseen input
    SOURCE = "source"  # the syntax tree
    SELF_REPORTED = "self-reported"  # told by the student's interpreter


class Location(Frozen):
    """A place in what was handed in: line counted from 1, column from 1, ``excerpt`` the source line.

    In a notebook ``cell`` is the number of the code cell and ``line`` the line in it.
    """

    file: str
    line: int
    column: int | None = None
    cell: int | None = None
    excerpt: str = ""


class Finding(Frozen):
    """What a check says before points are given.

    ``share`` is the part of the points earned by a ``partial`` verdict, between 0 and 1.
    ``cause`` is the stable name of the diagnosis, such as ``lambda-mapped``.
    """

    verdict: Verdict
    headline: str
    evidence: EvidenceKind
    detail: str = ""
    hint: str = ""
    location: Location | None = None
    cause: str = ""
    share: Annotated[Decimal, Field(ge=0, le=1)] = Decimal(0)


class CheckResult(Frozen):
    """A check's verdict with its points: one row of the report."""

    id: str
    title: str
    topic: str
    verdict: Verdict
    points: Points
    max_points: Points
    headline: str
    detail: str = ""
    hint: str = ""
    location: Location | None = None
    cause: str = ""
    evidence: EvidenceKind
    requires: tuple[str, ...] = ()
