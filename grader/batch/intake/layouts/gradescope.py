"""Gradescope's "Download Submissions" for staff: a folder per submission, and one YAML file about all of them.

The keys in that file begin with a colon, and it is read by a loader that makes plain data only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from grader.batch.intake.layouts.base import Asked, Layout, Piece, Texts, padded
from grader.batch.intake.names import key_of
from grader.batch.records import Student

METADATA = "submission_metadata.yml"
_FOLDER = re.compile(r"^submission_(?P<id>\d+)$")


def pieces(names: Sequence[str], texts: Texts, _: Asked) -> Iterable[Piece]:
    """Files of all submissions, with their submitters where the YAML file names them."""
    about: dict[str, Mapping[str, Any]] = {}
    known = set(names)
    for path in names:
        parts = path.split("/")
        index = next((index for index, part in enumerate(parts[:-1]) if _FOLDER.match(part)), None)
        if index is None:
            continue
        beside = "/".join([*parts[:index], METADATA])
        if beside not in known:
            continue
        if beside not in about:
            about[beside] = _loaded(texts(beside) or b"")
        folder = parts[index]
        facts = _mapping(about[beside].get(folder))
        when = _when(facts.get(":created_at"))
        yield Piece(
            path,
            "/".join(parts[index + 1 :]),
            _student(folder.removeprefix("submission_"), facts.get(":submitters")),
            attempt="/".join(parts[: index + 1]),
            newer=(
                "" if when is None else when.isoformat(),
                padded(folder.removeprefix("submission_")),
            ),
            submitted_at=when,
            folder=folder,
        )


def _student(number: str, submitters: object) -> Student:
    """One submitter is told by email or student number; a group by the number of its submission."""
    people = [_mapping(person) for person in submitters] if isinstance(submitters, list) else []
    people = [person for person in people if person]
    name = ", ".join(text for person in people if (text := _text(person, ":name")))
    identifiers = {"gradescope_id": number}
    for key, field in (("email", ":email"), ("student_id", ":sid")):
        told = [text for person in people if (text := _text(person, field))]
        if told:
            identifiers[key] = ", ".join(told)
    if len(people) == 1 and (label := identifiers.get("email") or identifiers.get("student_id")):
        return Student(key_of(label), name, identifiers)
    return Student(f"gradescope-{number}", name, identifiers)


def _loaded(data: bytes) -> Mapping[str, Any]:
    """The file as plain data; empty when it is broken, and then submissions are told by their numbers."""
    import yaml

    # The loader in C does the same as safe_load, some ten times faster: a class's file has megabytes of history.
    class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
        """Merge keys, which Gradescope does not write, are the one thing in YAML that makes much out of little."""

        def flatten_mapping(self, node: Any) -> None:
            """Leave a key ``<<`` what it is."""

    Loader.add_constructor("tag:yaml.org,2002:merge", Loader.construct_yaml_str)
    try:
        return _mapping(yaml.load(data, Loader=Loader))  # noqa: S506  # it is a safe loader
    except (yaml.YAMLError, ValueError, RecursionError, LookupError, TypeError, AttributeError, OverflowError):
        return {}


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(person: Mapping[str, Any], field: str) -> str:
    value = person.get(field)
    return str(value).strip() if isinstance(value, str | int) else ""


def _when(value: object) -> datetime | None:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.replace(" UTC", "+00:00").strip())
        except ValueError:
            return None
    if isinstance(value, datetime):
        try:
            return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        except OverflowError:
            return None
    return datetime(value.year, value.month, value.day, tzinfo=UTC) if isinstance(value, date) else None


LAYOUT = Layout("Gradescope", "submission_metadata.yml beside submission_4711/my_script.py", pieces)
