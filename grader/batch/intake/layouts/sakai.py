"""Sakai's "Download All": a folder per student, with the attachments in a folder of their own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from grader.batch.intake.layouts.base import Asked, Layout, Piece, Texts, text_of
from grader.batch.intake.names import key_of
from grader.batch.records import Student

_FOLDER = re.compile(r"^(?P<last>[^,/]+), (?P<first>[^/]+)\((?P<login>[^()/]+)\)$")
_ATTACHMENTS = "Submission attachment(s)"
_TYPED = "it is text that was typed into the browser; no file was handed in"


def pieces(names: Sequence[str], texts: Texts, _: Asked) -> Iterable[Piece]:
    """Attachments and typed text; feedback and comments are passed over."""
    known = set(names)
    for path in names:
        parts = path.split("/")
        index = next((index for index, part in enumerate(parts[:-1]) if _FOLDER.match(part)), None)
        if index is None:
            continue
        found = _FOLDER.match(parts[index])
        assert found is not None
        above, inner = "/".join(parts[:index]), parts[index + 1 :]
        stamp = "/".join([*parts[: index + 1], "timestamp.txt"])
        student = Student(key_of(found["login"]), f"{found['first']} {found['last']}", {"login": found["login"]})
        when = _when(text_of(texts, stamp)) if stamp in known else None
        if inner[0] == _ATTACHMENTS and len(inner) > 1:
            yield Piece(path, "/".join(inner[1:]), student, above, submitted_at=when, folder=parts[index])
        elif inner[-1].endswith("_submissionText.html"):
            yield Piece(path, inner[-1], student, above, submitted_at=when, folder=parts[index], unusable=_TYPED)
        else:
            yield Piece(path, inner[-1], student, passed_over=True)


def _when(text: str) -> datetime | None:
    """``20261123170500000``: to the millisecond, in UTC."""
    try:
        return datetime.strptime(text.strip()[:14], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None


LAYOUT = Layout("Sakai", "Lovelace, Ada(alovelace)/Submission attachment(s)/my_script.py", pieces)
