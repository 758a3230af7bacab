"""Places in the submission, as the student knows them."""

from __future__ import annotations

import re

from grader.model.evidence import Evidence
from grader.model.facts import Place
from grader.model.result import Location
from grader.model.submission import Submission
from grader.model.trace import Raised

LONGEST_EXCERPT = 300


def locate(submission: Submission, line: int, column: int | None = None) -> Location | None:
    """The location of a program line (from 1) and column (from 0); None for line 0, which is nowhere."""
    if line < 1:
        return None
    cell = None
    shown = line
    if submission.origin and line <= len(submission.origin):
        cell, shown = submission.origin[line - 1].cell, submission.origin[line - 1].line
    return Location(
        file=submission.name,
        line=shown,
        column=None if column is None else column + 1,
        cell=cell,
        excerpt=submission.line_text(line)[:LONGEST_EXCERPT],
    )


def at(evidence: Evidence, place: Place | None) -> Location | None:
    """The location of a place from the syntax tree."""
    return None if place is None else locate(evidence.submission, place.line, place.column)


def where_raised(evidence: Evidence, error: Raised) -> Location | None:
    """The innermost line of the program in a traceback; the worker's own traceback goes first."""
    name = re.escape(evidence.submission.script_name)
    remote = re.findall(rf'File "[^"\n]*{name}", line (\d+)', error.remote)
    if remote:
        return locate(evidence.submission, int(remote[-1]))
    return locate(evidence.submission, error.frames[-1].line) if error.frames else None
