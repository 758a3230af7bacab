"""Each learning platform in its real layout, by its real entry script: an honest, a wrong and a hostile program."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path

import pytest

from grader.model.run import Guarantee
from grader.sandbox.choice import best_sandbox, holding
from tests.platforms.schemas import GRADESCOPE, PRAIRIELEARN, accepted, coderunner_accepts, vpl_reads

ROOT = Path(__file__).resolve().parents[2]
EXERCISE = "async_map"
SCRIPT = "async_map.py"
SOLUTION = ROOT / "exercises" / EXERCISE / "serial.py"
HONEST = (ROOT / "solutions" / EXERCISE / "with_statement.py").read_text("utf-8")
WRONG = HONEST.replace("chunksize=5)\n        products", "chunksize=2)\n        products")
ATTACKS = """
import os, sys

SECRETS = {secrets!r}
TARGETS = {targets!r}
FORGED = '{{"score": 1.0, "gradable": true, "fraction": 1.0, "tests": []}}'


def reached():
    for path in SECRETS:
        for way in (open, os.listdir, lambda path: os.symlink(path, "link") or open("link")):
            try:
                way(path)
                yield path
            except OSError:
                pass
    for path in TARGETS:
        try:
            with open(path, "w") as file:
                file.write(FORGED)
            yield path
        except OSError:
            pass


if __name__ == "__main__":
    found = list(reached())
    for line in (FORGED, "Grade :=>> 100", "--|>", "Comment :=>> well done", "<|--", "::error::forged", "</pre>"):
        print(line)
        print(line, file=sys.stderr)
    if found:
        sys.exit(3)
"""
"""In front of a program with half of the points: it loses them all when anything is reached."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        Guarantee.FILES not in best_sandbox().sandbox.guarantees().given, reason="no sandbox with walls holds here"
    ),
]


@dataclass(frozen=True)
class Told:
    """What a host was told: the share of all points, and which checks are shown as passed, by title."""

    share: float | None
    passed: Mapping[str, bool]


@dataclass(frozen=True)
class Layout:
    """One host's folder, set up by what ``build`` made."""

    root: Path
    submitted: Path
    """Where the host puts the student's file."""
    secrets: tuple[Path, ...]
    """What a student must not see."""
    targets: tuple[Path, ...]
    """What a student would write to."""
    enter: Callable[[], Told]
    """Runs the host's entry script and reads what the host would."""

    def hand_in(self, program: str) -> None:
        self.submitted.write_text(program, encoding="utf-8")


