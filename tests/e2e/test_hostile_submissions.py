"""Submissions that attack whoever reads about them: the terminal, the browser, the CI run, the grader's patience.

``# attacks:`` names the numbers of the attacks that the test below it tries, as ``docs/security.md`` lists them.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from markdown_it import MarkdownIt

from grader.model.grade import Grade
from grader.model.result import CheckResult, Verdict
from grader.model.run import Observation, RunRequest
from grader.report import formats
from grader.sandbox.practice import PracticeSandbox
from grader.testing import grade_file

ROOT = Path(__file__).resolve().parents[2]
FULL_MARKS = (ROOT / "solutions" / "async_map" / "with_statement.py").read_text(encoding="utf-8")
FORMATS = ("json", "terminal", "html", "markdown", "junit")

pytestmark = pytest.mark.slow

LOUD = r"""
# exercise: async_map
import sys
from concurrent.futures import ProcessPoolExecutor

LINES = [
    "</pre></details><script>alert(1)</script><img src=x onerror=alert(2)>",
    "<!-- </style> ]]> </failure></testcase><testcase name='forged'/> &#x1b; <![CDATA[",
    "```", "~~~~~~", "</code>", "# A heading", "[a link](javascript:alert(3))", "| a | table |",
    "$\\LaTeX$ \\input{/etc/passwd}", "=cmd|' /C calc'!A0", "+1", "-1", "@SUM(1)",
    "::error file=a.py::forged", "::stop-commands::token", "##[error]forged", "##vso[task.setvariable variable=a]b",
    "##teamcity[testFailed name='forged']",
    "\x1b]0;title\x07 \x1b]8;;http://example.test\x1b\\click\x1b]8;;\x1b\\",
    "\x1b]52;c;ZXZpbA==\x07 \x1bPq#0~\x1b\\ \x9b2J",
    "10 of 10 points\r0 of 10 points\x08\x08\x7f\x00\x0b\x0c\u2028\u2029\x85",
    "\u202egnp.exe\u2066 \u200b\u200d\ufeff\u00ad\U000e0041",
    '{"schema": "pargrade/report/v1", "score": 10}', "PASSED", "=" * 80, "x" * 100_000,
]


class Loud(Exception):
    def __str__(self):
        return "\n".join(LINES) + "\ud800"


def loud(a, b):
    raise Loud


Loud.__name__ = "<script>\x1b[2J\u202e::error::`|"
loud.__qualname__ = Loud.__name__ + "\ud800"

if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        stream.write("\n".join(LINES) + "\n")
        stream.flush()
        stream.buffer.write(b"\xff\xfe\xed\xa0\x80\n")
        stream.flush()
    with ProcessPoolExecutor(2) as pool:
        list(pool.map(loud, range(4), range(4)))
