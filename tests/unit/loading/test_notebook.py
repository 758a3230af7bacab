"""Notebooks: the code cells become one program with a map back, and broken ones are explained."""

from __future__ import annotations

import json
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from grader.loading import load
from grader.model.submission import Fault, SourceLine, Submission, SubmissionKind

LoadNotebook = Callable[..., Submission]


def fault_of(submission: Submission) -> Fault:
    assert submission.fault is not None
    assert submission.program == b""
    return submission.fault


def load_bytes(tmp_path: Path, content: bytes) -> Submission:
    (tmp_path / "n.ipynb").write_bytes(content)
    return load(tmp_path / "n.ipynb")


def test_code_cells_become_one_program_in_order(tmp_path: Path) -> None:
    cells = [
        {"cell_type": "markdown", "source": "# Title"},
        {"cell_type": "code", "source": ["a = 1\n", "b = 2"]},
        {"cell_type": "raw", "source": "no"},
        {"cell_type": "code", "source": "print('é')\n\n"},
    ]

    submission = load_bytes(tmp_path, json.dumps({"nbformat": 4, "cells": cells}).encode())

    assert submission.kind is SubmissionKind.NOTEBOOK
    assert submission.script_name == "n.py"
    assert submission.source == "a = 1\nb = 2\n\nprint('é')\n"
    assert submission.program == submission.source.encode()
    assert submission.notes == ()


def test_every_line_maps_back_to_its_cell(load_notebook: LoadNotebook) -> None:
    submission = load_notebook("a = 1", "", "\nb = 2\r\nc = 3\n")

    assert submission.source == "a = 1\n\n\nb = 2\nc = 3\n"
    assert submission.origin == (
        SourceLine(1, 1),
        SourceLine(1, 1),
        SourceLine(3, 1),
        SourceLine(3, 2),
        SourceLine(3, 3),
    )


def test_an_indented_cell_is_dedented_as_in_jupyter(load_notebook: LoadNotebook) -> None:
    assert load_notebook("  if a:\n    b = 1\n  c = 2").source == "if a:\n  b = 1\nc = 2\n"


def test_the_suffix_may_be_in_capitals(load_notebook: LoadNotebook) -> None:
    assert load_notebook("x = 1", name="N.IPYNB").script_name == "N.py"


@pytest.mark.parametrize(
    "old",
    [
        {"nbformat": 1, "cells": [{"cell_type": "code", "code": "a = 1\nb = 2", "prompt_number": 1}]},
        {"nbformat": 2, "worksheets": [{"cells": [{"cell_type": "code", "input": ["a = 1", "b = 2"]}]}]},
        {"nbformat": 3, "worksheets": [{"cells": [{"cell_type": "code", "input": ["a = 1\n", "b = 2"]}]}]},
        {"nbformat": 3, "worksheets": [{"cells": [{"cell_type": "code", "input": "a = 1\nb = 2"}]}]},
    ],
    ids=["v1", "v2", "v3-list", "v3-text"],
)
def test_an_old_format_is_upgraded(tmp_path: Path, old: dict[str, Any]) -> None:
    submission = load_bytes(tmp_path, json.dumps(old).encode())

    assert submission.source == "a = 1\nb = 2\n"


