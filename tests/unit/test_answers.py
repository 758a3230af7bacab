"""What is taken for an answer, and what ends the conversation."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.model.answers import DEPTH, LINE_BYTES, RUN_BYTES, Call, Interview, Malformed, Said, read_answer, same

READY = b'{"ready": true}\n'
CALLS = tuple(Call("add", (number, 1)) for number in range(3))

# attacks: 60
FORGED = {
    "nothing": b"",
    "no JSON": b"PASSED",
    "a pickle": b"\x80\x04\x95\x0f\x00\x00\x00\x00\x00\x00\x00\x8c\x02os\x94\x8c\x06system\x94\x93\x94.",
    "no UTF-8": b'{"id": 0, "value": "\xff"}',
    "a list": b'[{"id": 0, "value": 1}]',
    "no number": b'{"value": 1}',
    "number as text": b'{"id": "0", "value": 1}',
    "number as float": b'{"id": 0.0, "value": 1}',
    "number as truth": b'{"id": false, "value": 1}',
    "next number": b'{"id": 1, "value": 1}',
    "below zero": b'{"id": -1, "value": 1}',
    "unknown key": b'{"id": 0, "value": 1, "verdict": "passed"}',
    "two kinds of answer": b'{"id": 0, "value": 1, "error": "x"}',
    "no value": b'{"id": 0}',
    "key twice": b'{"id": 0, "value": 1, "value": 2}',
    "key twice inside": b'{"id": 0, "value": {"a": 1, "a": 2}}',
    "NaN": b'{"id": 0, "value": NaN}',
    "infinity": b'{"id": 0, "value": -Infinity}',
    "too large a float": b'{"id": 0, "value": 1e999}',
    "many digits": b'{"id": 0, "value": ' + b"9" * 5000 + b"}",
    "many digits after the point": b'{"id": 0, "value": 0.' + b"9" * 5000 + b"}",
    "brackets": b'{"id": 0, "value": ' + b"[" * 60_000,
    "objects": b'{"id": 0, "value": ' + b'{"a":' * 10_000,
    "too deep": b'{"id": 0, "value": ' + b"[" * DEPTH + b"]" * DEPTH + b"}",
    "too long": b'{"id": 0, "value": "' + b"a" * LINE_BYTES + b'"}',
    "half a letter": b'{"id": 0, "value": "\\ud800"}',
    "half a letter as key": b'{"id": 0, "value": {"\\ud800": 1}}',
    "two lines in one": b'{"id": 0, "value": 1}\r{"id": 1, "value": 1}',
    "missing as number": b'{"id": 0, "missing": 1}',
    "not missing": b'{"id": 0, "missing": false}',
    "kind without a name": b'{"id": 0, "kind": ""}',
    "error that is no text": b'{"id": 0, "error": ["x"]}',
    "long error": b'{"id": 0, "error": "' + b"x" * 2001 + b'"}',
}
SLOW_TO_READ = [b'"' * 60_000, b'\\"' * 30_000, b'"' + b'\\"' * 30_000 + b"\\", b'"\\' * 30_000]

numbers = st.integers(-(10**18), 10**18) | st.floats(allow_nan=False, allow_infinity=False)
texts = st.text(st.characters(exclude_categories=["Cs"]))
plain = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


@given(plain)
def test_every_plain_value_arrives_as_it_was(value: object) -> None:
    answer = read_answer(json.dumps({"id": 7, "value": value}).encode(), 7)

    assert answer.said is Said.VALUE
    assert same(answer.value, value)


@given(st.binary(max_size=300) | st.text(alphabet='[]{}":,\\0123eE+-.ntrufalsid ', max_size=300).map(str.encode))
def test_any_bytes_are_an_answer_or_malformed(line: bytes) -> None:
    interview = Interview(CALLS)
    interview.hear(READY, 0.0)
    interview.hear(line.replace(b"\n", b" ") + b"\n", 1.0)

    answer = interview.answers()[0]
    assert answer.said is Said.MALFORMED or same(json.loads(line)["id"], 0)


@pytest.mark.parametrize("line", FORGED.values(), ids=FORGED)
def test_a_forged_line_is_refused_and_ends_the_conversation(line: bytes) -> None:
    interview = Interview(CALLS)
    interview.hear(READY, 0.0)

    assert interview.hear(line + b"\n", 1.0) == b""
    assert interview.hear(b'{"id": 0, "value": 1}\n', 2.0) == b""
    assert [answer.said for answer in interview.answers()] == [Said.MALFORMED] * 3
    assert interview.over


@pytest.mark.parametrize("line", SLOW_TO_READ)
def test_quotes_and_backslashes_are_refused(line: bytes) -> None:
    with pytest.raises(Malformed, match="no JSON"):
        read_answer(line, 0)


def test_brackets_in_text_are_no_depth() -> None:
    assert read_answer(json.dumps({"id": 0, "value": '["\\' * 1000}).encode(), 0).value == '["\\' * 1000


@pytest.mark.parametrize(
    ("given", "right"), [(1, True), (1.0, 1), (-0.0, 0.0), ({"a": 1.0}, {"a": 1}), ([1], [True]), ("1", 1), ({}, [])]
)
def test_values_of_other_types_are_not_the_same(given: object, right: object) -> None:
    assert not same(given, right)


@given(st.integers(1, 7))
def test_questions_are_asked_one_at_a_time_however_the_bytes_arrive(size: int) -> None:
    interview = Interview(CALLS)
    asked = []
    clock = 0.0
    for line in (READY, *(b'{"id": %d, "value": %d}\n' % (number, number + 1) for number in range(3))):
        for start in range(0, len(line), size):
            clock += 1.0
            question = interview.hear(line[start : start + size], clock)
            asked += [json.loads(question)] if question else []

    assert asked == [{"id": number, "function": "add", "arguments": [number, 1]} for number in range(3)]
    assert [(answer.said, answer.value) for answer in interview.answers()] == [(Said.VALUE, n) for n in (1, 2, 3)]
    assert all(answer.wall_s is not None and answer.wall_s >= 1.0 for answer in interview.answers())
    assert interview.over


def heard(*parts: bytes) -> list[Said]:
    interview = Interview(CALLS)
    for at, part in enumerate(parts):
        interview.hear(part, float(at))
    return [answer.said for answer in interview.answers()]


FIRST, SECOND, THIRD = (b'{"id": %d, "value": 1}\n' % number for number in range(3))


# attacks: 59
def test_what_comes_before_the_first_question_is_refused() -> None:
    assert heard(FIRST) == [Said.MALFORMED] * 3
    assert heard(READY + FIRST) == [Said.MALFORMED] * 3
    assert heard(b'{"ready": 1}\n') == [Said.MALFORMED] * 3


def test_a_second_line_spoils_what_follows_and_not_what_was_answered() -> None:
    assert heard(READY, FIRST + SECOND) == [Said.VALUE, Said.MALFORMED, Said.MALFORMED]
    assert heard(READY, FIRST, FIRST) == [Said.VALUE, Said.MALFORMED, Said.MALFORMED]
    assert heard(READY, FIRST + b"{") == [Said.VALUE, Said.MALFORMED, Said.MALFORMED]
    assert heard(READY, FIRST, READY) == [Said.VALUE, Said.MALFORMED, Said.MALFORMED]


@pytest.mark.parametrize("late", [b'{"id": 2, "value": 1}\n', b"x", b"\n"])
def test_a_line_after_the_last_answer_spoils_that_one(late: bytes) -> None:
    assert heard(READY, FIRST, SECOND, THIRD, late) == [Said.VALUE, Said.VALUE, Said.MALFORMED]
    assert heard(READY, FIRST, SECOND, THIRD + late) == [Said.VALUE, Said.VALUE, Said.MALFORMED]


def test_an_end_leaves_one_question_unanswered_and_the_others_unasked() -> None:
    assert heard() == [Said.NOT_ASKED] * 3
    assert heard(READY, FIRST, b'{"id": 1, ') == [Said.VALUE, Said.UNANSWERED, Said.NOT_ASKED]


def test_more_bytes_than_a_run_may_answer_with_end_the_conversation() -> None:
    calls = tuple(Call("text", ()) for _ in range(20))
    interview = Interview(calls)
    interview.hear(READY, 0.0)
    text = "a" * (LINE_BYTES - 100)
    for number in range(20):
        interview.hear(json.dumps({"id": number, "value": text}).encode() + b"\n", 1.0)

    said = [answer.said for answer in interview.answers()]
    assert said.count(Said.VALUE) == RUN_BYTES // LINE_BYTES
    assert said[-1] is Said.MALFORMED


def test_an_endless_line_is_not_kept() -> None:
    assert heard(READY, b"a" * (LINE_BYTES + 1)) == [Said.MALFORMED] * 3
