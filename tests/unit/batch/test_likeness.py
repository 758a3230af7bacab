"""Programs of a class compared with each other, and what was found kept for later."""

from __future__ import annotations

import json
from pathlib import Path

from grader.batch.handin import HandIn
from grader.batch.likeness import Likeness, keep_likeness, kept_likeness, likeness
from grader.batch.records import Student
from grader.report.class_view import Alike, Passage

PROGRAM = """\
import re
from collections import Counter
from pathlib import Path

def count_words(file):
    counts = Counter()
    for token in Path(file).read_text().split():
        found = re.search('[a-z-]+', token.lower())
        if found is not None and len(found[0]) > 0:
            counts[found[0]] += 1
    return dict(counts)

def reduce_dicts(first, second):
    total = dict(first)
    for word, number in second.items():
        total[word] = total.get(word, 0) + number
    return total
"""


def handed_in(key: str, text: str | bytes, file: str = "my_script.py") -> HandIn:
    data = text if isinstance(text, bytes) else text.encode()
    return HandIn(Student(key), file, key, "a" * 64, lambda: {file: data})


def test_one_program_under_other_names_is_a_group_and_no_pair() -> None:
    renamed = PROGRAM.replace("counts", "anzahl").replace("token", "wort") + "# mine\n"

    found = likeness([handed_in("ann", PROGRAM), handed_in("bob", renamed), handed_in("cy", "print(1)\n")], "")

    assert found == Likeness((("ann", "bob"),), ())


def test_a_pair_shows_the_lines_of_both() -> None:
    longer = (
        "import sys\n\n" + PROGRAM.replace("counts", "anzahl") + "\nif len(sys.argv) > 1:\n    print(sys.argv[1:])\n"
    )

    found = likeness([handed_in("ann", PROGRAM.replace("\n", "\r\n")), handed_in("bob", longer)], "")

    (pair,) = found.alike
    assert {pair.first, pair.second} == {"ann", "bob"}
    assert pair.share > 0.8
    assert any("anzahl[found[0]] += 1" in passage.first + passage.second for passage in pair.passages)
    assert any("counts[found[0]] += 1" in passage.first + passage.second for passage in pair.passages)


def test_what_everybody_was_given_is_no_likeness() -> None:
    mine, theirs = PROGRAM + "print(1)\n", PROGRAM + "import os\nprint(os.name)\n"

    assert likeness([handed_in("ann", mine), handed_in("bob", theirs)], PROGRAM).alike == ()


def test_a_notebook_is_read_by_its_cells() -> None:
    cell = {"cell_type": "code", "metadata": {}, "source": PROGRAM, "outputs": [], "execution_count": None}
    notebook = json.dumps({"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [cell]})

    found = likeness([handed_in("ann", PROGRAM), handed_in("bob", notebook, "mine.ipynb")], "")

    assert found.same_program == (("ann", "bob"),)


def test_what_cannot_be_read_is_like_nothing_and_stops_nothing() -> None:
    def gone() -> dict[str, bytes]:
        raise OSError("gone")

    odd = [
        HandIn(Student("dan"), "a.py", "", "", gone),
        handed_in("eve", b"\xff\x00\xfe", "a.ipynb"),
        handed_in("fay", b"\xff\x00\xfe"),
    ]

    assert likeness([handed_in("ann", PROGRAM), handed_in("bob", PROGRAM), *odd], "").same_program == (("ann", "bob"),)


def test_what_was_found_is_kept_by_exercise(tmp_path: Path) -> None:
    found = Likeness((("ann", "bob"),), (Alike("ann", "cy", 0.75, (Passage("ä", "b"),)),))

    keep_likeness(tmp_path, "word_count", found)

    assert kept_likeness(tmp_path, "word_count") == found
    assert kept_likeness(tmp_path, "async_map") is None


def test_a_broken_file_is_as_good_as_none(tmp_path: Path) -> None:
    (tmp_path / "likeness-word_count.json").write_text("{")

    assert kept_likeness(tmp_path, "word_count") is None
