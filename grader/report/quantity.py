"""Numbers with their units, as precise as they are known."""

from __future__ import annotations

from decimal import Decimal


def points(value: Decimal) -> str:
    """Points without needless zeros: ``1``, ``0.5``, ``6.67``."""
    text = f"{value:.2f}"
    return text.rstrip("0").rstrip(".")


def counted(number: int, noun: str, plural: str = "") -> str:
    """A number with its noun: ``1 chunk``, ``19 chunks``."""
    return f"{number:,} {noun if number == 1 else plural or noun + 's'}"


def seconds(value: float) -> str:
    """A duration to two or three digits: ``12 ms``, ``0.84 s``, ``3.1 s``, ``2 min 5 s``."""
    if value < 0.0995:
        return f"{value * 1000:.0f} ms" if value >= 0.00095 or value == 0 else "under 1 ms"
    if value < 0.995:
        return f"{value:.2f} s"
    if value < 59.95:
        return f"{value:.1f} s"
    whole = round(value)
    return f"{whole // 60} min {whole % 60} s"


def size(value: int) -> str:
    """A number of bytes to two or three digits: ``512 B``, ``48 kB``, ``5.3 MB``."""
    amount = float(value)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 999.5 or unit == "GB":
            return f"{amount:.1f} {unit}" if amount < 9.95 and unit != "B" else f"{amount:.0f} {unit}"
        amount /= 1000
    raise AssertionError("the last unit takes every size")
