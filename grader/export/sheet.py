"""Tables as text, read and written again without loss: what is not changed stays as it is, to the byte.

Other systems compare what comes back with what they gave: byte order mark, delimiter, quoting and line ends are kept.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from grader.errors import UnfitSheet

_BOMS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
_QUOTED = r'"(?:[^"]|"")*+(?:"|\Z)'
_QUOTED_CELL = re.compile(r'"(?P<inner>(?:[^"]|"")*+)(?:"|\Z)(?P<rest>.*)', re.DOTALL)
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)?")


@dataclass(frozen=True)
class Cell:
    """One cell as it is written in the file, quotes included."""

    raw: str

    @property
    def text(self) -> str:
        """What it says."""
        match = _QUOTED_CELL.fullmatch(self.raw)
        return match["inner"].replace('""', '"') + match["rest"] if match else self.raw


@dataclass(frozen=True)
class Line:
    """A row and the line end behind it, which the last may lack."""

    cells: tuple[Cell, ...]
    end: str

    def text(self, column: int) -> str:
        """What a cell says; nothing where the row is too short for it."""
        return self.cells[column].text if 0 <= column < len(self.cells) else ""

    @property
    def is_empty(self) -> bool:
        """Whether no cell says anything."""
        return not any(cell.text.strip() for cell in self.cells)


@dataclass(frozen=True)
class Sheet:
    """A whole file."""

    lines: tuple[Line, ...]
    delimiter: str
    encoding: str
    bom: bytes

    @property
    def header(self) -> list[str]:
        """The texts of the first row."""
        return [cell.text.strip() for cell in self.lines[0].cells] if self.lines else []

    def to_bytes(self) -> bytes:
        """The file."""
        text = "".join(self.delimiter.join(cell.raw for cell in line.cells) + line.end for line in self.lines)
        return self.bom + text.encode(self.encoding)

    def changed(self, texts: Mapping[tuple[int, int], str]) -> Sheet:
        """The sheet with other texts in some cells, which are named by row and column, from 0."""
        quotes_all = all(cell.raw.startswith('"') for cell in self.lines[0].cells) if self.lines else False
        lines = list(self.lines)
        for (row, column), text in texts.items():
            cells = list(lines[row].cells)
            cells += [Cell("")] * (column + 1 - len(cells))
            cells[column] = self._written(text, quotes=quotes_all or cells[column].raw.startswith('"'))
            lines[row] = Line(tuple(cells), lines[row].end)
        return Sheet(tuple(lines), self.delimiter, self.encoding, self.bom)

    def _written(self, text: str, *, quotes: bool) -> Cell:
        needs = quotes or any(sign in text for sign in (self.delimiter, '"', "\n", "\r"))
        return Cell('"' + text.replace('"', '""') + '"' if needs else text)


def read_sheet(content: bytes | None, name: str, delimiters: str = ",;\t") -> Sheet:
    """Read a file whose delimiter is one of ``delimiters``: the one that its first row has most of.

    Raises:
        UnfitSheet: There is none, it is no text, or it is empty.
    """
    if content is None:
        raise UnfitSheet(
            "This target edits the file that was downloaded from the other system, and none was given.",
            "Download it there and name it with: --into FILE",
        )
    bom, encoding = next(((bom, code) for bom, code in _BOMS if content.startswith(bom)), (b"", "utf-8"))
    try:
        text = content[len(bom) :].decode(encoding)
    except UnicodeDecodeError:
        if bom:
            raise UnfitSheet(f"{name} is no text in {encoding.upper()}, as its beginning says.") from None
        raise UnfitSheet(
            f"{name} is not text in UTF-8.", "Use the file as it was downloaded, not one saved again by a spreadsheet."
        ) from None
    if "\0" in text or not text.strip():
        raise UnfitSheet(f"{name} is {'no table in text form' if text.strip() else 'empty'}.")
    delimiter = _delimiter(text, delimiters)
    return Sheet(tuple(_lines(text, delimiter)), delimiter, encoding, bom)


def _delimiter(text: str, known: str) -> str:
    first = re.sub(r'"[^"]*"', "", text.lstrip("\r\n").split("\n", 1)[0])
    return max(known, key=first.count)


def _lines(text: str, delimiter: str) -> list[Line]:
    """Cells begin after a delimiter or line end; a quote at the very beginning lasts to the one that closes it."""
    plain = f"[^{re.escape(delimiter)}\r\n]*"
    cell_and_end = re.compile(f"({_QUOTED}{plain}|{plain})({re.escape(delimiter)}|\r\n|\n|\r|\\Z)")
    lines: list[Line] = []
    cells: list[Cell] = []
    for match in cell_and_end.finditer(text):
        raw, end = match.groups()
        if not raw and not end and not cells:
            break  # what follows the last line end is no row
        cells.append(Cell(raw))
        if end != delimiter:
            lines.append(Line(tuple(cells), end))
            cells = []
        if not end:
            break
    return lines


def number(text: str) -> Decimal | None:
    """A number with a decimal point or comma, else None."""
    text = text.strip()
    if not _NUMBER.fullmatch(text):
        return None
    try:
        return Decimal(text.replace(",", "."))
    except InvalidOperation:
        return None


def uses_decimal_comma(texts: Sequence[str]) -> bool:
    """Whether the numbers of a file are written with a comma: some are and none has a point."""
    numbers = [text.strip() for text in texts if _NUMBER.fullmatch(text.strip())]
    return any("," in text for text in numbers) and not any("." in text for text in numbers)


_FORMULA = re.compile(r"(?:\A|(?<=[;\t\r\n]))(?=[=+\-@])")


def as_text(text: str) -> str:
    """Text for a cell that no spreadsheet takes for a formula: an apostrophe before where it begins like one.

    Where lists are separated by semicolons a cell ends at one, whatever quotes are around it. A number stays a number.
    """
    return text if number(text) is not None else _FORMULA.sub("'", text)
