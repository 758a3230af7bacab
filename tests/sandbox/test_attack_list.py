"""Every attack has its place, and what is told of them is what was tried."""

from __future__ import annotations

import pytest

from tests.sandbox.attack_list import PLANNED, Attack, attack_programs, read_header, where_tried
from tests.sandbox.guarantees import PAGES, held, names, numbers_tried, with_tables

NOT_YET = {*range(75, 86), 91, 92}
"""Cheats of timing, and archives: no test bears these numbers so far. They may only become fewer."""


def test_every_planned_attack_is_tried_somewhere() -> None:
    missing = set(PLANNED) - set(where_tried())

    assert missing <= NOT_YET, sorted(missing)


@pytest.mark.parametrize("attack", attack_programs(), ids=str)
def test_a_program_says_what_it_tries(attack: Attack) -> None:
    assert attack.numbers
    assert attack.what


def test_a_header_that_names_an_unknown_limit_is_refused(tmp_path) -> None:
    path = tmp_path / "attack.py"
    path.write_text("# attacks: 1\n# what: x\n# limits: bananas=3\n")

    with pytest.raises(KeyError):
        read_header(path)


def test_what_is_told_was_tried_with_these_attacks_in_these_sandboxes() -> None:
    told = held()

    assert list(told) == names(), "run tests/sandbox/guarantees.py"
    assert {number for numbers in told.values() for number in numbers} == set(numbers_tried())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_tables_in_the_docs_are_fresh(page) -> None:
    text = page.read_text(encoding="utf-8")

    assert with_tables(text, held()) == text, "run tests/sandbox/guarantees.py --tables"
