"""Modules beside the program: those it imports come along, nothing else, and nothing from elsewhere."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.loading.modules import imported_names
from grader.model.submission import Submission

Load = Callable[..., Submission]


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("import a", {"a"}),
        ("import a.b as c, d", {"a", "d"}),
        ("from a.b import c", {"a"}),
        ("    from a import (\n  b)", {"a"}),
        ("try: import a\nexcept ImportError: import b; import c", {"a", "b", "c"}),
        ("import a, \\\n  b", {"a", "b"}),
        ("importlib.import_module('a.b')\n__import__( \"c\")", {"a", "c"}),
        ("from . import a", set()),
        ("important = 1\nx = 'import'", set()),
        ("import é", {"é"}),
    ],
)
def test_imports_are_found_without_parsing(source: str, names: set[str]) -> None:
    assert imported_names(source) == names


def test_a_long_word_after_from_takes_no_time() -> None:
    assert imported_names("from " + "a" * 1_000_000) == set()


def test_imported_modules_come_along_with_what_they_import(tmp_path: Path, load_script: Load) -> None:
    (tmp_path / "helpers.py").write_text("from deeper import x\n")
    (tmp_path / "deeper.py").write_text("import helpers\nx = 1\n")
    (tmp_path / "unused.py").write_text("x = 1\n")

    submission = load_script("import helpers\n")

    assert submission.files == {
        "helpers.py": b"from deeper import x\n",
        "deeper.py": b"import helpers\nx = 1\n",
    }
    assert submission.siblings == ("deeper.py", "helpers.py", "unused.py")


def test_a_package_comes_along_with_its_python_files(tmp_path: Path, load_script: Load) -> None:
    (tmp_path / "tools" / "inner").mkdir(parents=True)
    (tmp_path / "tools" / "__pycache__").mkdir()
    for name in ("__init__.py", "inner/core.py", "data.txt", "not-a-module.py", "__pycache__/x.py"):
        (tmp_path / "tools" / name).write_text("x = 1\n")

    submission = load_script("from tools.inner import core\n")

    assert set(submission.files) == {"tools/__init__.py", "tools/inner/core.py"}


def test_a_notebook_gets_its_modules_too(tmp_path: Path, load_notebook: Load) -> None:
    (tmp_path / "helpers.py").write_text("x = 1\n")
    (tmp_path / "other.py").write_text("x = 2\n")

    submission = load_notebook("%%writefile helpers.py\nimport other", "import helpers")

    assert submission.files == {"helpers.py": b"import other\n", "other.py": b"x = 2\n"}


def test_the_program_is_never_its_own_module(tmp_path: Path, load_notebook: Load, load_script: Load) -> None:
    (tmp_path / "my_notebook.py").write_text("x = 1\n")

    assert load_notebook("import my_notebook").files == {}
    assert load_script("import my_script\n").files == {}


def test_a_file_that_hides_a_standard_module_stays_behind_but_is_named(tmp_path: Path, load_script: Load) -> None:
    (tmp_path / "queue.py").write_text("x = 1\n")
    (tmp_path / "random").mkdir()
    (tmp_path / "random" / "__init__.py").write_text("x = 1\n")

    submission = load_script("import queue, random\n")

    assert submission.files == {}
    assert submission.siblings == ("queue.py",)


def test_links_are_not_followed(tmp_path: Path, load_script: Load) -> None:
    secret = tmp_path / "elsewhere"
    secret.mkdir()
    (secret / "answers.py").write_text("x = 42\n")
    (tmp_path / "helpers.py").symlink_to(secret / "answers.py")
    (tmp_path / "tools").symlink_to(secret)

    submission = load_script("import helpers, tools\n")

    assert submission.files == {}
    assert submission.notes == ("The file `helpers.py` beside the program was left out: it is not an ordinary file.",)


def test_a_named_pipe_beside_the_program_blocks_nothing(tmp_path: Path, load_script: Load) -> None:
    os.mkfifo(tmp_path / "helpers.py")

    assert load_script("import helpers\n").files == {}


def test_modules_over_the_limit_stay_behind_with_a_note(tmp_path: Path, load_script: Load) -> None:
    (tmp_path / "big.py").write_text("x = 1\n" * 150_000)
    (tmp_path / "huge.py").write_text("x = 1\n" * 150_000)
    (tmp_path / "small.py").write_text("x = 1\n")

    submission = load_script("import big, huge, small\n")

    assert set(submission.files) == {"big.py", "small.py"}
    assert "`huge.py`" in submission.notes[0]
    assert "1 MB" in submission.notes[0]


def test_where_there_are_too_many_siblings_the_dangerous_ones_are_named(tmp_path: Path, load_script: Load) -> None:
    for number in range(600):
        (tmp_path / f"a{number:03}.py").touch()
    (tmp_path / "queue.py").touch()

    submission = load_script("x = 1\n")

    assert len(submission.siblings) == 500
    assert "queue.py" in submission.siblings