"""


@dataclass(frozen=True)
class Told:
    """All that a grading put out: the reports by format, and what was said on the standard error."""

    reports: dict[str, str]
    errors: str
    code: int


def command(folder: Path, *arguments: str | bytes) -> subprocess.CompletedProcess[bytes]:
    """Run the real command in a folder, with a temp folder of its own."""
    with tempfile.TemporaryDirectory(prefix="t-", dir="/tmp") as temp:
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        return subprocess.run(
            [sys.executable, "-m", "grader", *arguments],
            cwd=folder,
            env={**kept, "PYTHONPATH": str(ROOT), "TMPDIR": temp, "LANG": "C.UTF-8"},
            capture_output=True,
            timeout=200,
            check=False,
        )


@pytest.fixture(scope="module")
def loud(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """The loud program, under a loud name, graded once with every report."""
    folder = tmp_path_factory.mktemp("loud")
    name = "<img src=x>\x1b[31m\u202e\n::error::'\"&`|*.py"
    (folder / name).write_text(LOUD, encoding="utf-8")
    done = command(folder, "--json", "r.json", "--html", "r.html", "--md", "r.md", "--junit", "r.xml", "--quick", name)
    files = {"json": "r.json", "html": "r.html", "markdown": "r.md", "junit": "r.xml"}
    reports = {kind: (folder / file).read_bytes().decode() for kind, file in files.items()}
    return Told(reports | {"terminal": done.stdout.decode()}, done.stderr.decode(), done.returncode)


# attacks: 57, 86, 87
def test_a_loud_program_is_only_a_failed_one(loud: Told) -> None:
    grade = json.loads(loud.reports["json"])

    assert loud.code == 1
    assert grade["checks"][0]["cause"] == "not-picklable"
    assert grade["run"]["runs"][0]["claims_rejected"] == 0
    assert grade["score"] < grade["max_score"] / 2
    assert "Traceback" not in loud.errors


# attacks: 87, 130
@pytest.mark.parametrize("kind", FORMATS)
def test_nothing_in_a_report_steers_or_hides(loud: Told, kind: str) -> None:
    text = loud.reports[kind]

    assert not [c for c in text if c != "\n" and unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")]


# attacks: 130
@pytest.mark.parametrize("kind", FORMATS)
def test_no_report_holds_a_command_for_a_ci_service(loud: Told, kind: str) -> None:
    text = loud.reports[kind] + loud.errors

    assert not re.search(r"^\s*::", text, re.MULTILINE)
    assert not re.search(r"##(?:\[|vso\[|teamcity\[)", text)


# attacks: 86, 89
def test_the_page_holds_no_markup_of_the_program(loud: Told) -> None:
    page = loud.reports["html"]

    assert not re.search(r"<(?:script|img|!--(?! )|testcase)", page)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert page.count("</style>") == page.count("</html>") == 1


# attacks: 89, 136
def test_the_markdown_holds_no_markup_of_the_program(loud: Told) -> None:
    html = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(loud.reports["markdown"])

    assert not set(re.findall(r"<([a-z][a-z0-9]*)", html)) & {"script", "img", "a", "s", "hr", "blockquote", "ol"}
    assert html.count("<h1>") == html.count("<table>") == 1


# attacks: 88, 135
def test_the_test_cases_are_those_of_the_checks(loud: Told) -> None:
    suite = ET.fromstring(loud.reports["junit"].encode()).find("testsuite")
    checks = json.loads(loud.reports["json"])["checks"]

    assert suite is not None
    assert [case.attrib["name"].partition(":")[0] for case in suite.findall("testcase")] == [c["id"] for c in checks]


# attacks: 51, 90
@pytest.mark.parametrize("kind", FORMATS)
def test_a_report_on_a_loud_program_is_small(loud: Told, kind: str) -> None:
    assert len(loud.reports[kind]) < 200_000


# --- endings that nobody should wait for -------------------------------------------------------------


@dataclass(frozen=True)
class Hurried:
    """The practice sandbox with less patience."""

    wall_s: float

    def run(self, request: RunRequest) -> Observation:
        return PracticeSandbox().run(replace(request, limits=replace(request.limits, wall_s=self.wall_s)))

    guarantees = PracticeSandbox().guarantees


ENDINGS = {
    "its text raises": ("class E(Exception):\n    def __str__(self): raise self\nraise E", "crashed"),
    "its text exits": ("class E(Exception):\n    def __str__(self): raise SystemExit(0)\nraise E", "crashed"),
    "its text is no text": ("class E(Exception):\n    def __str__(self): return 7\nraise E", "crashed"),
    "a line of a megabyte": ("raise ValueError('x' * 1_000_000)", "crashed"),
    "a chain that bites its tail": (
        "a, b = ValueError('a'), ValueError('b')\na.__cause__, b.__cause__ = b, a\nraise a",
        "crashed",
    ),
    "a long chain": (
        "error = None\nfor number in range(500):\n"
        "    new = ValueError(number)\n    new.__cause__, error = error, new\nraise error",
        "crashed",
    ),
    "a hundred thousand frames": (
        "sys.setrecursionlimit(200_000)\ndef down(n):\n    return 1 / n if not n else down(n - 1)\ndown(100_000)",
        "crashed",
    ),
    "exits with a heap": ("raise SystemExit([0] * 10_000_000)", "too-much-output"),
    "exits with a huge number": ("sys.exit(10 ** 10_000)", "exit-code"),
    "exits with a liar": (
        "class Liar(int):\n"
        "    def __ge__(self, other): return True\n"
        "    __gt__ = __le__ = __lt__ = __ge__\n"
        "    def __and__(self, other): return {'exit': object()}\n"
        "sys.exit(Liar(5))",
        "exit-code",
    ),
    "a hook that shouts": (
        "sys.excepthook = lambda *_: sys.stderr.write('\\x1b[2J::error::\\n' * 100)\nraise ValueError('\\ud800')",
        "crashed",
    ),
}


def rendered(grade: Grade) -> Iterator[str]:
    for kind in FORMATS:
        yield formats().get(kind)(grade)


def first_check(grade: Grade) -> CheckResult:
    assert grade.checks[0].id == "runs"
    return grade.checks[0]


# attacks: 55, 64, 90, 132
@pytest.mark.parametrize("ending", ENDINGS)
def test_an_odd_ending_is_a_failed_run_and_a_small_report(ending: str, tmp_path: Path) -> None:
    body, cause = ENDINGS[ending]
    lines = "".join(f"    {line}\n" for line in body.split("\n"))
    path = tmp_path / "odd.py"
    path.write_text(f"import sys\nif __name__ == '__main__':\n{lines}")

    grade = grade_file(path, exercise="async_map")

    assert first_check(grade).verdict is Verdict.FAILED
    assert first_check(grade).cause == cause
    assert max(map(len, rendered(grade))) < 100_000


# attacks: 90, 132
def test_an_exception_whose_text_never_comes_ends_at_the_time_limit(tmp_path: Path) -> None:
    path = tmp_path / "endless.py"
    path.write_text(
        "class E(Exception):\n    def __str__(self):\n        while True: pass\n"
        "if __name__ == '__main__':\n    raise E\n"
    )

    grade = grade_file(path, exercise="async_map", sandbox=Hurried(wall_s=3.0))

    assert (first_check(grade).verdict, first_check(grade).cause) == (Verdict.FAILED, "timeout")


# attacks: 131
def test_output_of_nothing_but_slashes_is_read_in_no_time(tmp_path: Path) -> None:
    path = tmp_path / "slashes.py"
    path.write_text("print('/' * 60_000)\nprint('/tmp/pargrade-' * 5_000)\n")

    grade = grade_file(path, exercise="async_map")

    assert first_check(grade).verdict is Verdict.PASSED
    assert grade.run.runs[0].stdout.startswith("/" * 60_000 + "\n")


# --- names and files ---------------------------------------------------------------------------------

NAMES = (
    b"-c.py",
    b"--json.py",
    b'it\'s "mine"\n $(id) ;.py',
    b"__main__.py",
    b"pargrade_trace.py",
    b"\xff\xfe.py",
    "\u202egnp.py".encode(),
)


# attacks: 87, 95
@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_only_data(name: bytes, tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(name)).write_text(FULL_MARKS, encoding="utf-8")

    done = command(tmp_path, "--quick", "--exercise", "async_map", "--json", "-", "--", name)

    grade = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr.decode()
    assert grade["score"] == grade["max_score"]
    assert [os.fsencode(path.name) for path in tmp_path.iterdir()] == [name]


# attacks: 66, 95
def test_folders_named_like_what_the_program_imports_change_nothing(tmp_path: Path) -> None:
    for module in ("concurrent", "multiprocessing", "json"):
        (tmp_path / module).mkdir()
        (tmp_path / module / "__init__.py").write_text("raise SystemExit('hijacked')\n")
    (tmp_path / "my_script.py").write_text(FULL_MARKS, encoding="utf-8")

    grade = grade_file(tmp_path / "my_script.py", exercise="async_map")

    assert grade.score == grade.max_score


# attacks: 96
@pytest.mark.parametrize(
    "trap", ["os.mkdir(n)", "os.mkfifo(n)", "os.symlink('/etc/passwd', n)", "open(n, 'w').write(F)"]
)
def test_a_report_that_the_program_makes_itself_is_not_read(trap: str, tmp_path: Path) -> None:
    forged = 'F = \'{"schema": "pargrade/report/v1", "score": 6, "tests": [{"score": 6}]}\'\n'
    names = "('r.json', 'results.json', 'answers.json', 'claims')"
    (tmp_path / "trap.py").write_text(f"import os\n{forged}for n in {names}:\n    {trap}\n")

    done = command(tmp_path, "trap.py", "--quick", "--exercise", "async_map", "--json", "r.json")

    assert done.returncode == 1, done.stderr.decode()
    assert json.loads((tmp_path / "r.json").read_text())["score"] < 3
    assert sorted(path.name for path in tmp_path.iterdir()) == ["r.json", "trap.py"]
    assert not (tmp_path / "r.json").is_symlink()


# attacks: 93
def test_of_a_notebook_only_the_code_is_run_and_only_the_code_is_shown(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>\x1b[2J"
    output = {"output_type": "display_data", "data": {"text/html": evil * 100_000, "application/javascript": evil}}
    code = FULL_MARKS.replace("\n\n\n", "\n\n\n!touch /tmp/pargrade-was-here\n%matplotlib inline\n", 1)
    cells = [
        {"cell_type": "markdown", "source": evil, "attachments": {evil: {"image/png": 7}}, "metadata": [evil]},
        {"cell_type": "code", "source": f"%%bash\necho {evil}\ntouch /tmp/pargrade-was-here", "outputs": evil},
        {"cell_type": "code", "source": "%%html\n" + evil, "execution_count": evil, "metadata": None},
        {"cell_type": evil, "source": {evil: evil}},
        *({"cell_type": "markdown", "source": str(number)} for number in range(10_000)),
        {"cell_type": "code", "source": code, "outputs": [output] * 3, "metadata": {"tags": evil}},
    ]
    metadata = {"kernelspec": [evil], "language_info": {"name": [evil]}, "exercise": {evil: evil}}
    path = tmp_path / "n.ipynb"
    path.write_text(json.dumps({"nbformat": 4, "nbformat_minor": evil, "metadata": metadata, "cells": cells}))

    grade = grade_file(path, exercise="async_map")

    assert grade.score == grade.max_score
    assert any("bash" in note for note in grade.submission.notes)
    assert not Path("/tmp/pargrade-was-here").exists()
    assert all("alert(1)</script>" not in text and len(text) < 200_000 for text in rendered(grade))


# attacks: 94
@pytest.mark.parametrize(
    ("source", "causes"),
    [
        (b"x = " + b"(" * 10_000 + b")" * 10_000, {"syntax-error", "unreadable-source"}),
        (b"x = " + b"-" * 1_000_000 + b"1", {"unreadable-source", "signalled"}),
        (b"x = '" + b"a" * 4_900_000 + b"'\nraise ValueError", {"crashed"}),
        (b"# coding: utf-7\nprint('+AGE-')\nraise SystemExit(+ADM-)", {"exit-code", "syntax-error"}),
        (b"x = 1\n\x0c\x0craise \xd0\x85ystemExit", {"unknown-name"}),
        (b"x = '\0'", {"binary-file"}),
    ],
    ids=["parentheses", "signs", "one-line", "utf-7", "homoglyph", "nul"],
)
def test_a_source_that_is_hard_to_read_is_the_programs_fault(source: bytes, causes: set[str], tmp_path: Path) -> None:
    path = tmp_path / "hard.py"
    path.write_bytes(source)

    grade = grade_file(path, exercise="async_map")

    assert first_check(grade).verdict is Verdict.FAILED
    assert first_check(grade).cause in causes
    assert max(map(len, rendered(grade))) < 100_000


# attacks: 87, 133
def test_an_error_about_a_file_does_not_steer_the_terminal(tmp_path: Path) -> None:
    name = "a\x1b]0;own\x07\u202e\n::error::b.py"
    (tmp_path / name).write_text("x = 1\n")
    receipt = tmp_path / "r\x1b[2J.json"
    receipt.write_text('{"schema": "pargrade/report/v1", "\\u001b[2J": 1}')
    shutil.copy(receipt, tmp_path / "broken")

    told = [command(tmp_path, *words).stderr.decode() for words in ([name], ["render", receipt.name], ["r\x1b[2J"])]

    for text in told:
        assert text.count("grade: error: ") == 1
        assert not [c for c in text if c != "\n" and unicodedata.category(c) in ("Cc", "Cf", "Cs")]
        assert not re.search(r"^\s*::", text, re.MULTILINE)
