"""Commands and entries for a job of GitHub Actions, against what its runner makes of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.platforms.workflow import Annotation, Level, as_text, command, entry
from grader.report.visible import without_commands
from tests.platforms.actions_runner import Obeyed, entries, obeyed

PIECES = (
    "::", ":", "error", "::error::", "::error file=a", "stop-commands", "::add-mask::", "##[", "##vso[", "##", "]",
    "[set-env name=A]", "notice", "\n", "\r", "\r\n", " ", "\t", "\u2028", "\x85", "%", "%0A", "%3A", ",", "=", "x",
    "\ufeff", "\x1b",
)  # fmt: skip
HOSTILE = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)


# attacks: 87
@given(HOSTILE)
def test_no_text_is_obeyed(text: str) -> None:
    assert obeyed(without_commands(text)) == []


@given(HOSTILE)
def test_no_text_leaves_the_part_of_the_log_where_nothing_is_obeyed(text: str) -> None:
    log = as_text(text) + "::notice::after it\n"

    assert obeyed(log) == [Obeyed("notice", "after it")]


@pytest.mark.parametrize(
    "text", ["::error::now", "  ::add-mask::1", "a\r::stop-commands::x", "see ##[error]now", "##vso[task.complete]"]
)
def test_what_would_be_obeyed_is_shown_otherwise(text: str) -> None:
    assert without_commands(text) != text


@pytest.mark.parametrize("text", ["values[::2]", "a::b", "# heading", "## [link]", "plain"])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert without_commands(text) == text


@given(file=HOSTILE.map(lambda text: f"f{text}"), title=HOSTILE.map(lambda text: f"t{text}."), message=HOSTILE)
def test_an_annotation_is_one_command_that_says_what_it_shall(file: str, title: str, message: str) -> None:
    told = obeyed(command(Annotation(Level.ERROR, title, message, file, 3, 7)))

    assert told == [Obeyed("error", message, {"file": file, "line": "3", "col": "7", "title": title})]


def test_an_annotation_without_a_place_has_none() -> None:
    assert command(Annotation(Level.NOTICE, "About it", "This.")) == "::notice title=About it::This."


def test_a_file_name_that_is_no_text_can_be_printed() -> None:
    command(Annotation(Level.ERROR, "t", "m", "my\udcff.py")).encode()


@given(HOSTILE)
def test_an_entry_gives_its_value_and_no_other(value: str) -> None:
    assert entries(entry("first", value) + entry("second", "2")) == {"first": value, "second": "2"}


def test_a_foreseen_end_of_an_entry_is_refused() -> None:
    with pytest.raises(ValueError, match="end"):
        entry("score", "0\nEND\nscore<<END\n10", lambda: "END")


def test_the_words_that_end_a_text_or_an_entry_differ_every_time() -> None:
    assert len({as_text("text") for _ in range(20)}) == 20
    assert len({entry("name", "value") for _ in range(20)}) == 20
