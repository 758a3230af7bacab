"""Text of students made safe to look at: what is invisible or would steer a terminal or a CI run shows as a sign."""

from __future__ import annotations

import re
import unicodedata

LONGEST_LINE = 400
"""Characters of one line that are shown; a longer one is cut and its length told."""

# Control characters, surrogates, private use, line separators, everything that changes the direction or
# takes no room (Unicode's default ignorables), and letters that look like a blank. U+FE0F stays: it only
# picks the coloured form of a sign.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u0600-\u0605\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u2800\u3164\ud800-\uf8ff\ufdd0-\ufdef\ufe00-\ufe0e\ufeff\uffa0"
    "\ufff0-\ufffb\ufffe\uffff\U000e0000-\U0010ffff]"
)

# What a CI service takes for a command when it reads it in the log of a job: ``::error::`` at the start of a line
# (GitHub), ``##vso[`` and ``##[`` anywhere (Azure, GitHub), ``##teamcity[``. A wrapped line may start anywhere.
_COMMANDS = re.compile(r"(?:::(?=[\w-]{1,40}+(?: [^\n]{0,400}?)?::)|##(?=\[|vso\[|teamcity\[))", re.ASCII)

_LINE_START = re.compile(r"((?:\A|[\n\r\x85\u2028\u2029])\s*)::")
_ANYWHERE = re.compile(r"##(?=\[|vso\[|teamcity\[)")


def _sign(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _first_as_escape(match: re.Match[str]) -> str:
    return f"\\x{ord(match[0][0]):02x}{match[0][1:]}"


def escape_hidden(text: str) -> str:
    """Show each hidden character as a sign (``␛``) or its escape (``\\u202e``); tabs become four blanks.

    The first character of what a CI service would take for a command becomes an escape, too (``\\x3a:error::``).
    """
    visible = _HIDDEN.sub(_sign, text.replace("\r\n", "\n").replace("\t", "    "))
    return _COMMANDS.sub(_first_as_escape, visible)


def without_commands(text: str) -> str:
    """The text with no line of it a command to a CI service, whatever was joined, cut or wrapped to make it.

    The last step before a text goes into the log of a job. A runner of GitHub takes a line for a command that begins,
    after blanks, with ``::``, or that has ``##[`` or, at Azure, ``##vso[`` anywhere.
    """
    return _LINE_START.sub(r"\g<1>\\x3a:", _ANYWHERE.sub(_first_as_escape, text))


def escape_hidden_in_json(text: str) -> str:
    """Write each hidden character of a JSON document as ``\\uXXXX``: the document keeps its meaning."""

    def escape(match: re.Match[str]) -> str:
        units = match[0].encode("utf-16-be", "surrogatepass").hex()
        return "".join(f"\\u{units[start : start + 4]}" for start in range(0, len(units), 4))

    return _COMMANDS.sub(lambda match: f"\\u{ord(match[0][0]):04x}{match[0][1:]}", _HIDDEN.sub(escape, text))


def cut(line: str, longest: int = LONGEST_LINE) -> str:
    """The line, or its beginning and how long it really is: ``… (12,345 characters)``."""
    return line if len(line) <= longest else f"{line[:longest]}… ({len(line):,} characters)"


def block(text: str, *, lines: int = 200, longest: int = LONGEST_LINE) -> str:
    """Text of several lines, each made visible and cut; of more than ``lines`` lines the first are shown."""
    every = text.replace("\r\n", "\n").strip("\n").split("\n")
    shown = [escape_hidden(cut(line, longest)).rstrip() for line in every[:lines]]
    if len(every) > lines:
        shown.append(f"… ({len(every):,} lines)")
    return "\n".join(shown)


def inline(text: str) -> str:
    """Text for one line: line breaks are shown as ``⏎``."""
    return escape_hidden(cut(text.strip())).replace("\n", " ⏎ ")


def cells(text: str) -> int:
    """The columns a text takes in a fixed-width font; East Asian wide characters take two."""
    return sum(_cells_of(character) for character in text)


def _cells_of(character: str) -> int:
    if unicodedata.combining(character) or character == "\ufe0f":
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def around(text: str, offset: int, room: int) -> tuple[str, int]:
    """The part of a line around a column that fits into ``room`` columns, and the column's place in it.

    ``text`` is already visible and ``offset`` counts columns, both as a fixed-width font shows them.
    """
    if cells(text) <= room:
        return text, offset
    start, skipped = 0, 0
    target = max(0, offset - room // 2)
    while start < len(text) and skipped < target:
        skipped += _cells_of(text[start])
        start += 1
    lead = "…" if start else ""
    kept, used = lead, len(lead)
    for character in text[start:]:
        if used + _cells_of(character) > room - 1:
            return kept + "…", min(offset - skipped + len(lead), room - 1)
        kept += character
        used += _cells_of(character)
    return kept, offset - skipped + len(lead)
