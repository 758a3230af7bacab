"""Dates and times as rosters tell them: in ISO form, with dots, and as Moodle writes them in English."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import datetime

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_CLOCK = r",? (?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2}))?(?: ?(?P<half>[ap])\.?m\.?)?"
_FORMS = (
    # Monday, 23 November 2026, 5:17 AM: strftimedaydatetime of Moodle's English
    re.compile(rf"(?:[a-z]+, )?(?P<day>[0-9]{{1,2}}) (?P<month>[a-z]{{3,9}}) (?P<year>[0-9]{{4}}){_CLOCK}"),
    # 23.11.2026 17:05; with slashes it would not be clear which is the day
    re.compile(rf"(?P<day>[0-9]{{1,2}})\.(?P<month>[0-9]{{1,2}})\.(?P<year>[0-9]{{4}}){_CLOCK}"),
)


def moment(text: str) -> datetime | None:
    """The moment, in this machine's zone where none is told; None where the text is no date with a time."""
    plain = " ".join(text.lower().split())
    for form in _FORMS:
        if match := form.fullmatch(plain):
            with suppress(ValueError, OverflowError):
                return datetime(*_numbers(match)).astimezone()
            return None
    with suppress(ValueError, OverflowError):
        return datetime.fromisoformat(text.strip()).astimezone() if ":" in text else None
    return None


def _numbers(match: re.Match[str]) -> tuple[int, int, int, int, int, int]:
    """Year, month, day, hour, minute, second.

    Raises:
        ValueError: There is no such month, or no such hour on a clock with two halves.
    """
    word, hour, half = match["month"], int(match["hour"]), match["half"]
    if half and not 1 <= hour <= 12:
        raise ValueError(hour)
    if half:
        hour = hour % 12 + (12 if half == "p" else 0)
    month = int(word) if word.isdecimal() else _MONTHS.index(word[:3]) + 1
    return int(match["year"]), month, int(match["day"]), hour, int(match["minute"]), int(match["second"] or 0)