# attacks: 93
@pytest.mark.parametrize(
    ("content", "detail"),
    [
        (b"x = 1\n", "this is not"),
        (b'{"nbformat": 4, "cells": [', "damaged or cut off in line 1"),
        (b'{"nbformat": 4,\n<<<<<<< HEAD\n"cells": []}', "merge in git"),
        (b"[" * 200_000, "nested too deeply"),
        (b'{"a":' * 200_000, "nested too deeply"),
        (b"[]", "a notebook is a JSON object"),
        (b"{}", "no valid `nbformat`"),
        (b'{"nbformat": true, "cells": []}', "no valid `nbformat`"),
        (b'{"nbformat": "4", "cells": []}', "no valid `nbformat`"),
        (b'{"nbformat": 5, "cells": []}', "format 5"),
        (b'{"nbformat": 4}', "`cells` is not a list"),
        (b'{"nbformat": 4, "cells": [1]}', "`cells` is not a list"),
        (b'{"nbformat": 3, "worksheets": [{}]}', "`cells` is not a list"),
        (b'{"nbformat": 4, "cells": [{"cell_type": "code"}]}', "Code cell 1 has no text"),
        (b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": [1]}]}', "Code cell 1 has no text"),
        (b'{"nbformat": 4, "x": ' + b"1" * 5000 + b"}", "damaged"),
        (b'{"nbformat": 4, "x": [' + b"[]," * 1_000_001 + b"0]}", "more than a million"),
    ],
)
def test_a_broken_notebook_says_what_is_wrong(tmp_path: Path, content: bytes, detail: str) -> None:
    fault = fault_of(load_bytes(tmp_path, content))

    assert fault.cause == "broken-notebook"
    assert detail in fault.detail


def test_a_script_named_as_a_notebook_gets_the_right_advice(tmp_path: Path) -> None:
    assert ".py" in fault_of(load_bytes(tmp_path, b"import os\n")).hint


def test_an_empty_file_is_not_called_broken(tmp_path: Path) -> None:
    assert fault_of(load_bytes(tmp_path, b" \n")).cause == "empty-file"


def test_bytes_that_are_no_utf8_are_located(tmp_path: Path) -> None:
    fault = fault_of(load_bytes(tmp_path, b'{\n"a": "\xe9"}'))

    assert fault.cause == "undecodable"
    assert "Line 2 of the file holds the byte 0xE9" in fault.headline


@pytest.mark.parametrize(("character", "what"), [("\0", "NUL"), ("\ud800", "surrogate")])
def test_a_character_no_program_can_hold_is_located(load_notebook: LoadNotebook, character: str, what: str) -> None:
    fault = fault_of(load_notebook("a = 1", f"b = 2\nc = '{character}'"))

    assert fault.cause == "undecodable"
    assert fault.headline.startswith("Code cell 2, line 2 holds")
    assert what in fault.headline


def test_a_notebook_without_code_cells_says_so(load_notebook: LoadNotebook) -> None:
    assert fault_of(load_notebook()).cause == "no-code-cells"


@pytest.mark.parametrize("sources", [[""], ["# nothing", "\n\n"], ["!ls", "%matplotlib inline"], ["%%bash\nls"]])
def test_cells_without_python_are_an_empty_program(load_notebook: LoadNotebook, sources: list[str]) -> None:
    assert fault_of(load_notebook(*sources)).cause == "empty-file"


@pytest.mark.parametrize(
    "metadata", [{"kernelspec": {"language": "julia"}}, {"language_info": {"name": "R"}, "kernelspec": 3}]
)
def test_another_language_is_refused(load_notebook: LoadNotebook, metadata: dict[str, Any]) -> None:
    assert fault_of(load_notebook("x = 1", metadata=metadata)).cause == "not-python"


def test_another_language_in_an_old_notebook_is_refused(tmp_path: Path) -> None:
    cell = {"cell_type": "code", "input": "x = 1", "language": "julia"}
    old = {"nbformat": 3, "worksheets": [{"cells": [cell]}]}

    assert fault_of(load_bytes(tmp_path, json.dumps(old).encode())).cause == "not-python"


def test_a_python_kernel_is_accepted_under_its_names(load_notebook: LoadNotebook) -> None:
    metadata = {"kernelspec": {"language": "Python", "name": "xpython"}, "language_info": {"name": "ipython"}}

    assert load_notebook("x = 1", metadata=metadata).fault is None


@pytest.mark.parametrize(
    ("metadata", "source", "hint"),
    [
        ({"pargrade": {"exercise": "word_count"}}, "x = 1", "word_count"),
        ({"exercise": "async_map"}, "x = 1", "async_map"),
        ({"exercise": ["async_map"]}, "x = 1", None),
        ({"exercise": "two words"}, "x = 1", None),
        ({"pargrade": "word_count"}, "# exercise: async_map\nx = 1", "async_map"),
    ],
)
def test_the_exercise_is_named_in_metadata_or_a_cell(
    load_notebook: LoadNotebook, metadata: dict[str, Any], source: str, hint: str | None
) -> None:
    assert load_notebook("y = 2", source, metadata=metadata).exercise_hint == hint


def test_an_encoding_comment_does_not_change_the_program(load_notebook: LoadNotebook) -> None:
    submission = load_notebook("# coding: latin-1\nx = 'é'")

    assert submission.source == "#\nx = 'é'\n"
    assert submission.notes == ("Cell 1: the encoding comment was left out.",)


# attacks: 93
def test_big_outputs_are_no_fault_but_big_code_is(load_notebook: LoadNotebook) -> None:
    with_output = load_notebook("x = 1", metadata={"picture": "A" * 6_000_000})
    with_code = load_notebook("x = '" + "A" * 5_000_000 + "'")

    assert with_output.fault is None
    assert fault_of(with_code).cause == "file-too-large"


def test_a_notebook_over_twenty_megabytes_is_advised_to_clear_outputs(load_notebook: LoadNotebook) -> None:
    fault = fault_of(load_notebook("x = 1", metadata={"picture": "A" * 20_000_001}))

    assert fault.cause == "file-too-large"
    assert "Clear the outputs" in fault.hint


# attacks: 93
def test_ten_thousand_cells_are_quick(load_notebook: LoadNotebook) -> None:
    started = time.process_time()
    submission = load_notebook(*(f"x = {number}" for number in range(10_000)))

    assert len(submission.origin) == 19_999
    assert time.process_time() - started < 5


def test_equal_random_ids_in_an_upgrade_warn_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import nbformat.v4.convert

    monkeypatch.setattr(nbformat.v4.convert, "random_cell_id", lambda: "same")
    cells = [{"cell_type": "code", "input": "a = 1"}, {"cell_type": "code", "input": "b = 2"}]
    old = {"nbformat": 3, "worksheets": [{"cells": cells}]}

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        submission = load_bytes(tmp_path, json.dumps(old).encode())

    assert submission.source == "a = 1\n\nb = 2\n"
    assert caught == []
