"""Questions to a student's functions and what came back: one at a time, and nothing believed but plain JSON.

The harness says ``{"ready": true}`` once the program is imported. From then on each question is one line and each
answer is one line, in the order of the questions. Questions are ``{"id", "function", "arguments"}``; answers are
``{"id"}`` with exactly one of

value    what the function returned
kind     the type of what it returned, where that cannot be told as JSON
error    the exception it raised
missing  true: the program has no such function

Whatever else arrives ends the conversation: that answer and all later ones are malformed. The lines come from the
student's own interpreter, so an answer proves one thing only: that it is right or not.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NoReturn

LINE_BYTES = 64 << 10
RUN_BYTES = 1 << 20
DEPTH = 32
DIGITS = 400
"""Of one number. Python reads no longer ones than 4300, in time that grows with the square."""
TEXT = 2000
"""Characters of an error or the name of a kind."""
READY = {"ready": True}

_STRINGS = re.compile(rb'"(?:[^"\\]++|\\.?+)*+(?:"|\Z)', re.DOTALL)
"""Strings, an unfinished one up to the end. It never goes back, so that no line takes long."""


@dataclass(frozen=True)
class Call:
    """One call of one of the student's functions, its right answer left out."""

    function: str
    arguments: tuple[Any, ...]


class Said(StrEnum):
    """What came back for one question. No default exists."""

    VALUE = "value"
    KIND = "kind"
    ERROR = "error"
    MISSING = "missing"
    MALFORMED = "malformed"
    UNANSWERED = "unanswered"
    """It was asked, and the run ended."""
    NOT_ASKED = "not-asked"


@dataclass(frozen=True)
class Answer:
    """What came back for one question: untrusted, of the right form or with a named fault."""

    question: int
    said: Said
    value: Any = None
    """Plain JSON where ``said`` is ``VALUE``."""
    text: str = ""
    """The kind, the error, or why the answer is malformed."""
    wall_s: float | None = None
    """From the writing of the question to the reading of the answer, by the parent's clock."""


class Malformed(ValueError):
    """A line that is no answer. The message says why, in words for the report."""


def same(given: object, right: object) -> bool:
    """Whether two plain values are equal in value and in type: ``1`` is neither ``1.0`` nor ``True``."""
    if type(given) is not type(right):
        return False
    if isinstance(given, dict) and isinstance(right, dict):
        return given.keys() == right.keys() and all(same(given[key], right[key]) for key in right)
    if isinstance(given, list) and isinstance(right, list):
        return len(given) == len(right) and all(map(same, given, right))
    if isinstance(given, float) and isinstance(right, float):
        return given == right and math.copysign(1, given) == math.copysign(1, right)
    return given == right


def read_json(line: bytes) -> Any:
    """One line as plain JSON.

    Raises:
        Malformed: Too large, too deep, not JSON, or with a number or text that is not exactly one of JSON's.
    """
    if len(line) > LINE_BYTES:
        raise Malformed(f"a line is larger than {LINE_BYTES >> 10} KiB")
    if _depth(line) > DEPTH:
        raise Malformed(f"a value is nested deeper than {DEPTH}")
    try:
        text = line.decode("utf-8")
        value = json.loads(
            text, object_pairs_hook=_object, parse_int=_integer, parse_float=_number, parse_constant=_no_number
        )
    except Malformed:
        raise
    except ValueError:  # of both: not UTF-8, and not JSON
        raise Malformed("a line is no JSON") from None
    if "\\u" in text:
        _refuse_half_letters(value)
    return value


def read_answer(line: bytes, question: int) -> Answer:
    """The answer to this question.

    Raises:
        Malformed: The line is anything else.
    """
    told = read_json(line)
    if type(told) is not dict:
        raise Malformed("a line is no JSON object")
    if type(told.get("id")) is not int:
        raise Malformed("a line has no number of a question")
    if told.pop("id") != question:
        raise Malformed("an answer is for another question than the one that was asked")
    if len(told) != 1 or not told.keys() <= {"value", "kind", "error", "missing"}:
        raise Malformed("a line has other keys than an answer")
    ((key, value),) = told.items()
    said = Said(key)
    if said is Said.VALUE:
        return Answer(question, said, value)
    if said is Said.MISSING and value is True:
        return Answer(question, said)
    if said in (Said.KIND, Said.ERROR) and type(value) is str and 0 < len(value) <= TEXT:
        return Answer(question, said, text=value)
    raise Malformed(f"what stands under `{key}` is not what belongs there")


