"""Rules of the structure that the import contracts cannot say."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
INSIDE = [
    *sorted((ROOT / "grader" / "harness").glob("*.py")),
    *sorted((ROOT / "grader" / "analysis" / "scanner").glob("*.py")),
    ROOT / "grader" / "sandbox" / "launcher.py",
    ROOT / "grader" / "sandbox" / "attacker.py",
]
FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__"}


def imported_modules(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").split(".")[0])
    return found


@pytest.mark.parametrize("path", INSIDE, ids=lambda path: path.stem)
def test_what_runs_beside_student_code_needs_the_standard_library_only(path: Path) -> None:
    own = {other.stem for other in INSIDE}

    assert imported_modules(path) - own <= sys.stdlib_module_names


def our_modules() -> list[Path]:
    return [path for path in sorted((ROOT / "grader").rglob("*.py")) if path not in INSIDE]


@pytest.mark.parametrize("path", our_modules(), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_nothing_of_a_student_is_unpickled_or_evaluated_by_the_grader(path: Path) -> None:
    calls = {
        node.func.id
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }

    assert not imported_modules(path) & {"pickle", "marshal", "shelve", "dill"}
    assert not calls & FORBIDDEN_CALLS


def test_every_package_and_module_says_in_its_first_line_what_it_is() -> None:
    silent = [
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "grader").rglob("*.py")
        if not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ]

    assert silent == []


def test_generated_reference_pages_are_fresh() -> None:
    sys.path.insert(0, str(ROOT / "docs"))
    try:
        import generate
    finally:
        sys.path.pop(0)
    wanted = generate.pages()

    stale = [path.name for path, text in wanted.items() if not path.exists() or path.read_text("utf-8") != text]
    extra = [path.name for path in (ROOT / "docs" / "reference" / "checks").glob("*.md") if path not in wanted]
    assert (stale, extra) == ([], []), "run: python docs/generate.py"
