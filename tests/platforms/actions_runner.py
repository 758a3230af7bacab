"""What the runner of GitHub Actions makes of a log and of the files for outputs, written after its sources.

``src/Runner.Common/ActionCommand.cs``, ``src/Runner.Worker/ActionCommandManager.cs`` and ``FileCommandManager.cs`` of
``actions/runner``: an oracle for tests.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

KNOWN = {
    "add-mask",
    "add-matcher",
    "add-path",
    "debug",
    "echo",
    "endgroup",
    "error",
    "group",
    "notice",
    "remove-matcher",
    "save-state",
    "set-env",
    "set-output",
    "stop-commands",
    "warning",
}


@dataclass(frozen=True)
class Obeyed:
    """A line of the log that the runner takes for a command."""

    name: str
    data: str
    properties: dict[str, str] = field(default_factory=dict)


def obeyed(log: str) -> list[Obeyed]:
    """The commands in a log, without what only stops and resumes their reading."""
    found, stopped = [], None
    for line in re.split(r"\r\n|\r|\n", log):
        if stopped is not None:
            one = _second_form(line, {stopped}) or _first_form(line, {stopped})
            stopped = None if one else stopped
            continue
        one = _second_form(line, KNOWN) or _first_form(line, KNOWN)
        if one is not None and one.name == "stop-commands":
            stopped = one.data
        elif one is not None:
            found.append(one)
    return found


def _second_form(line: str, known: set[str]) -> Obeyed | None:
    """``::name key=value,key=value::data`` at the start of the line."""
    line = line.lstrip()
    end = line.find("::", 2)
    if not line.startswith("::") or end < 0:
        return None
    name, _, told = line[2:end].partition(" ")
    if name not in known:
        return None
    pairs = (part.partition("=") for part in told.strip().split(",") if part)
    properties = {key: _read(value, "\r\n:,") for key, _, value in pairs if value}
    return Obeyed(name, _read(line[end + 2 :], "\r\n"), properties)


def _first_form(line: str, known: set[str]) -> Obeyed | None:
    """``##[name key=value;key=value]data`` anywhere in the line."""
    start = line.find("##[")
    end = line.find("]", start)
    if start < 0 or end < 0:
        return None
    name = line[start + 3 : end].partition(" ")[0]
    return Obeyed(name, _read(line[end + 1 :], ";\r\n]")) if name in known else None


def _read(text: str, escaped: str) -> str:
    for character in escaped:
        text = text.replace(f"%{ord(character):02X}", character)
    return text.replace("%25", "%")


def entries(text: str) -> dict[str, str]:
    """The entries of ``$GITHUB_OUTPUT`` or ``$GITHUB_ENV``; a later one replaces an earlier one of its name."""
    found: dict[str, str] = {}
    lines = iter(text.split("\n"))
    for line in lines:
        if not line:
            continue
        equals, heredoc = line.find("="), line.find("<<")
        if equals >= 0 and (heredoc < 0 or equals < heredoc):
            found[line[:equals]] = line[equals + 1 :]
            continue
        assert heredoc > 0, f"not an entry: {line!r}"
        name, end = line[:heredoc], line[heredoc + 2 :]
        value = []
        for part in lines:
            if part == end:
                break
            value.append(part)
        else:
            raise AssertionError(f"no end of {name!r}")
        found[name] = "\n".join(value)
    return found
