"""What a student handed in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from grader.model.base import Raw


class SubmissionKind(StrEnum):
    """How the source was stored; both kinds are run and judged alike."""

    SCRIPT = "script"
    NOTEBOOK = "notebook"


@dataclass(frozen=True)
class SourceLine:
    """Where a line of the program comes from: in a notebook, the code cell and the line in it."""

    cell: int
    line: int


@dataclass(frozen=True)
class Fault:
    """Why the file as handed in cannot be run at all. It is the student's to mend, so it is graded 0."""

    cause: str
    headline: str
    detail: str = ""
    hint: str = ""


@dataclass(frozen=True)
class Submission:
    """The program a student handed in, ready to be run.

    ``program`` is what runs, byte for byte as the student's editor saved it (a notebook becomes its
    code cells in order); ``source`` is the same as text, for excerpts. With a ``fault`` both are empty.
    """

    name: str
    kind: SubmissionKind
    sha256: str
    program: Raw = b""
    source: str = ""
    files: Mapping[str, Raw] = field(default_factory=dict)
    """Files beside the program that it needs: modules it imports, files its cells write."""
    siblings: tuple[str, ...] = ()
    """Names of all Python files beside the program, for the ones that hide a standard module."""
    origin: tuple[SourceLine, ...] = ()
    """For a notebook: for each line of ``source``, the cell and line it came from; else empty."""
    notes: tuple[str, ...] = ()
    """What was left out or changed while reading, one plain sentence each."""
    exercise_hint: str | None = None
    fault: Fault | None = None

    @property
    def script_name(self) -> str:
        """The name under which the program is laid into the work folder."""
        return self.name if self.kind is SubmissionKind.SCRIPT else self.name.rsplit(".", 1)[0] + ".py"

    def line_text(self, line: int) -> str:
        """The source line with this 1-based number, or an empty string."""
        lines = self.source.split("\n")  # not splitlines: Python counts no form feed as a line end
        return lines[line - 1] if 0 < line <= len(lines) else ""
