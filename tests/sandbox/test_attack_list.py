"""Every attack has its place, and what is told of them is what was tried."""

from __future__ import annotations

import pytest

from tests.sandbox.attack_list import PLANNED, Attack, attack_programs, read_header, where_tried

NOT_HERE = range(75, 97)
"""Cheats of timing, and injections into reports and inputs, are tested where their subjects are."""


def test_every_planned_attack_is_tried_somewhere() -> None:
    missing = set(PLANNED) - set(where_tried())

    assert missing <= set(NOT_HERE), sorted(missing)


def test_the_numbers_have_no_holes_after_the_planned_ones() -> None:
    later = [number for number in where_tried() if number not in PLANNED]

    assert later == list(range(PLANNED.stop, PLANNED.stop + len(later)))


@pytest.mark.parametrize("attack", attack_programs(), ids=str)
def test_a_program_says_what_it_tries(attack: Attack) -> None:
    assert attack.numbers
    assert attack.what


def test_a_header_that_names_an_unknown_limit_is_refused(tmp_path) -> None:
    path = tmp_path / "attack.py"
    path.write_text("# attacks: 1\n# what: x\n# limits: bananas=3\n")

    with pytest.raises(KeyError):
        read_header(path)
