"""Whatever the file holds, ``load`` returns a Submission or raises one of our errors, and warns nobody."""

from __future__ import annotations

import json
import tempfile
from encodings.aliases import aliases
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.errors import PargradeError
from grader.loading import load
from grader.loading.magics import read_cell
from grader.model.submission import Submission

fuzz = settings(deadline=None, max_examples=60, database=None, suppress_health_check=[HealthCheck.too_slow])

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
MAGICS = """! % %% ? %%writefile %%bash %%time %time = x ( ) [ ] ' " \''' \"\"\" \\ # # coding: latin-1 utf-7
pip install a.py -a ../ if x: import from helpers é"""
fragments = st.sampled_from(MAGICS.split()) | st.sampled_from("\n\n\n\r\t \x0c\0\ud800") | st.just("    ")
code = st.lists(fragments, max_size=25).map("".join)
odd_code = code | st.text(max_size=30) | json_values
plain_line = st.sampled_from(["x = 1", "    y = 2", "", "# comment", "def f():", "s = 'é?'", "z = x % 3"])
plain_cell = st.lists(plain_line, max_size=5).map(lambda lines: "\n".join(["a = 1", *lines, "b = 2"]))


@st.composite
def mutated_notebooks(draw: st.DrawFn) -> Any:
    """A notebook of any format with some of its parts replaced by anything."""

    def perhaps(value: Any) -> Any:
        return draw(json_values) if draw(st.integers(0, 7)) == 0 else value

    def cell() -> Any:
        made = {"cell_type": perhaps("code"), "metadata": perhaps({}), "outputs": perhaps([])}
        made |= {draw(st.sampled_from(["source", "input", "code", "language"])): draw(odd_code)}
        made |= {"source": draw(code)} if draw(st.booleans()) else {}
        return perhaps(made)

    cells = perhaps([cell() for _ in range(draw(st.integers(0, 4)))])
    return perhaps(
        {
            "nbformat": perhaps(draw(st.sampled_from([1, 2, 3, 4, 4, 4, 5]))),
            "nbformat_minor": perhaps(5),
            "metadata": perhaps({"kernelspec": perhaps({"language": perhaps("python")})}),
            "cells": cells,
            "worksheets": perhaps([{"cells": cells}]),
        }
    )


def load_content(content: bytes, name: str) -> Submission:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        return load(path)


def assert_sound(submission: Submission) -> None:
    """What everybody downstream may rely on."""
    assert (submission.fault is None) == bool(submission.program)
    assert len(submission.sha256) == 64
    json.dumps(submission.source).encode()
    submission.source.encode()
    "".join(submission.notes).encode()
    assert "\0" not in submission.source
    assert "\r" not in submission.source
    assert all(not name.startswith("/") and ".." not in name.split("/") for name in submission.files)
    if submission.origin:
        assert len(submission.origin) == submission.source.count("\n")


@fuzz
@given(st.binary(max_size=200) | code.map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_as_a_script(content: bytes) -> None:
    submission = load_content(content, "s.py")

    assert_sound(submission)


@fuzz
@given(st.text("abcdefghijklmnopqrstuvwxyz0123456789_-.", min_size=1, max_size=12), st.binary(max_size=40))
def test_any_declared_encoding(name: str, rest: bytes) -> None:
    submission = load_content(b"# coding: " + name.encode() + b"\nx = 1\n" + rest, "s.py")

    assert_sound(submission)


# attacks: 94
@pytest.mark.parametrize("name", sorted(aliases))
def test_every_encoding_of_the_standard_library(name: str) -> None:
    submission = load_content(f"# coding: {name}\nx = 1\n".encode(), "s.py")

    assert_sound(submission)


@fuzz
@given(st.binary(max_size=200) | json_values.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_as_a_notebook(content: bytes) -> None:
    submission = load_content(content, "n.ipynb")

    assert_sound(submission)


# attacks: 93
@fuzz
@given(mutated_notebooks())
def test_any_structure_as_a_notebook(notebook: Any) -> None:
    submission = load_content(json.dumps(notebook).encode(), "n.ipynb")

    assert_sound(submission)


@fuzz
@given(st.lists(code, min_size=1, max_size=4))
def test_any_mixture_of_magics_in_cells(sources: list[str]) -> None:
    cells = [{"cell_type": "code", "source": source} for source in sources]
    submission = load_content(json.dumps({"nbformat": 4, "cells": cells}).encode(), "n.ipynb")

    assert_sound(submission)


@fuzz
@given(code)
def test_no_line_of_a_cell_moves(source: str) -> None:
    lines = source.split("\n")
    kept = read_cell(lines).lines

    assert len(kept) in (0, len(lines))


@fuzz
@given(st.lists(plain_cell, min_size=1, max_size=6))
def test_cells_without_magics_are_joined_as_they_are_and_map_back(sources: list[str]) -> None:
    cells = [{"cell_type": "code", "source": source.splitlines(keepends=True)} for source in sources]
    submission = load_content(json.dumps({"nbformat": 4, "cells": cells}).encode(), "n.ipynb")

    assert submission.source == "\n\n".join(sources) + "\n"
    assert submission.notes == ()
    for number, (text, place) in enumerate(zip(submission.source.split("\n"), submission.origin, strict=False), 1):
        there = sources[place.cell - 1].split("\n")[place.line - 1]
        assert text in (there, "")
        assert submission.line_text(number) == text


# attacks: 95
@fuzz
@given(st.text(max_size=60))
def test_any_path(name: str) -> None:
    with pytest.raises(PargradeError) as caught:
        load(Path("/nonexistent-folder", "-" + name))

    assert caught.value.message.isprintable()
