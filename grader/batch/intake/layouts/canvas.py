"""Canvas's "Download Submissions": flat files, each with the student's and the attachment's number in its name.

Written after ``lib/content_zipper.rb`` of canvas-lms. Names are lower-cased there and lose all that is no letter or
digit. The archive holds the newest attempt only; a file handed in anew is called ``my_script-1.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from grader.batch.intake.layouts.base import Asked, Layout, Piece, Texts, padded
from grader.batch.intake.names import key_of
from grader.batch.records import Student

_LATE = r"(?P<late>LATE_)?"
_FILE = re.compile(
    rf"^(?P<name>[^_]*(?:_[^\d_][^_]*)*?)_{_LATE}(?P<user>\d+)_(?P<attachment>\d+)_(?P<file>.+)$",
)
_ANONYMOUS_FILE = re.compile(rf"^{_LATE}anon_(?P<anonymous>[A-Za-z0-9]+)_(?P<attachment>\d+)_(?P<file>.+)$")
_TYPED = re.compile(rf"^(?P<name>.+?)_{_LATE}(?P<user>\d+)_(?P<kind>text|link)\.html$")
_ANONYMOUS_TYPED = re.compile(rf"^{_LATE}anon_(?P<anonymous>[A-Za-z0-9]+)_(?P<kind>text|link)\.html$")
_WHY = {
    "text": "it is text that was typed into the browser; no file was handed in",
    "link": "it is a web address; no file was handed in",
}


def pieces(names: Sequence[str], _: Texts, __: Asked) -> Iterable[Piece]:
    """Files, typed text and web addresses; late ones are marked."""
    for path in names:
        last = path.rsplit("/", 1)[-1]
        above = path.removesuffix(last)
        # A file first: it may be called by its student as typed text is by Canvas.
        if found := _ANONYMOUS_FILE.match(last) or _FILE.match(last):
            yield Piece(
                path,
                found["file"],
                _student(found),
                above,
                newer=(padded(found["attachment"]),),
                late=bool(found["late"]),
                versioned=True,
            )
        elif found := _ANONYMOUS_TYPED.match(last) or _TYPED.match(last):
            kind = found["kind"]
            yield Piece(path, f"{kind}.html", _student(found), above, late=bool(found["late"]), unusable=_WHY[kind])


def _student(found: re.Match[str]) -> Student:
    named = found.groupdict()
    anonymous = named.get("anonymous")
    if anonymous is not None:
        return Student(key_of(f"canvas-anon-{anonymous}"), f"anonymous {anonymous}", {"canvas_anonymous": anonymous})
    return Student(f"canvas-{found['user']}", found["name"].replace("_", " ").strip(), {"canvas_id": found["user"]})


LAYOUT = Layout("Canvas", "lovelaceada_LATE_4711_98765_my_script.py", pieces)
