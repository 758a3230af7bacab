"""Pairs that have much in common are found with their lines; what everybody has does not make a pair."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.batch.similar import (
    MIN_COMMON,
    MOST_FRAGMENTS,
    WINDOW,
    Fragment,
    Lines,
    SimilarPair,
    _winnowed,
    similar_pairs,
)

CALLS = (
    "len",
    "sum",
    "max",
    "min",
    "sorted",
    "list",
    "set",
    "tuple",
    "abs",
    "str",
    "int",
    "float",
    "dict",
    "zip",
    "map",
)


def program(seed: int, lines: int = 40) -> str:
    """A program of its own: which functions it calls, and how, is drawn anew on each line."""
    draw = random.Random(seed)
    return "".join(
        f"value_{line} = {draw.choice(CALLS)}({draw.choice(CALLS)}(data), key) {draw.choice('+-*/%')} "
        f"{draw.choice(CALLS)}[{draw.choice(CALLS)}({draw.choice(CALLS)})]\n"
        for line in range(lines)
    )


def shift(lines: Lines, by: int) -> Lines:
    return Lines(lines.first + by, lines.last + by)


def test_a_copy_is_found_in_whatever_disguise() -> None:
    copy = program(1).replace("value", "wert").replace("data", "daten").replace("key", "schluessel")
    disguised = "# my own work\n\n" + copy.replace("\n", "  # a comment\n")

    pairs = similar_pairs([("ada", program(1)), ("bob", disguised), ("cyd", program(2)), ("dan", program(3))])

    (pair,) = pairs
    assert (pair.left, pair.right, pair.share) == ("ada", "bob", 1.0)
    assert pair.common >= MIN_COMMON
    (fragment,) = pair.fragments
    assert fragment.right == shift(fragment.left, 2)
    assert fragment.left.first <= 2
    assert fragment.left.last >= 39


def test_a_part_that_was_taken_over_is_found_where_it_stands() -> None:
    taken = program(1, 20)
    left, right = program(2, 15) + taken + program(3, 5), taken + program(4, 15)

    (pair,) = similar_pairs([("ada", left), ("bob", right), ("cyd", program(5))], min_share=0.3)

    assert 0.3 < pair.share < 0.9
    (fragment,) = pair.fragments
    assert fragment.left == shift(fragment.right, 15)
    assert 16 <= fragment.left.first <= 17
    assert 34 <= fragment.left.last <= 36  # the line after it may begin in the same way


def test_of_very_many_parts_in_another_order_the_longest_are_fragments() -> None:
    parts = [program(seed, 5 if seed < 2 else 4) for seed in range(MOST_FRAGMENTS + 20)]
    others = [("cyd", "x"), ("dan", "y")]

    (pair,) = similar_pairs([("ada", "".join(parts)), ("bob", "".join(reversed(parts))), *others])

    assert len(pair.fragments) == MOST_FRAGMENTS
    assert [fragment.left.first for fragment in pair.fragments][:2] == [1, 6]


def test_parts_in_another_order_are_several_fragments() -> None:
    first, second = program(1, 20), program(2, 20)

    (pair,) = similar_pairs([("ada", first + second), ("bob", second + first), ("cyd", program(3))])

    assert [fragment.left.first < 20 for fragment in pair.fragments] == [True, False]
    assert [fragment.right.first < 20 for fragment in pair.fragments] == [False, True]


def test_starter_code_is_left_out() -> None:
    starter = program(1)
    sources = [("ada", starter + program(2)), ("bob", starter + program(3))]

    assert len(similar_pairs(sources, min_share=0.3)) == 1
    assert similar_pairs(sources, [starter], min_share=0.3) == ()


def test_what_most_of_the_class_have_is_left_out() -> None:
    lecture = program(1)
    sources = [(f"student {number:02}", lecture + program(100 + number)) for number in range(20)]
    pair = [("ada", lecture + program(7)), ("bob", lecture + program(7))]

    found = similar_pairs([*sources, *pair], min_share=0.3)

    assert [(one.left, one.right) for one in found] == [("ada", "bob")]
    assert found[0].fragments[0].left.first >= 40


def test_different_programs_are_no_pair() -> None:
    assert similar_pairs([(str(number), program(number)) for number in range(12)], min_share=0.05) == ()


def test_the_most_similar_come_first_and_there_are_not_too_many() -> None:
    sources = [("a", program(1)), ("b", program(1)), ("c", program(1, 30) + program(2, 10)), ("d", program(3))]

    found = similar_pairs(sources)
    few = similar_pairs(sources, most=1)

    assert (found[0].left, found[0].right) == ("a", "b")
    assert [pair.share for pair in found] == sorted((pair.share for pair in found), reverse=True)
    assert few == found[:1]


def test_the_order_of_the_class_does_not_matter() -> None:
    sources = [("a", program(1)), ("b", program(1)), ("c", program(2)), ("d", program(2))]

    assert similar_pairs(sources) == similar_pairs(sources[::-1])


@pytest.mark.parametrize("text", ["", "x", "'''", "(" * 500, "\0\ud800" * 200, "def f(:\n  ((\n" * 100])
def test_what_is_no_program_is_compared_all_the_same(text: str) -> None:
    found = similar_pairs([("ada", text), ("bob", text), ("cyd", program(1))])

    assert all(isinstance(pair, SimilarPair) and (pair.left, pair.right) == ("ada", "bob") for pair in found)


@given(grams=st.lists(st.integers(0, 9), max_size=60))
def test_each_window_has_its_smallest_hash_among_the_chosen(grams: list[int]) -> None:
    chosen = _winnowed(grams)

    assert chosen == sorted(set(chosen))
    for start in range(max(0, len(grams) - WINDOW + 1)):
        window = range(start, start + WINDOW)
        assert any(grams[place] == min(grams[at] for at in window) for place in chosen if place in window)


@given(seed=st.integers(0, 50), cut=st.integers(0, 30))
def test_fragments_are_lines_of_both_programs(seed: int, cut: int) -> None:
    left, right = program(seed), program(seed + 1000, cut) + program(seed, 30)

    for pair in similar_pairs([("a", left), ("b", right)], min_share=0.1):
        for fragment in pair.fragments:
            assert isinstance(fragment, Fragment)
            assert 1 <= fragment.left.first <= fragment.left.last <= 40
            assert 1 <= fragment.right.first <= fragment.right.last <= cut + 30
