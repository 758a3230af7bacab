"""An answer has one form and nothing else is one."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.model.answers import LINE_BYTES, READY, RUN_BYTES, Answer, Ask, Interview, Malformed, read_answer
from grader.sandbox.interviewer import Interviewer


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        (b'{"id": 3, "value": {"to": 2, "be": 1}}', Answer(3, {"to": 2, "be": 1})),
        (b'{"id": 3, "value": {}}', Answer(3, {})),
        (b'{"id": 3, "value": "[[[[{{{{"}', Answer(3, "[[[[{{{{")),
        (b'{"value": -5, "id": 3}', Answer(3, -5)),
        (b'{"id": 3, "kind": "list"}', Answer(3, kind="list")),
        (b'{"id": 3, "error": "ValueError: no"}', Answer(3, error="ValueError: no")),
        (b'{"id": 3, "missing": true}', Answer(3, missing=True)),
    ],
)
def test_what_the_harness_sends_is_understood(line: bytes, answer: Answer) -> None:
    assert read_answer(line, 3) == answer


# attacks: 59, 60, 61
FORGED = {
    "another id": b'{"id": 4, "value": 1}',
    "no id": b'{"value": 1}',
    "id as text": b'{"id": "3", "value": 1}',
    "id as truth": b'{"id": true, "value": 1}',
    "two values": b'{"id": 3, "value": 1, "value": 2}',
    "two words": b'{"id": 3, "value": {"a": 1, "a": 2}}',
    "value and error": b'{"id": 3, "value": 1, "error": "x"}',
    "unknown key": b'{"id": 3, "value": 1, "points": 10}',
    "no value": b'{"id": 3}',
    "nan": b'{"id": 3, "value": NaN}',
    "infinity": b'{"id": 3, "value": {"a": -Infinity}}',
    "fraction": b'{"id": 3, "value": 1.0}',
    "minus zero": b'{"id": 3, "value": -0.0}',
    "1e999": b'{"id": 3, "value": 1e999}',
    "truth": b'{"id": 3, "value": true}',
    "truth as count": b'{"id": 3, "value": {"a": true}}',
    "list": b'{"id": 3, "value": [1]}',
    "null": b'{"id": 3, "value": null}',
    "huge": b'{"id": 3, "value": 1' + b"0" * 18 + b"}",
    "ten thousand digits": b'{"id": 3, "value": ' + b"9" * 10_000 + b"}",
    "nested": b'{"id": 3, "value": ' + b"[" * 20_000 + b"]" * 20_000 + b"}",
    "open brackets": b"[" * 60_000,
    "half a letter": b'{"id": 3, "value": "\\ud800"}',
    "no text": b'{"id": 3, "value": "\xff"}',
    "bytes": b"\x80\x04\x95\x00.",
    "empty": b"",
    "text": b'"value"',
    "long": b'{"id": 3, "value": "' + b"x" * LINE_BYTES + b'"}',
    "missing, not true": b'{"id": 3, "missing": 1}',
    "empty error": b'{"id": 3, "error": ""}',
    "long error": b'{"id": 3, "error": "' + b"x" * 3000 + b'"}',
}


@pytest.mark.parametrize("line", FORGED.values(), ids=FORGED.keys())
def test_what_does_not_fit_is_refused(line: bytes) -> None:
    with pytest.raises(Malformed):
        read_answer(line, 3)


@given(st.binary(max_size=300))
def test_any_bytes_are_an_answer_or_refused(line: bytes) -> None:
    with contextlib.suppress(Malformed):
        read_answer(line, 3)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


@given(st.dictionaries(st.sampled_from(["id", "value", "kind", "error", "missing", "more"]), json_values))
def test_an_answer_holds_nothing_but_plain_values(message: dict[str, object]) -> None:
    with contextlib.suppress(Malformed):
        answer = read_answer(json.dumps(message).encode(), 3)
        assert answer.question == 3
        assert type(answer.value) in (dict, int, str, type(None))


# -- one at a time -----------------------------------------------------------------------------------


@pytest.fixture
def interviewer() -> Iterator[Interviewer]:
    made = Interviewer([Ask("count_words", ("a.txt",)), Ask("reduce_dicts", ({"a": 1}, {}))])
    made.theirs.setblocking(False)
    yield made
    made.close()


def say(interviewer: Interviewer, line: bytes) -> None:
    interviewer.theirs.sendall(line + b"\n")
    interviewer.read()


def hear(interviewer: Interviewer) -> dict[str, object] | None:
    """The question that waits to be read, if there is one."""
    with contextlib.suppress(BlockingIOError):
        return json.loads(interviewer.theirs.recv(1 << 16) or b"null")
    return None


def test_each_question_comes_after_the_answer_to_the_one_before(interviewer: Interviewer) -> None:
    assert hear(interviewer) is None
    say(interviewer, READY)
    assert hear(interviewer) == {"id": 0, "function": "count_words", "arguments": ["a.txt"]}
    assert hear(interviewer) is None
    say(interviewer, b'{"id": 0, "value": {"a": 1}}')
    assert hear(interviewer) == {"id": 1, "function": "reduce_dicts", "arguments": [{"a": 1}, {}]}
    say(interviewer, b'{"id": 1, "error": "TypeError: no"}')

    assert interviewer.theirs.recv(10) == b""
    result = interviewer.result()
    assert [(answer.question, answer.value, answer.error) for answer in result.answers] == [
        (0, {"a": 1}, ""),
        (1, None, "TypeError: no"),
    ]
    assert result.fault == ""
    assert all(answer.seconds >= 0 for answer in result.answers)


@pytest.mark.parametrize(
    ("lines", "taken"),
    [
        ([b'{"id": 0, "value": 1}'], 0),
        ([READY + b'\n{"id": 0, "value": 1}'], 0),
        ([READY, b'{"id": 1, "value": 1}'], 0),
        ([READY, b'{"id": 0, "value": 1}', b'{"id": 0, "value": 2}'], 1),
        ([READY, b'{"id": 0, "value": 1}', b'{"id": 1, "value": 2}', b'{"id": 1, "value": 3}'], 2),
        ([READY, b'{"id": 0, "value": 1}\n{"id": 1, "value": 2}'], 0),
        ([READY, READY], 0),
        ([READY, b"x" * (LINE_BYTES + 10)], 0),
    ],
    ids=["unasked", "with-ready", "next-id", "twice", "after-the-last", "two-at-once", "ready-twice", "endless-line"],
)
def test_whoever_speaks_out_of_turn_is_not_asked_again(
    interviewer: Interviewer, lines: list[bytes], taken: int
) -> None:
    for line in lines:
        say(interviewer, line)
        interviewer.drain()

    result = interviewer.result()
    assert len(result.answers) == taken
    assert "Instead of the answer to question" in result.fault
    say(interviewer, b'{"id": 1, "value": 1}')
    assert interviewer.result() == result


def test_a_flood_is_read_no_further_than_it_may_go(interviewer: Interviewer) -> None:
    say(interviewer, READY)
    for _ in range(3 * RUN_BYTES // 50_000):
        with contextlib.suppress(BlockingIOError):
            interviewer.theirs.send(b"x" * 50_000)
        interviewer.read()

    assert interviewer.closed
    assert interviewer.result().answers == ()


def test_a_process_that_ends_leaves_the_answers_it_gave(interviewer: Interviewer) -> None:
    say(interviewer, READY)
    say(interviewer, b'{"id": 0, "value": 1}')
    interviewer.theirs.close()
    interviewer.drain()

    assert (interviewer.closed, interviewer.result().fault) == (True, "")
    assert interviewer.result().answers[0].value == 1


def test_without_a_word_there_is_no_answer(interviewer: Interviewer) -> None:
    assert interviewer.result() == Interview()
