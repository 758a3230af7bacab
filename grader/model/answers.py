"""Questions put to the functions of a program, and the answers: one line of JSON each, read with distrust.

The program's process sends ``{"ready": true}`` when it can be asked, and after each question one of

``{"id": 3, "value": VALUE}``       what the function returned: a text, a whole number, or word counts as an object
``{"id": 3, "kind": "list"}``       it returned something else, of this type
``{"id": 3, "error": "TypeError: ..."}``  it raised
``{"id": 3, "missing": true}``      the program has no such function

What does not fit is not an answer, whatever it means to say.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, NoReturn

LINE_BYTES = 64 << 10
RUN_BYTES = 1 << 20
DEEPEST = 32
LONGEST_TEXT = 2000
LARGEST = 10**18
READY = b'{"ready": true}'
Value = dict[str, int] | int | str | None


@dataclass(frozen=True)
class Ask:
    """A call of one of the program's functions. ``arguments`` hold what JSON can hold."""

    function: str
    arguments: tuple[Any, ...]


@dataclass(frozen=True)
class Answer:
    """What came back for the question with this number, ``seconds`` after it was asked."""

    question: int
    value: Value = None
    kind: str = ""
    """The type's name where the value is of a kind that cannot be told."""
    error: str = ""
    missing: bool = False
    seconds: float = 0.0


@dataclass(frozen=True)
class Interview:
    """All answers that were taken, in the order of the questions.

    ``fault`` says why no more were taken, where something came that is no answer; empty also where the process ended
    before it had answered all.
    """

    answers: tuple[Answer, ...] = ()
    fault: str = ""


class Malformed(Exception):
    """A line that is no answer to the question that was asked."""


def read_answer(line: bytes, question: int) -> Answer:
    """The answer to the question with this number, without its time.

    Raises:
        Malformed: It is none, is too long or too deep, or answers another question.
    """
    if len(line) > LINE_BYTES:
        raise Malformed(f"a line of more than {LINE_BYTES >> 10} KiB")
    message = _parse(line)
    if not isinstance(message, dict) or type(message.get("id")) is not int:
        raise Malformed("a line that is no answer")
    if message["id"] != question:
        raise Malformed(f"an answer to question {_short(message['id'])}, when question {question} was asked")
    match {key: value for key, value in message.items() if key != "id"}:
        case {"value": value, **rest} if not rest and _is_plain(value):
            return Answer(question, value)
        case {"kind": str(kind), **rest} if not rest and kind and len(kind) <= LONGEST_TEXT and _is_text(kind):
            return Answer(question, kind=kind)
        case {"error": str(error), **rest} if not rest and error and len(error) <= LONGEST_TEXT and _is_text(error):
            return Answer(question, error=error)
        case {"missing": True, **rest} if not rest:
            return Answer(question, missing=True)
    raise Malformed("an answer of another form")


def _parse(line: bytes) -> object:
    try:
        text = line.decode("utf-8")
        if text.count("[") + text.count("{") > DEEPEST and _depth(text) > DEEPEST:
            raise Malformed("an answer that is nested too deeply")
        return json.loads(text, object_pairs_hook=_object, parse_constant=_refuse, parse_float=_refuse)
    except (ValueError, RecursionError) as error:  # also numbers of thousands of digits, and bytes that are no text
        raise Malformed("a line that is no JSON") from error


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Malformed("an answer that says the same thing twice")
    return found


def _refuse(text: str) -> NoReturn:
    raise Malformed(f"the number {_short(text)}")


def _depth(text: str) -> int:
    """How deep brackets are nested, those inside of texts counted too: never less than the truth."""
    deepest = depth = 0
    for character in text:
        if character in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "]}":
            depth = max(0, depth - 1)
    return deepest


def _is_plain(value: object) -> bool:
    if type(value) is dict:
        return all(_is_text(key) and type(n) is int and abs(n) < LARGEST for key, n in value.items())
    return _is_text(value) or (type(value) is int and abs(value) < LARGEST)


def _is_text(value: object) -> bool:
    """Half of a letter, which JSON can spell, is no text."""
    return type(value) is str and not any("\ud800" <= character <= "\udfff" for character in value)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 30 else text[:27] + "..."
