"""The other systems' own rules for what is uploaded, written again from their sources or documentation.

Each reads a file as the system would and gives the grades that it would then have.
"""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal


def php_csv(text: str, delimiter: str = ",") -> list[list[str]]:
    """Rows as PHP's ``fgetcsv`` reads them: within quotes, a backslash hides the quote after it."""
    rows: list[list[str]] = [[]]
    cell, quoted, place = "", False, 0
    while place < len(text):
        sign = text[place]
        if quoted and sign == "\\" and text[place + 1 : place + 2] == '"':
            cell += '\\"'
            place += 2
            continue
        if quoted and sign == '"' and text[place + 1 : place + 2] == '"':
            cell += '"'
            place += 2
            continue
        if sign == '"':
            quoted = not quoted
        elif quoted:
            cell += sign
        elif sign == delimiter:
            rows[-1].append(cell)
            cell = ""
        elif sign == "\n":
            rows[-1].append(cell)
            rows.append([])
            cell = ""
        elif sign != "\r":
            cell += sign
        place += 1
    if cell or rows[-1]:
        rows[-1].append(cell)
    return [row for row in rows if row]


class Moodle:
    """``mod/assign/feedback/offline/importgradeslib.php``: columns by title, people by digits, many rows skipped."""

    def __init__(
        self,
        participants: Sequence[int],
        titles: Mapping[str, str] | None = None,
        hidden_user: str = "Participant ",
        grades: Mapping[int, Decimal] | None = None,
        locked: Sequence[int] = (),
        maximum: Decimal = Decimal(10),
        decimal: str = ".",
        delimiter: str = ",",
    ) -> None:
        self.participants = participants
        self.titles = titles or {
            "id": "Identifier",
            "grade": "Grade",
            "modified": "Last modified (grade)",
            "comment": "Feedback comments",
        }
        self.hidden_user = hidden_user
        self.grades = dict(grades or {})
        self.locked = locked
        self.maximum = maximum
        self.decimal = decimal
        self.delimiter = delimiter
        self.comments: dict[int, str] = {}

    def upload(self, content: bytes) -> dict[int, Decimal]:
        head, *rows = php_csv(content.decode("utf-8-sig"), self.delimiter)
        at = {what: head.index(title) for what, title in self.titles.items() if title in head}
        assert {"id", "grade", "modified"} <= at.keys()
        for row in rows:
            number = int(row[at["id"]].replace(self.hidden_user, ""))
            if number not in self.participants or number in self.locked:
                continue
            told = row[at["grade"]].strip()
            if told not in ("", "-"):
                grade = Decimal(told.replace(self.decimal, "."))
                never_graded = row[at["modified"]] == "-"
                if 0 <= grade <= self.maximum and (never_graded or number in self.grades):
                    self.grades[number] = grade
            if at.get("comment") and row[at["comment"]]:
                self.comments[number] = row[at["comment"]]
        return self.grades

    def reads(self, number: int) -> str:
        """A comment as a student reads it."""
        return html.unescape(re.sub(r"</?p>", "", self.comments[number]).replace("<br>", "\n"))


class CanvasRefuses(Exception):
    pass


def canvas(content: bytes) -> tuple[dict[str, Decimal | str], list[str]]:
    """``lib/gradebook_importer.rb``: grades by ID for the column ``Exercise 1 (4711)``, and new assignments."""
    text = content.decode("utf-8-sig")
    first = text.split("\n", 1)[0]
    rows = list(
        csv.reader(io.StringIO(text, newline=""), delimiter=";" if first.count(";") > first.count(",") else ",")
    )
    head = rows[0]
    if len(head) <= 3 or "Student" not in head[0] or "ID" not in head[1]:
        raise CanvasRefuses(head)
    identity = {"Student", "ID", "SIS User ID", "SIS Login ID", "Integration ID", "Root Account", "Section"}
    count = next(place for place, title in enumerate(head) if title not in identity)
    if "Section" not in head[count - 1]:
        raise CanvasRefuses(head)
    new = []
    column = None
    for place, title in list(enumerate(head))[count:]:
        if re.search(r"(Current|Final) (Score|Points|Grade)|^Override ", title):
            continue
        match = re.fullmatch(r"(.*) \((\d+)\)", title)
        if match is None:
            new.append(title)
        elif match[2] == "4711":
            column = place
    grades: dict[str, Decimal | str] = {}
    for row in rows[1:]:
        if not any(row) or "Points Possible" in row[0] or "Manual Posting" in row:
            continue
        told = row[column].strip() if column is not None else ""
        if told.upper() == "EX":
            grades[row[1]] = "EX"
        elif told:
            grades[row[1]] = Decimal(told.replace(",", "."))
    return grades, new


def brightspace(content: bytes, item: str, delimiter: str = ",") -> dict[str, Decimal]:
    """By user name, without the number sign that the export puts before it; every row has to end with one."""
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=delimiter))
    head = rows[0]
    assert head[-1] == "End-of-Line Indicator"
    column = next(place for place, title in enumerate(head) if title.startswith(f"{item} Points Grade"))
    name = head.index("Username")
    grades = {}
    for row in rows[1:]:
        assert row[-1] == "#"
        assert len(row) == len(head)
        if row[column]:
            grades[row[name].removeprefix("#")] = Decimal(row[column].replace(",", "."))
    return grades


def blackboard(content: bytes) -> dict[str, Decimal]:
    """By user name; a column without its number would become one with text."""
    text = content.decode("utf-16") if content.startswith((b"\xff\xfe", b"\xfe\xff")) else content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter="\t"))
    (column,) = [place for place, title in enumerate(rows[0]) if re.search(r"\|\d+$", title)]
    name = rows[0].index("Username")
    return {row[name]: Decimal(row[column]) for row in rows[1:] if re.fullmatch(r"[\d.]+", row[column])}


def sakai(content: bytes) -> dict[str, Decimal]:
    """A title line, an empty line, the header, then rows by display ID."""
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert rows[1] == []
    assert rows[2] == ["Display ID", "ID", "Last Name", "First Name", "grade"]
    return {row[0]: Decimal(row[4]) for row in rows[3:] if row[4]}


def moodle_folder(path: str) -> tuple[int, str, str]:
    """``mod/assign/feedback/file/importziplib.php``: the participant, the plugin, and the file below."""
    folder, _, below = path.partition("/")
    parts = folder.split("_", 4)
    assert parts[1].isdigit()
    assert "_".join(parts[2:4]) in ("assignsubmission_file", "assignsubmission_onlinetext")
    assert not below.rpartition("/")[2].startswith((".", "~"))
    return int(parts[1]), "_".join(parts[2:4]), below
