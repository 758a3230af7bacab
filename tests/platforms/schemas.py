"""What each host accepts, as JSON schemas, after the hosts' own documentation and sources."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

import jsonschema

VISIBILITY = {"enum": ["hidden", "after_due_date", "after_published", "visible"]}
FORMAT = {"enum": ["text", "html", "simple_format", "md", "ansi"]}

GRADESCOPE: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "anyOf": [
        {"required": ["score"]},
        {"required": ["tests"], "properties": {"tests": {"items": {"required": ["score"]}}}},
    ],
    "properties": {
        "score": {"type": "number"},
        "execution_time": {"type": "number", "minimum": 0},
        "output": {"type": "string"},
        "output_format": FORMAT,
        "test_output_format": FORMAT,
        "test_name_format": FORMAT,
        "visibility": VISIBILITY,
        "stdout_visibility": VISIBILITY,
        "extra_data": {"type": "object"},
        "tests": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["name"],
                "dependentRequired": {"score": ["max_score"]},
                "properties": {
                    "score": {"type": "number"},
                    "max_score": {"type": "number"},
                    "status": {"enum": ["passed", "failed"]},
                    "name": {"type": "string"},
                    "name_format": FORMAT,
                    "number": {"type": "string"},
                    "output": {"type": "string"},
                    "output_format": FORMAT,
                    "tags": {"type": "array", "items": {"type": "string"}},
                    "visibility": VISIBILITY,
                    "extra_data": {"type": "object"},
                },
            },
        },
        "leaderboard": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                "required": ["name", "value"],
                "properties": {
                    "name": {"type": "string"},
                    "value": {"type": ["number", "string"]},
                    "order": {"enum": ["asc", "desc"]},
                },
            },
        },
    },
}

PRAIRIELEARN: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "if": {"properties": {"gradable": {"const": True}}},
    "then": {"required": ["score"]},
    "else": {"not": {"required": ["score"]}},
    "properties": {
        "gradable": {"type": "boolean"},
        "score": {"type": "number", "minimum": 0, "maximum": 1},
        "message": {"type": "string"},
        "output": {"type": "string"},
        "format_errors": {"type": ["string", "array"], "items": {"type": "string"}},
        "images": {"type": "array"},
        "tests": {
            "type": "array",
            "items": {
                "type": "object",
                "additionalProperties": False,
                # all or nothing: one test that lacks either turns the display of points off for all
                "required": ["name", "points", "max_points"],
                "properties": {
                    "name": {"type": "string"},
                    "description": {"type": "string"},
                    "points": {"type": "number"},
                    "max_points": {"type": "number"},
                    "message": {"type": "string"},
                    "output": {"type": "string"},
                },
            },
        },
    },
}

CODERUNNER: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["fraction"],
    "properties": {
        "fraction": {"type": "number", "minimum": 0, "maximum": 1},
        "testresults": {"type": "array", "items": {"type": "array"}},
        "columnformats": {"type": "array", "items": {"enum": ["%s", "%h"]}},
        "prologuehtml": {"type": "string"},
        "epiloguehtml": {"type": "string"},
        "instructorhtml": {"type": "string"},
        "files": {"type": "object"},
        "graderstate": {"type": "string"},
    },
}
SPECIAL_COLUMNS = ("iscorrect", "ishidden")


def accepted(text: str, schema: dict[str, Any]) -> dict[str, Any]:
    """The document, after a look that the host can take it: strict JSON, no text that cannot be stored."""
    data: dict[str, Any] = json.loads(text, parse_constant=_refuse)
    jsonschema.validate(data, schema)
    for part in _texts(data):
        part.encode()  # no lone surrogate
        assert "\x00" not in part
    return data


def coderunner_accepts(text: str) -> dict[str, Any]:
    """The same for CodeRunner, which counts cells as well."""
    data = accepted(text, CODERUNNER)
    rows = data.get("testresults", [[]])
    assert {len(row) for row in rows} == {len(rows[0])}
    if "columnformats" in data:
        assert len(data["columnformats"]) == len([name for name in rows[0] if name not in SPECIAL_COLUMNS])
    return data


def vpl_reads(text: str) -> tuple[float | None, str]:
    """The proposed grade and the comments, as VPL takes them out of what was printed."""
    grade, comments, inside = None, [], False
    for line in text.split("\n"):
        if line.startswith("Grade :=>>"):
            grade = float(line.removeprefix("Grade :=>>"))
        if inside and line.strip() == "--|>":
            inside = False
        elif inside:
            comments.append(line)
        elif line.startswith("Comment :=>>"):
            comments.append(line.removeprefix("Comment :=>>"))
        elif line.strip() == "<|--":
            inside = True
    assert not inside
    assert grade is None or math.isfinite(grade)
    return grade, "\n".join(comments)


def _refuse(constant: str) -> None:
    raise AssertionError(f"{constant} is no JSON")


def _texts(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for key, inner in value.items():
                yield key
                yield from _texts(inner)
        case list():
            for inner in value:
                yield from _texts(inner)
