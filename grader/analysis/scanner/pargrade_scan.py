"""Reads a student's program by its syntax tree and tells what it shows, as one line of JSON.

Started by path in an isolated interpreter, ``python pargrade_scan.py CONFIG``, in the folder that holds the
program; ``CONFIG`` is ``{"script": "name.py", "claims_fd": 5}``. Standard library only, and nothing of
the program is imported or run. The line fits ``grader.model.facts.SourceFacts``.

``Tree`` lists the nodes with their parents, scopes and name bindings; ``Program`` says what an expression
may be; ``Facts`` turns that into facts.
"""

from __future__ import annotations

import ast
import gc
import json
import os
import sys
import warnings

sys.path.append(os.path.dirname(os.path.abspath(__file__)))

from pargrade_scan_facts import Facts, printable
from pargrade_scan_program import Program
from pargrade_scan_tree import Tree

TYPE_CHECKING = False  # importing typing for its constant costs more start-up time than parsing does
if TYPE_CHECKING:
    from typing import Any

LONGEST_LINE = 500  # characters of a source line shown with a syntax fault
TOO_DEEP = (
    "The program is nested too deeply, or is too large, for Python to read: "
    "an expression or block stands inside too many others."
)


def scan(source: bytes) -> dict[str, Any]:
    """The facts of a program, as JSON for ``SourceFacts``. Never raises, whatever the bytes are."""
    try:
        return Facts(Program(Tree(parse(source)))).all()
    except (RecursionError, MemoryError):
        return {"unreadable": TOO_DEEP}
    except SyntaxError as error:
        if "too many nested parentheses" in str(error.msg):
            return {"unreadable": TOO_DEEP}
        return {"syntax_fault": syntax_fault(error, source)}


def parse(source: bytes) -> ast.Module:
    """The syntax tree, honouring an encoding comment.

    Raises:
        SyntaxError: It is no Python program, whatever the parser called it.
        RecursionError, MemoryError: It is nested too deeply or too large.
    """
    if b"\0" in source:  # some versions of Python call this a ValueError without a place
        line = source[: source.index(b"\0")].count(b"\n") + 1
        raise SyntaxError("source code cannot contain null bytes", ("", line, 1, ""))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            module = ast.parse(source)
            # Some faults, such as a return outside a function, show only when compiling.
            compile(module, "<program>", "exec", dont_inherit=True)
            return module
    except (SyntaxError, RecursionError, MemoryError):
        raise
    except Exception as error:  # an encoding comment may name any codec, which may raise anything
        raise SyntaxError(f"the program cannot be decoded: {error}") from error


def syntax_fault(error: SyntaxError, source: bytes) -> dict[str, Any]:
    """A ``SyntaxFault`` of the facts. The column counts bytes of UTF-8, as in the tree."""
    line = max(1, error.lineno or 1)
    text = (error.text or source_line(source, line)).rstrip("\r\n")
    column = max(1, error.offset or 1) - 1
    if error.text is not None and sys.version_info >= (3, 13):  # others count bytes already
        column = len(text[:column].encode("utf-8", "replace"))
    return {
        "message": printable(error.msg or "invalid syntax"),
        "place": {"line": line, "column": column},
        "text": printable(text.replace("\0", "")[:LONGEST_LINE]),
    }


def source_line(source: bytes, line: int) -> str:
    """A line of the program, for a message only: bytes that are no UTF-8 are replaced."""
    lines = source.splitlines()
    return lines[line - 1].decode("utf-8", "replace") if line <= len(lines) else ""


def write_line(descriptor: int, line: bytes) -> None:
    """Write all of it; a pipe takes only a part at a time."""
    rest = memoryview(line + b"\n")
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def main() -> None:
    """Scan the program named in the configuration and write the facts to the private descriptor."""
    gc.disable()  # this process gives one answer and ends; collecting would double its time
    config = json.loads(sys.argv[1])
    with open(config["script"], "rb") as file:
        source = file.read()
    write_line(config["claims_fd"], json.dumps(scan(source)).encode("ascii"))


if __name__ == "__main__":
    main()
