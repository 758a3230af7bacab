"""Scripts: the bytes stay as they are, the text is what Python would read, and faults are explained."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.loading import load
from grader.model.submission import Fault, Submission, SubmissionKind

LoadScript = Callable[..., Submission]


def fault_of(submission: Submission) -> Fault:
    assert submission.fault is not None
    assert submission.program == b""
    assert submission.source == ""
    return submission.fault


def test_a_script_keeps_its_bytes_and_identity(load_script: LoadScript) -> None:
    content = b"import os\r\nprint(os.getpid())\r\n"

    submission = load_script(content)

    assert submission.name == submission.script_name == "my_script.py"
    assert submission.kind is SubmissionKind.SCRIPT
    assert submission.sha256 == hashlib.sha256(content).hexdigest()
    assert submission.program == content
    assert submission.fault is None
    assert submission.origin == ()


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_every_line_ending_counts_lines_alike(load_script: LoadScript, newline: str) -> None:
    submission = load_script(newline.join(["a = 1", "", "\tb = 2", ""]))

    assert submission.source == "a = 1\n\n\tb = 2\n"
    assert submission.line_text(3) == "\tb = 2"


def test_a_form_feed_is_no_line_end(load_script: LoadScript) -> None:
    submission = load_script("a = 1\n\x0c\nb = 'x\x0cy'\nc = 3\n")

    assert submission.line_text(4) == "c = 3"


def test_a_byte_order_mark_is_not_part_of_the_text(load_script: LoadScript) -> None:
    submission = load_script(b"\xef\xbb\xbfx = '\xc3\xa9'\n")

    assert submission.source == "x = 'é'\n"
    assert submission.program.startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize(
    ("content", "source"),
    [
        (b"# -*- coding: latin-1 -*-\nx = '\xe9'\n", "x = 'é'"),
        (b"#!/usr/bin/env python\n# vim: set fileencoding=cp1252 :\nx = '\x80'\n", "x = '€'"),
        ("# coding: shift_jis\nx = 'あ'\n".encode("shift_jis"), "x = 'あ'"),
        (b"# caf\xe9\n# coding: latin-1\nx = 1\n", "# café"),
        (b"# coding: latin-1\rx = '\xe9'\r", "x = 'é'"),
        (b"# coding: utf-7\nx = '+AOk-'\n", "x = 'é'"),
    ],
)
def test_a_declared_encoding_is_followed(load_script: LoadScript, content: bytes, source: str) -> None:
    assert source in load_script(content).source


def test_an_encoding_comment_below_code_means_nothing(load_script: LoadScript) -> None:
    assert load_script("x = 'é'\n# coding: ascii\n").source == "x = 'é'\n# coding: ascii\n"


# attacks: 94
@pytest.mark.parametrize(
    ("content", "headline"),
    [
        (b"x = 1\ny = '\xe9'\n", "Line 2 holds the byte 0xE9, which is not valid UTF-8."),
        (b"# coding: ascii\nx = '\xc3\xa9'\n", "Line 2 holds the byte 0xC3, which is not valid ascii."),
        (b"# coding: no-such-thing\nx = 1\n", "`no-such-thing`"),
        (b"# coding: rot13\nx = 1\n", "`rot13`"),
        (b"# coding: hex\nx = 1\n", "`hex`"),
        (b"# coding: undefined\nx = 1\n", "`undefined`"),
        (b"# coding: punycode\nx = 1\n", "`punycode`"),
        (b"# coding: unicode_escape\nx = '\\q'\n", "`unicode_escape`"),
        (b"# coding: ..\nx = 1\n", "`..`"),
        (b"# coding: __init__\nx = 1\n", "`__init__`"),
        (b"# coding: utf-16\nx = 12\n", "saved in another one"),
        (b"# coding: cp037\nx = 1\n", "saved in another one"),
        (b"\xef\xbb\xbf# coding: latin-1\nx = 1\n", "byte-order mark"),
        (b"# coding: utf-7\nx = '+2AA-'\n", "Line 2 holds half a character"),
    ],
)
def test_text_that_cannot_be_read_is_explained(load_script: LoadScript, content: bytes, headline: str) -> None:
    fault = fault_of(load_script(content))

    assert fault.cause == "undecodable"
    assert headline in fault.headline


def test_a_bad_byte_shows_what_windows_meant(load_script: LoadScript) -> None:
    assert "`é`" in fault_of(load_script(b"x = '\xe9'\n")).detail


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf16_is_called_by_its_name(load_script: LoadScript, encoding: str) -> None:
    fault = fault_of(load_script("print('hello')\n".encode(encoding)))

    assert fault.cause == "undecodable"
    assert "UTF-16" in fault.headline


@pytest.mark.parametrize("content", ["", " \n\t\n\x0c", "# only a comment\n\n  # another\n", "\ufeff"])
def test_a_file_without_code_is_empty(load_script: LoadScript, content: str) -> None:
    fault = fault_of(load_script(content))

    assert fault.cause == "empty-file"


@pytest.mark.parametrize(
    ("content", "looks_like"),
    [
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a PNG picture"),
        (b"PK\x03\x04\x14\0\0\0", "a ZIP archive"),
        (b"%PDF-1.7\nall text\n", "a PDF document"),
        (b"{\\rtf1\\ansi print(1)}", "a rich-text document"),
        (b"\x00\x05\x16\x07\x00\x02", "a macOS companion file"),
        (b"x = 1\ny = '\0'\n", "Line 2 holds a NUL byte"),
    ],
)
def test_a_binary_file_says_what_it_looks_like(load_script: LoadScript, content: bytes, looks_like: str) -> None:
    fault = fault_of(load_script(content))

    assert fault.cause == "binary-file"
    assert looks_like in fault.detail


def test_a_large_file_is_not_kept_but_still_identified(load_script: LoadScript) -> None:
    content = b"x = 1\n" * 900_000

    submission = load_script(content)

    assert fault_of(submission).cause == "file-too-large"
    assert fault_of(submission).headline == "The script is too large: 5.4 MB."
    assert submission.sha256 == hashlib.sha256(content).hexdigest()


def test_a_notebook_named_as_a_script_is_recognised(load_script: LoadScript) -> None:
    assert fault_of(load_script('{"cells": [], "nbformat": 4}')).cause == "notebook-as-script"


@pytest.mark.parametrize(
    ("source", "hint"),
    [
        ("# exercise: word_count\nx = 1\n", "word_count"),
        ("x = 1\r\n   #exercise:async_map  \r\n", "async_map"),
        ("# exercise: parallelise the word count\nx = 1\n", None),
        ("x = 1  # exercise: word_count\n", None),
        ("x = 1\n", None),
    ],
)
def test_a_comment_names_the_exercise(load_script: LoadScript, source: str, hint: str | None) -> None:
    assert load_script(source).exercise_hint == hint


def test_a_faulty_file_can_still_name_its_exercise(load_script: LoadScript) -> None:
    assert load_script(b"# exercise: word_count\nx = '\xe9'\n").exercise_hint == "word_count"


# attacks: 95
@pytest.mark.parametrize("name", ["-c.py", "my script.py", 'it\'s "mine".py', "a\nb.py", "UPPER.PY", "..a.py"])
def test_an_odd_name_is_only_data(load_script: LoadScript, name: str) -> None:
    submission = load_script("x = 1\n", name=name)

    assert submission.name == submission.script_name == name
    assert "/" not in submission.script_name


def test_a_name_that_is_no_utf8_can_be_reported(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.py"))
    path.write_text("x = 1\n")

    assert load(path).name == "caf?.py"


def test_a_script_needs_no_nbformat(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    program = (
        "import sys; from pathlib import Path; from grader.loading import load; "
        "load(Path(sys.argv[1])); print('nbformat' in sys.modules)"
    )

    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "a.py")], capture_output=True, text=True, check=True
    )

    assert done.stdout == "False\n"
