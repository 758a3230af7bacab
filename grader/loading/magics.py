"""Notebook magics: which lines of a cell are not Python, and what becomes of them.

IPython's rules, without running or tokenising anything: a line is a magic only where a statement
begins, so not inside a bracket, a string over several lines or after a backslash.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath

_RUN_WITHOUT = frozenset({"time", "timeit", "capture", "prun", "memit"})
_WRITE = frozenset({"writefile", "file"})
_CELL_MAGIC = re.compile(r"%%([\w.-]+)[ \t]*(.*)")
_TIME = re.compile(r"([ \t]*)%time[ \t]+(?![ \t-])")
_LINE_MAGIC = re.compile(
    r"""[ \t]*(?:
        [%!?]                                          # %magic, !command, ?help
        | [^\W\d][\w \t.,*\[\]]*=[ \t]*(?:!|%(?=\w))   # names = !command, names = %magic
        | [^\s"'\#=]+\?{1,2}[ \t]*$                    # name?  name??
        | (?:pip|conda|mamba)[ \t]+(?:install|uninstall|list|show)\b  # runs without a % too
    )""",
    re.VERBOSE,
)
_TOKEN = re.compile(r"""\#|\"{3}|'{3}|["']|[(\[{]|[)\]}]|\\$""")
_IN_STRING = {quote: re.compile(rf"\\(?:.|$)|{quote}") for quote in ('"', "'", '"""', "'''")}
_SHOWN = 60
_MAX_ARGUMENTS = 1000


@dataclass(frozen=True)
class WrittenFile:
    """A file that a cell writes; ``appends`` when it is added to what is there."""

    name: str
    content: str
    appends: bool


@dataclass(frozen=True)
class CellCode:
    """What a code cell gives to the program: lines with their number in the cell, files, and notes.

    ``notes`` are sentences to stand behind "Cell 3: ".
    """

    lines: tuple[str, ...] = ()
    has_code: bool = False
    """Whether anything is left to run besides comments."""
    written: WrittenFile | None = None
    notes: tuple[str, ...] = field(default=())


def read_cell(lines: list[str]) -> CellCode:
    """Sort one cell's lines. Lines that stay keep their position: one is never removed or added."""
    notes: list[str] = []
    lines = _dedented(lines)
    start = _next_filled(lines, 0)
    while start < len(lines) and (magic := _CELL_MAGIC.match(lines[start])):
        name, rest = magic[1], magic[2]
        if name in _WRITE:
            return _write_cell(rest, lines[start + 1 :])
        if name not in _RUN_WITHOUT:
            return CellCode(notes=(f"the cell begins with {_quoted('%%' + name)} and was not run.",))
        notes.append(f"{_quoted('%%' + name)} is for the notebook only; the cell was run without it.")
        lines[start] = f"# not run: {lines[start]}"
        start = _next_filled(lines, start + 1)
    kept, has_code, line_notes = _without_magics(lines)
    return CellCode(tuple(kept), has_code, notes=(*notes, *line_notes))


def _next_filled(lines: list[str], start: int) -> int:
    """The index of the first line from ``start`` on that is not blank."""
    return next((index for index in range(start, len(lines)) if lines[index].strip()), len(lines))


def _dedented(lines: list[str]) -> list[str]:
    """The lines without the indentation of the first one, as IPython takes a cell that is indented."""
    first = next((line for line in lines if line.strip()), "")
    margin = first[: len(first) - len(first.lstrip(" \t"))]
    return [line.removeprefix(margin) for line in lines] if margin else list(lines)


def _without_magics(lines: list[str]) -> tuple[list[str], bool, list[str]]:
    kept: list[str] = []
    notes: list[str] = []
    has_code = False
    scanner = _Scanner()
    rest = iter(lines)
    for line in rest:
        if scanner.at_statement and (timed := _TIME.match(line)):
            notes.append(f"the line {_quoted(line.strip())} was run without `%time`.")
            line = timed[1] + line[timed.end() :]
        if scanner.at_statement and _LINE_MAGIC.match(line):
            notes.append(f"the line {_quoted(line.strip())} is for the notebook only and was not run.")
            kept.extend(_replaced(line, rest))
        else:
            has_code = has_code or not _is_blank(line)
            scanner.feed(line)
            kept.append(line)
    return kept, has_code, notes


def _replaced(line: str, rest: Iterator[str]) -> Iterator[str]:
    """A comment in place of a magic, and of each line that a backslash adds to it.

    Where it is indented a statement is needed; where it is not, one would push a ``from __future__
    import`` from its place.
    """
    indent = line[: len(line) - len(line.lstrip(" \t"))]
    yield f"{indent}{'pass  ' if indent else ''}# not run: {line.strip()}"
    while line.endswith("\\"):
        following = next(rest, None)
        if following is None:
            return
        line = following
        yield f"{indent}# not run: {line.strip()}"


def _is_blank(line: str) -> bool:
    return not line.strip() or line.lstrip().startswith("#")


class _Scanner:
    """Follows strings, brackets and backslashes from line to line, to know where a statement begins."""

    def __init__(self) -> None:
        self._quote = ""
        self._depth = 0
        self._continued = False

    @property
    def at_statement(self) -> bool:
        """Whether a statement begins at the start of the next line."""
        return not self._quote and self._depth == 0 and not self._continued

    def feed(self, line: str) -> None:
        self._continued = False
        position = 0
        while position < len(line):
            position = self._skip_string(line, position) if self._quote else self._skip_code(line, position)
        if len(self._quote) == 1 and not self._continued:
            self._quote = ""  # a string on one line that is not closed: Python reports it, we go on

    def _skip_string(self, line: str, position: int) -> int:
        for found in _IN_STRING[self._quote].finditer(line, position):
            if found[0] == self._quote:
                self._quote = ""
                return found.end()
            self._continued = found[0] == "\\"
        return len(line)

    def _skip_code(self, line: str, position: int) -> int:
        found = _TOKEN.search(line, position)
        if found is None or found[0] == "#":
            return len(line)
        match found[0]:
            case "(" | "[" | "{":
                self._depth += 1
            case ")" | "]" | "}":
                self._depth = max(0, self._depth - 1)
            case "\\":
                self._continued = True
            case quote:
                self._quote = quote
        return found.end()


def _write_cell(arguments: str, body: list[str]) -> CellCode:
    words = _words(arguments[:_MAX_ARGUMENTS])
    appends = any(word in ("-a", "--append") for word in words)
    names = [word for word in words if word not in ("-a", "--append")]
    if len(names) != 1:
        return CellCode(notes=("`%%writefile` needs one file name, so nothing was written.",))
    problem = _name_problem(names[0])
    if problem:
        return CellCode(notes=(f"the file {_quoted(names[0])} was not written: {problem}.",))
    name = PurePosixPath(names[0]).as_posix()
    content = "\n".join(body).rstrip("\n") + "\n"
    return CellCode(written=WrittenFile(name, content, appends))


def _words(arguments: str) -> list[str]:
    """The arguments without their quotes; none when a quote is not closed. A backslash is only itself."""
    lexer = shlex.shlex(arguments, posix=True)
    lexer.whitespace_split, lexer.escape, lexer.commenters = True, "", ""
    try:
        return list(lexer)
    except ValueError:
        return []


def _name_problem(name: str) -> str:
    """Why a file of this name may not be laid beside the program, or an empty string."""
    parts = PurePosixPath(name).parts
    if name.startswith(("/", "\\", "~")) or ".." in parts or re.match(r"[A-Za-z]:", name):
        return "only files beside the notebook or in folders below it are"
    if not parts or "\\" in name or not name.isprintable() or len(name) > 200 or len(parts) > 8:
        return "that is no plain file name"
    return ""


def _quoted(text: str) -> str:
    """Code in the middle of a sentence, cut when it is long."""
    plain = "".join(c if c.isprintable() else " " for c in text).replace("`", "'")
    return f"`{plain if len(plain) <= _SHOWN else plain[:_SHOWN] + '...'}`"