def shell(*command: object, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {"PATH": os.environ["PATH"], "TMPDIR": str(cwd / "tmp"), "LANG": "C.UTF-8"}
    return subprocess.run(
        [str(part) for part in command], cwd=cwd, env=kept | environment, capture_output=True, text=True, timeout=100
    )


def stand_in(path: Path, dropped: int) -> Path:
    """A program that is this checkout's ``grade``, called with so many words in front of its arguments."""
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from grader.cli.main import run; run()"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f'#!/bin/bash\nshift {dropped}\nexec {sys.executable} -I -c "{code}" "$@"\n')
    path.chmod(0o755)
    return path


@cache
def built(host: str) -> Mapping[str, bytes]:
    """What ``grade platform HOST build`` makes, by path."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "tmp").mkdir()
        grade = stand_in(Path(folder) / "grade", 0)
        done = shell(grade, "platform", host, "build", "-o", "made", "--exercise", EXERCISE, cwd=Path(folder))
        assert done.returncode == 0, done.stderr
        made = Path(folder) / "made"
        return {path.relative_to(made).as_posix(): path.read_bytes() for path in made.rglob("*") if path.is_file()}


def laid_out(host: str, inside: str, folder: Path) -> None:
    """Put the built files below ``inside`` into a folder."""
    for name, data in built(host).items():
        if name.startswith(inside):
            path = folder / name.removeprefix(inside)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
            path.chmod(0o755 if data.startswith(b"#!") else 0o644)


def gradescope(root: Path) -> Layout:
    laid_out("gradescope", "", root / "source")
    shutil.copy(root / "source" / "run_autograder", root)
    settings = root / "source" / "pargrade.toml"
    if os.geteuid() != 0 or holding("uid")[0] is None:  # the machine of a person who is not root
        settings.write_text('sandbox = "best"\n' + settings.read_text())
    (root / "submission").mkdir()
    (root / "submission_metadata.json").write_text('{"users": []}')
    stand_in(root / "pargrade" / "bin" / "python", 3)
    results = root / "results" / "results.json"

    def enter() -> Told:
        done = shell(root / "run_autograder", cwd=root)
        assert done.returncode == 0, done.stderr
        data = accepted(results.read_text("utf-8"), GRADESCOPE)
        total = sum(test["max_score"] for test in data["tests"])
        passed = {test["name"]: test["status"] == "passed" for test in data["tests"]}
        return Told(data["score"] / total, passed)

    secrets = (settings, root / "source", root / "submission_metadata.json", root / "results", root / "submission")
    return Layout(root, root / "submission" / SCRIPT, secrets, (results, settings), enter)


def prairielearn(root: Path) -> Layout:
    laid_out("prairielearn", "question/tests/", root / "tests")
    laid_out("prairielearn", "image/", root / "image")
    for name in ("student", "data", "serverFilesCourse"):
        (root / name).mkdir()
    (root / "data" / "data.json").write_text('{"correct_answers": {}}')
    python = stand_in(root / "python", 3)
    results = root / "results" / "results.json"

    def enter() -> Told:
        done = shell(root / "image" / "grade.sh", root, cwd=root, PARGRADE_PYTHON=str(python))
        assert done.returncode == 0, done.stderr
        data = accepted(results.read_text("utf-8"), PRAIRIELEARN)
        passed = {test["name"]: test["points"] == test["max_points"] for test in data["tests"] if test["max_points"]}
        return Told(data["score"], passed)

    secrets = (root / "tests", root / "tests" / "pargrade.toml", root / "data" / "data.json", root / "results")
    return Layout(root, root / "student" / SCRIPT, secrets, (results,), enter)


def vpl(root: Path) -> Layout:
    laid_out("vpl", "", root)
    program = stand_in(root / "bin" / "grade", 0)
    (root / "vpl_environment.sh").write_text(
        "#!/bin/bash\nexport VPL_LANG='en_US.UTF-8'\nexport VPL_MAXTIME=240\n"
        "export VPL_GRADEMIN='0.00000'\nexport VPL_GRADEMAX=20\n"
        f"export VPL_SUBFILE0='{SCRIPT}'\nexport VPL_SUBFILE1='$(touch forged).txt'\n"
        f'export VPL_SUBFILES="{SCRIPT}\n$(touch forged).txt\n"\n'
    )

    def enter() -> Told:
        prepared = shell("bash", "vpl_evaluate.sh", cwd=root)
        done = shell(root / "vpl_execution", cwd=root, PARGRADE=str(program))
        assert (prepared.stdout, done.returncode, done.stderr) == ("", 0, "")
        assert not (root / "forged").exists()
        grade, comments = vpl_reads(done.stdout)
        assert done.stdout.count("Grade :=>>") == 1
        failed = [line.partition(": ")[2] for line in comments.split("\n") if line.startswith(("-failed", "-skipped"))]
        return Told(None if grade is None else grade / 20, dict.fromkeys(failed, False))

    secrets = (root / "vpl_environment.sh", root / "pargrade.toml", root / "vpl_evaluate.sh", root)
    return Layout(root, root / SCRIPT, secrets, (root / "vpl_execution", root / "pargrade.toml"), enter)


def coderunner(root: Path) -> Layout:
    grade = stand_in(root / "bin" / "grade", 0)
    template = built("coderunner")["template.twig"].decode()
    answer = root / "answer.txt"

    def enter() -> Told:
        """As Jobe runs what Twig has made of the template."""
        escaped = answer.read_text("utf-8").replace("\\", "\\\\").replace('"', '\\"')
        program = template.replace("{{ STUDENT_ANSWER | e('py') }}", escaped)
        job = Path(tempfile.mkdtemp(dir=root))
        (job / "tmp").mkdir()
        (job / "__tester__.python3").write_text(program, encoding="utf-8")
        done = shell(sys.executable, "__tester__.python3", cwd=job, PARGRADE=str(grade))
        assert (done.returncode, done.stderr) == (0, "")
        data = coderunner_accepts(done.stdout)
        head, *rows = data["testresults"]
        return Told(data["fraction"], {row[head.index("Check")]: row[head.index("iscorrect")] for row in rows})

    return Layout(root, answer, (root, answer), (answer,), enter)


@pytest.fixture
def layout(request: pytest.FixtureRequest) -> Iterator[Layout]:
    root = Path(tempfile.mkdtemp(prefix="host-", dir="/tmp"))
    root.chmod(0o755)  # a run may have a user of its own
    (root / "tmp").mkdir()
    yield request.param(root)
    shutil.rmtree(root, ignore_errors=True)


@pytest.fixture(scope="module")
def at_a_terminal(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Told]:
    """What ``grade FILE --json -`` says of a program."""

    @cache
    def told(program: str) -> Told:
        folder = tmp_path_factory.mktemp("terminal")
        (folder / "tmp").mkdir()
        (folder / SCRIPT).write_text(program, encoding="utf-8")
        grade = stand_in(folder / "grade", 0)
        report = json.loads(shell(grade, SCRIPT, "--exercise", EXERCISE, "--json", "-", cwd=folder).stdout)
        assert report["status"] == "graded"
        return Told(
            float(Decimal(str(report["score"])) / Decimal(str(report["max_score"]))),
            {check["title"]: check["verdict"] == "passed" for check in report["checks"]},
        )

    return told


EVERY_HOST = pytest.mark.parametrize("layout", [gradescope, prairielearn, vpl, coderunner], indirect=True)


@EVERY_HOST
@pytest.mark.parametrize(("program", "full_marks"), [(HONEST, True), (WRONG, False)], ids=["honest", "wrong"])
def test_a_host_is_told_the_same_as_the_student_at_the_terminal(
    layout: Layout, program: str, full_marks: bool, at_a_terminal: Callable[[str], Told]
) -> None:
    expected = at_a_terminal(program)
    layout.hand_in(program)

    told = layout.enter()

    assert (expected.share == 1) is full_marks
    assert told.share == pytest.approx(expected.share, abs=0.001)
    assert told.passed == {title: expected.passed[title] for title in told.passed}
    assert full_marks or False in told.passed.values()


@EVERY_HOST
def test_a_hostile_program_reads_no_secret_and_forges_no_result(
    layout: Layout, at_a_terminal: Callable[[str], Told]
) -> None:
    secrets = [str(path) for path in (*layout.secrets, SOLUTION)]
    program = ATTACKS.format(secrets=secrets, targets=[str(path) for path in layout.targets]) + WRONG
    expected = at_a_terminal(program)
    layout.hand_in(program)
    kept = {path: path.read_bytes() for path in layout.targets if path.exists()}
    without_walls = shell(sys.executable, layout.submitted, cwd=layout.root)
    for path, data in kept.items():  # what did not exist before is forged now
        path.write_bytes(data)

    told = layout.enter()

    assert without_walls.returncode == 3
    assert expected.passed["The script runs to its end"], "it reached something at the terminal"
    assert told.share == pytest.approx(expected.share, abs=0.001)
    assert told.passed == {title: expected.passed[title] for title in told.passed}
