from __future__ import annotations

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.report.visible import around, block, cells, cut, escape_hidden_in_json, inline


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[0m", "␛[0m"),
        ("\x00", "␀"),
        ("\x7f", "␡"),
        ("\x9b", r"\x9b"),
        ("a\u202eb", r"a\u202eb"),
        ("a\u200bb", r"a\u200bb"),
        ("a\ud800b", r"a\ud800b"),
        ("a\U000e0041b", r"a\U000e0041b"),
        ("a\nb", "a ⏎ b"),
        ("a\tb", "a    b"),
        ("Grüße, 漢字, ✓️", "Grüße, 漢字, ✓️"),
    ],
)
def test_hidden_characters_are_shown_and_others_kept(text: str, shown: str) -> None:
    assert inline(text) == shown


# attacks: 87
@given(st.text(st.characters()))
def test_no_text_keeps_a_character_that_steers_or_hides(text: str) -> None:
    shown = block(text) + inline(text)

    assert not [c for c in shown if c != "\n" and unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")]


# attacks: 130
@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("::error::a", r"\x3a:error::a"),
        ("a ::set-output name=b::c", r"a \x3a:set-output name=b::c"),
        ("##[error]a", r"\x23#[error]a"),
        ("##vso[task.setvariable variable=a]b", r"\x23#vso[task.setvariable variable=a]b"),
        ("##teamcity[testFailed]", r"\x23#teamcity[testFailed]"),
        ("words[::2] == [1:2]", "words[::2] == [1:2]"),
        ("a::b", "a::b"),
        ("## a heading", "## a heading"),
    ],
)
def test_what_a_ci_service_takes_for_a_command_is_shown_as_none(text: str, shown: str) -> None:
    assert inline(text) == shown


# attacks: 130
def test_a_json_document_without_commands_keeps_its_meaning() -> None:
    text = json.dumps(["##vso[task.x]y", "::error::z", "\u202e"], ensure_ascii=False)

    escaped = escape_hidden_in_json(text)

    assert "##vso" not in escaped
    assert json.loads(escaped) == json.loads(text)


def test_a_long_line_is_cut_and_its_length_told() -> None:
    shown = cut("x" * 12_345)

    assert shown.endswith("x… (12,345 characters)")
    assert len(shown) < 500


def test_of_many_lines_the_first_are_shown() -> None:
    shown = block("line\n" * 1000, lines=3)

    assert shown == "line\nline\nline\n… (1,000 lines)"


@given(st.text("ab漢é ", max_size=80), st.integers(0, 160), st.integers(8, 60))
def test_the_part_around_a_column_fits_and_keeps_the_column(text: str, offset: int, room: int) -> None:
    offset = min(offset, cells(text))

    part, place = around(text, offset, room)

    assert cells(part) <= room
    assert 0 <= place <= room


def test_the_part_around_a_column_shows_what_stands_there() -> None:
    text = "x" * 500 + "HERE" + "x" * 500

    part, place = around(text, 500, 40)

    assert part[place : place + 4] == "HERE"
