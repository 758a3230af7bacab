"""A Python program as words and lines, without what a reader would call mere form.

A lexer of our own: the standard library's raises on programs that are no Python, and cuts up strings in another way
with every version. This one takes any text, in time linear to its length, and always says the same.
"""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from grader.loading.text import universal_newlines

MAX_CHARACTERS = 400_000
"""Of a program; what comes after is not looked at."""

_TOKEN = re.compile(
    r"""
    (?P<gap>[ \t\f\r]+|\\\r?\n|\#[^\n]*)
    | (?P<newline>\n)
    | (?P<string>(?i:[rbuft]{0,2})(?:
        \"\"\"(?:[^\\"]++|\\.|"(?!""))*+(?:\"\"\"|\Z|\\?)
        | '''(?:[^\\']++|\\.|'(?!''))*+(?:'''|\Z|\\?)
        | "(?:[^\\"\n]++|\\.)*+"?
        | '(?:[^\\'\n]++|\\.)*+'?
      ))
    | (?P<number>(?:\d|\.\d)[\w.]*)
    | (?P<name>[^\W\d]\w*)
    | (?P<operator>\*\*=?|//=?|>>=?|<<=?|->|:=|\.\.\.|[-+*/%&|^@=!<>]=|.)
    """,
    re.VERBOSE | re.DOTALL,
)
_OPENING = frozenset("([{")
_CLOSING = frozenset(")]}")
_KNOWN = frozenset(keyword.kwlist) | frozenset(dir(builtins))


class Kind(Enum):
    """What a token is to whoever compares programs."""

    WORD = "word"  # a keyword, a name that is not the student's own, or an operator
    OWN = "own"  # a name that the student chose
    STRING = "string"
    NUMBER = "number"
    LAYOUT = "layout"  # the end of a line, or a change of its indentation


@dataclass(frozen=True, slots=True)
class Token:
    """One token; ``line`` counts from 1."""

    kind: Kind
    text: str
    line: int


def tokens(source: str) -> tuple[Token, ...]:
    """All that counts of a program: no comments, no blank lines, no docstrings, and indentation by its depth only."""
    return tuple(_without_docstrings(_with_own_names(list(_raw(universal_newlines(source[:MAX_CHARACTERS]))))))


def normalised(found: Sequence[Token]) -> tuple[str, ...]:
    """The words of a program with the student's own names numbered as they first appear.

    Two programs that differ in names, comments and white space alone have the same.
    """
    numbers: dict[str, int] = {}
    return tuple(
        f"name {numbers.setdefault(token.text, len(numbers))}" if token.kind is Kind.OWN else token.text
        for token in found
    )


def _raw(source: str) -> Iterator[Token]:
    """Tokens with the ends of lines and changes of indentation outside of brackets; names are all words as yet."""
    line, depth = 1, 0
    indents = [0]
    begun = False  # whether the line has a token
    column = 0
    for found in _TOKEN.finditer(source):
        text, kind = found[0], found.lastgroup
        if kind == "newline":
            if begun and not depth:
                yield Token(Kind.LAYOUT, "end of line", line)
                begun = False
            column = 0 if not depth else column
        elif kind == "gap":
            column = _column(text) if not begun and not text.startswith(("#", "\\")) else column
        else:
            if not begun:
                yield from _indentation(indents, column, line)
                begun = True
            depth = max(0, depth + (text in _OPENING) - (text in _CLOSING))
            yield Token(_KINDS.get(kind or "", Kind.WORD), text, line)
        line += text.count("\n")
    if begun:
        yield Token(Kind.LAYOUT, "end of line", line)


_KINDS = {"string": Kind.STRING, "number": Kind.NUMBER}


def _column(gap: str) -> int:
    return len(gap.replace("\r", "").replace("\f", "").expandtabs(8))


def _indentation(indents: list[int], column: int, line: int) -> Iterator[Token]:
    if column > indents[-1]:
        indents.append(column)
        yield Token(Kind.LAYOUT, "indent", line)
    while column < indents[-1]:
        indents.pop()
        yield Token(Kind.LAYOUT, "dedent", line)


def _with_own_names(found: Sequence[Token]) -> list[Token]:
    """Names that are neither Python's nor a library's are the student's own.

    A library's are those in import statements, and what stands behind a dot.
    """
    imported = _imported(found)
    result: list[Token] = []
    before = ""
    for token in found:
        own = (
            token.kind is Kind.WORD
            and token.text.isidentifier()
            and before != "."
            and token.text not in _KNOWN
            and token.text not in imported
            and not token.text.startswith("__")
        )
        result.append(Token(Kind.OWN, token.text, token.line) if own else token)
        before = token.text
    return result


def _imported(found: Sequence[Token]) -> set[str]:
    names: set[str] = set()
    first, importing = True, False
    for token in found:
        if first and token.kind is not Kind.LAYOUT:
            importing = token.text in ("import", "from")
        first = token.kind is Kind.LAYOUT
        if importing and token.kind is Kind.WORD and token.text.isidentifier():
            names.add(token.text)
    return names


def _without_docstrings(found: Sequence[Token]) -> Iterator[Token]:
    """Leaves out strings that are a statement of their own, with the end of their line."""
    at = 0
    while at < len(found):
        alone = (
            found[at].kind is Kind.STRING
            and (at == 0 or found[at - 1].kind is Kind.LAYOUT)
            and (at + 1 == len(found) or found[at + 1].text == "end of line")
        )
        if alone:
            at += 2
        else:
            yield found[at]
            at += 1
