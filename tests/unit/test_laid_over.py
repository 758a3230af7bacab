"""Files of a program and files that it is given, in one folder."""

from __future__ import annotations

import pytest

from grader.model.exercise import laid_over

GIVEN = {"plays/hamlet": b"given", "plays/old/lear": b"given"}


@pytest.mark.parametrize("name", ["helpers.py", "tools/helpers.py", "plays/helpers.py", "play"])
def test_what_is_in_nobodys_way_is_laid_beside(name: str) -> None:
    assert laid_over({name: b"mine"}, GIVEN) == {name: b"mine", **GIVEN}


# attacks: 139
@pytest.mark.parametrize("name", ["plays/hamlet", "plays", "plays/old", "plays/hamlet/more.py", "plays/hamlet/a/b.py"])
def test_no_name_keeps_the_given_files_from_being_laid_out(name: str) -> None:
    assert laid_over({name: b"mine"}, {"program.py": b"mine"}, GIVEN) == {"program.py": b"mine", **GIVEN}


def test_no_file_stands_in_the_way_of_the_program() -> None:
    assert laid_over({"program.py/a.py": b"x"}, {"program.py": b"mine"}, GIVEN) == {"program.py": b"mine", **GIVEN}
