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
    """The location of a program line; None for line 0, which is nowhere.

    ``line`` counts from 1, ``column`` from 0 in UTF-8 bytes, as the ``ast`` module and tracebacks count.
    """
    if line < 1:
        return None
    text = submission.line_text(line)
    cell = None
    shown = line
    if submission.origin and line <= len(submission.origin):
        cell, shown = submission.origin[line - 1].cell, submission.origin[line - 1].line
    return Location(
        file=submission.name,
        line=shown,
        column=None if column is None else len(text.encode()[:column].decode("utf-8", "ignore")) + 1,
        cell=cell,
        excerpt=text[:LONGEST_EXCERPT],
    )


def at(evidence: Evidence, place: Place | None) -> Location | None:
    """The location of a place from the syntax tree."""
    return None if place is None else locate(evidence.submission, place.line, place.column)


def where_defined(submission: Submission, name: str) -> int | None:
    """The first line, counted from 1, at which a name is defined at the left margin, or None."""
    found = re.search(
        rf"^(?:(?:async )?def |class )?{re.escape(name)}\b\s*(?:[(:]|=(?!=))", submission.source, re.MULTILINE
    )
    return submission.source.count("\n", 0, found.start()) + 1 if found else None


def where_raised(evidence: Evidence, error: Raised) -> Location | None:
    """The innermost line of the program in a traceback; the worker's own traceback goes first."""
    name = re.escape(evidence.submission.script_name)
    remote = re.findall(rf'File "[^"\n]*{name}", line (\d+)', error.remote)
    if remote:
        return locate(evidence.submission, int(remote[-1]))
    return locate(evidence.submission, error.frames[-1].line) if error.frames else None
