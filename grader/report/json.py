"""The receipt: a Grade written as JSON, and read back."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from grader.errors import BrokenReceipt, printable, reason_of
from grader.model.grade import REPORT_SCHEMA, Grade
from grader.report.visible import escape_hidden_in_json, inline

MOST_BYTES = 64 << 20
"""Of a receipt: many times what the limits let one hold."""
_FAMILY, _, _VERSION = REPORT_SCHEMA.rpartition("/v")


def dump(grade: Grade) -> str:
    """The grade as a JSON document of the schema ``pargrade/report/v1``, with a line break at its end.

    Points are plain numbers and times are UTC. Invisible characters in text are written as escapes.
    """
    data = grade.model_dump(by_alias=True)
    text = json.dumps(data, ensure_ascii=False, indent=2, allow_nan=False, default=_plain)
    return escape_hidden_in_json(text) + "\n"


def _plain(value: Any) -> str | float:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return float(value)


def load(path: Path) -> Grade:
    """Read the receipt in this file.

    Raises:
        BrokenReceipt: The file is missing, cut off, not a receipt, or written by a newer version.
    """
    try:
        with path.open("rb") as file:
            text = file.read(MOST_BYTES + 1).decode()
    except FileNotFoundError:
        raise BrokenReceipt(f"There is no receipt {str(path)!r}.", "A receipt is what --json PATH writes.") from None
    except UnicodeDecodeError:
        raise _not_ours(printable(str(path)), "it is not text in UTF-8") from None
    except (OSError, ValueError) as error:
        reason = reason_of(error)
        raise BrokenReceipt(f"The receipt {str(path)!r} cannot be read: {reason}.") from error
    if len(text) > MOST_BYTES:
        raise _not_ours(printable(str(path)), f"it has more than {MOST_BYTES >> 20} MB")
    return parse(text, printable(str(path)))


def parse(text: str, name: str = "the receipt") -> Grade:
    """Read a receipt from its text; ``name`` is what error messages call it.

    Raises:
        BrokenReceipt: The text is cut off, not a receipt, or written by a newer version.
    """
    data = _decode(text, name)
    _refuse_other_schemas(data, name)
    try:
        return Grade.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = inline(".".join(str(part) for part in first["loc"]))
        raise _not_ours(name, f"{where}: {first['msg'][0].lower()}{first['msg'][1:]}") from error


def _decode(text: str, name: str) -> dict[str, Any]:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        if text.lstrip().startswith("{") and not text.rstrip().endswith("}"):
            raise BrokenReceipt(
                f"{name} is cut off: it ends after {len(text):,} characters, in the middle of the report.",
                "Copy the file again, or grade the submission again.",
            ) from error
        raise _not_ours(name, "it is empty" if not text.strip() else "it is not JSON") from error
    if not isinstance(data, dict):
        raise _not_ours(name, "it is JSON, but not an object")
    return data


def _refuse_other_schemas(data: dict[str, Any], name: str) -> None:
    schema = data.get("schema")
    if schema == REPORT_SCHEMA:
        return
    family, _, version = schema.rpartition("/v") if isinstance(schema, str) else ("", "", "")
    if family == _FAMILY and version.isdecimal() and len(version) < 9 and int(version) > int(_VERSION):
        raise BrokenReceipt(
            f"{name} was written by a newer version: its schema is {schema}, this version reads {REPORT_SCHEMA}.",
            "Update pargrade and try again.",
        )
    found = f"its schema is {inline(schema)!r}" if isinstance(schema, str) else "it names no schema"
    raise _not_ours(name, f"{found} instead of {REPORT_SCHEMA!r}")


def _not_ours(name: str, why: str) -> BrokenReceipt:
    return BrokenReceipt(f"{name} is not a receipt of pargrade: {why}.", "A receipt is what --json PATH writes.")
