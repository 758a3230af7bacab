"""What a GitHub Actions job reads: commands in its log, and entries in the files it names.

Formats: "Workflow commands for GitHub Actions" of GitHub's documentation, and the parser in
``actions/runner`` (``src/Runner.Common/ActionCommand.cs``), which unescapes ``%25`` last.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from grader.report.visible import without_commands


class Level(StrEnum):
    """How an annotation is shown."""

    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


@dataclass(frozen=True)
class Annotation:
    """A message at a line of a file. ``file`` is a path from the top of the repository; empty for no place.

    ``line`` and ``column`` count from 1; 0 for none.
    """

    level: Level
    title: str
    message: str
    file: str = ""
    line: int = 0
    column: int = 0


def command(annotation: Annotation) -> str:
    """The annotation as one line of the log, without a line break at its end."""
    properties = {
        "file": annotation.file,
        "line": annotation.line or "",
        "col": annotation.column or "",
        "title": annotation.title,
    }
    told = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items() if value != "")
    return f"::{annotation.level} {told}::{_data(annotation.message)}"


def _data(text: str) -> str:
    text = text.encode("utf-8", "backslashreplace").decode()  # a file's name need not be text
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _random_word() -> str:
    return f"pargrade-{secrets.token_hex(16)}"


def as_text(text: str, word: Callable[[], str] = _random_word) -> str:
    """The text as lines of the log that are read as text only, whatever stands in them.

    The runner obeys no command between the two lines with a ``word`` that nobody could foresee; and no line of the
    text looks like one anyway.
    """
    key = word()
    body = without_commands(text).rstrip("\n")
    return f"::stop-commands::{key}\n{body}\n::{key}::\n"


def entry(name: str, value: str, word: Callable[[], str] = _random_word) -> str:
    """An entry of the file ``$GITHUB_OUTPUT`` or ``$GITHUB_ENV``; the value may have any characters and lines.

    Raises:
        ValueError: The value has the word that ends it: it was foreseen, so nothing may be written.
    """
    end = word()
    if end in value:
        raise ValueError("the value holds the word that shall end it")
    return f"{name}<<{end}\n{value}\n{end}\n"