def _depth(line: bytes) -> int:
    """How deep the brackets are nested, at least as deep as the decoder would go before it finds an error."""
    depth = deepest = 0
    for byte in re.findall(rb"[\[{\]}]", _STRINGS.sub(b"", line)):
        depth += 1 if byte in b"[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Malformed("a key stands twice in one object")
    return found


def _integer(digits: str) -> int:
    if len(digits) > DIGITS:
        raise Malformed(f"a number has more than {DIGITS} digits")
    return int(digits)


def _number(digits: str) -> float:
    if len(digits) > DIGITS:
        raise Malformed(f"a number has more than {DIGITS} digits")
    number = float(digits)
    if not math.isfinite(number):
        raise Malformed("a number is not finite")
    return number


def _no_number(_: str) -> NoReturn:
    raise Malformed("a number is not finite")


def _refuse_half_letters(value: Any) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        raise Malformed("a text holds half a letter") from None


class Interview:
    """The conversation of one run: takes the bytes that arrive, gives those to be written. Touches nothing itself."""

    def __init__(self, calls: Sequence[Call]) -> None:
        self._calls = tuple(calls)
        self._answers: list[Answer] = []
        self._asked_at: float | None = None
        self._rest = b""
        self._bytes = 0
        self._fault = ""

    @property
    def over(self) -> bool:
        """Whether nothing more will be asked."""
        return bool(self._fault) or len(self._answers) == len(self._calls)

    def hear(self, data: bytes, at: float) -> bytes:
        """Take what arrived at this time (seconds, any monotonic clock); return the next question, or nothing."""
        if self._fault:
            return b""
        self._bytes += len(data)
        lines = (self._rest + data).split(b"\n")
        self._rest = lines.pop()
        try:
            return self._take(lines, at)
        except Malformed as error:
            self.refuse(str(error))
            return b""

    def refuse(self, reason: str) -> None:
        """End the conversation: what was not answered by now is malformed."""
        if not self._fault and self._answers and len(self._answers) == len(self._calls):
            self._answers.pop()  # a line too many belongs to the last answer
        self._fault = self._fault or reason

    def answers(self) -> tuple[Answer, ...]:
        """What came back so far, one for each question."""
        given = len(self._answers)
        return (*self._answers, *(self._without(number) for number in range(given, len(self._calls))))

    def _take(self, lines: list[bytes], at: float) -> bytes:
        if self._bytes > RUN_BYTES or len(self._rest) > LINE_BYTES:
            raise Malformed("more was written than answers may be long")
        if not lines:
            if self._rest and self._finished:
                raise Malformed("something was written that no question asked for")
            return b""
        if self._asked_at is None:
            self._take_ready(lines[0])
        else:
            answer = read_answer(lines[0], len(self._answers))
            taken_s = round(at - self._asked_at, 6)
            self._answers.append(Answer(answer.question, answer.said, answer.value, answer.text, taken_s))
        if len(lines) > 1 or self._rest:  # written before the next question was
            raise Malformed("something was written that no question asked for")
        return self._next(at)

    def _take_ready(self, line: bytes) -> None:
        if not same(read_json(line), READY):
            raise Malformed("something was written before the first question was asked")

    @property
    def _finished(self) -> bool:
        return len(self._answers) == len(self._calls)

    def _next(self, at: float) -> bytes:
        self._asked_at = at
        if self._finished:
            return b""
        number = len(self._answers)
        call = self._calls[number]
        question = {"id": number, "function": call.function, "arguments": list(call.arguments)}
        return json.dumps(question, allow_nan=False).encode("ascii") + b"\n"

    def _without(self, number: int) -> Answer:
        if self._fault:
            return Answer(number, Said.MALFORMED, text=self._fault)
        asked = self._asked_at is not None and number == len(self._answers)
        return Answer(number, Said.UNANSWERED if asked else Said.NOT_ASKED)
