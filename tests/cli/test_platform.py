"""``grade platform``: what is written where, and what is built."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from grader.bundled import bundled
from grader.errors import SandboxError
from grader.model.run import Guarantees, Observation, RunRequest
from grader.testing import FakeSandbox
from tests.cli.conftest import STARTER, Grade

FILES = ["platform", "prairielearn", "run", "--root"]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """``/grade`` with a submission."""
    folder = tmp_path / "grade"
    for name in ("student", "tests"):
        (folder / name).mkdir(parents=True)
    (folder / "student" / "async_map.py").write_text(STARTER)
    (folder / "tests" / "pargrade.toml").write_text('exercise = "async_map"\n')
    return folder


def results(root: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((root / "results" / "results.json").read_text("utf-8"))
    return found


def test_a_submission_is_graded_and_the_results_are_written(grade: Grade, root: Path) -> None:
    ran = grade(*FILES, str(root))

    assert (ran.code, ran.out) == (0, "")
    assert results(root)["gradable"] is True


def test_what_was_there_before_is_replaced_and_nothing_is_left_beside_it(grade: Grade, root: Path) -> None:
    (root / "results").mkdir()
    (root / "results" / "results.json").write_text('{"score": 1}')

    grade(*FILES, str(root))

    assert results(root)["gradable"] is True
    assert [path.name for path in (root / "results").iterdir()] == ["results.json"]


def test_while_a_program_runs_the_first_document_is_there(grade: Grade, root: Path) -> None:
    class Looking(FakeSandbox):
        def run(self, request: RunRequest) -> Observation:
            seen.append(results(root))
            return super().run(request)

    seen: list[dict[str, object]] = []
    grade(*FILES, str(root), sandbox=Looking())

    assert {found["gradable"] for found in seen} == {False}


@pytest.mark.parametrize("error", [SandboxError("No room."), RuntimeError("boom")])
def test_whatever_goes_wrong_is_told_to_the_host(grade: Grade, root: Path, error: Exception) -> None:
    class Broken(FakeSandbox):
        def run(self, request: RunRequest) -> Observation:
            raise error

    ran = grade(*FILES, str(root), sandbox=Broken())

    assert ran.code == 0
    assert "no fault of your program" in str(results(root)["message"])
    assert "Traceback" not in ran.err


def test_a_sandbox_that_gives_too_little_is_refused(grade: Grade, root: Path) -> None:
    class Weak(FakeSandbox):
        def guarantees(self) -> Guarantees:
            return Guarantees("weak", (), {})

    sandbox = Weak()
    grade(*FILES, str(root), sandbox=sandbox)

    assert "Graded mode needs guarantees" in str(results(root)["message"])
    assert sandbox.requests == []


def test_settings_may_lie_elsewhere(grade: Grade, root: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text('file = "other.py"\nexercise = "no_such"\n')

    grade(*FILES, str(root), "--settings", str(tmp_path / "mine.toml"))

    assert "no_such" in str(results(root)["message"])


def test_memory_is_capped_as_the_settings_say(grade: Grade, root: Path) -> None:
    (root / "tests" / "pargrade.toml").write_text('exercise = "async_map"\nmost_memory_mib = 100\n')
    sandbox = FakeSandbox()

    grade(*FILES, str(root), sandbox=sandbox)

    assert max(request.limits.memory_bytes for request in sandbox.requests) == 100 << 20


def test_a_host_that_shows_the_errors_to_students_is_told_nothing_there(grade: Grade, root: Path) -> None:
    (root / "answer").mkdir()

    ran = grade("platform", "coderunner", "run", "--root", str(root))

    assert ran.err == ""
    assert json.loads(ran.out)["fraction"] == 0


def test_platforms_are_listed_and_near_names_told(grade: Grade) -> None:
    assert "gradescope" in grade("platform", "--help").out
    ran = grade("platform", "gradescpe", "run")
    assert ran.code == 2
    assert "Closest: gradescope" in ran.err


def test_no_command_is_wrong_usage(grade: Grade) -> None:
    assert grade("platform").code == grade("platform", "vpl").code == 2


# --- build -------------------------------------------------------------------------------------------


def test_a_folder_is_built(grade: Grade, tmp_path: Path) -> None:
    ran = grade("platform", "vpl", "build", "-o", "made", "--exercise", "async_map")

    assert ran.code == 0, ran.err
    assert (tmp_path / "made" / "vpl_evaluate.sh").stat().st_mode & 0o777 == 0o755
    assert 'exercise = "async_map"' in (tmp_path / "made" / "pargrade.toml").read_text()
    assert [path.name for path in tmp_path.iterdir()] == ["made"]


def test_an_archive_is_built_whose_files_keep_their_modes_and_bytes(grade: Grade, tmp_path: Path) -> None:
    for name in ("first.zip", "second.zip"):
        assert grade("platform", "vpl", "build", "-o", name, "--exercise", "word_count").code == 0

    with zipfile.ZipFile(tmp_path / "first.zip") as archive:
        modes = {info.filename: info.external_attr >> 16 & 0o777 for info in archive.infolist()}
    assert modes == {"pargrade.toml": 0o644, "vpl_evaluate.sh": 0o755, "vpl_run.sh": 0o755}
    assert (tmp_path / "first.zip").read_bytes() == (tmp_path / "second.zip").read_bytes()


def test_exercises_of_ones_own_go_along(grade: Grade, tmp_path: Path) -> None:
    options = ("--exercise", "async_map", "--exercises", str(bundled("exercises")))

    assert grade("platform", "vpl", "build", "-o", "made", *options).code == 0

    assert (tmp_path / "made" / "exercises" / "async_map" / "serial.py").is_file()
    assert not (tmp_path / "made" / "exercises" / "word_count").exists()
    assert 'exercises = "exercises"' in (tmp_path / "made" / "pargrade.toml").read_text()


@pytest.mark.parametrize("output", ["full", "file.txt", "missing/made", "full.zip"])
def test_nothing_is_overwritten_by_mistake(grade: Grade, tmp_path: Path, output: str) -> None:
    for name in ("full", "full.zip"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "precious").write_text("")
    (tmp_path / "file.txt").write_text("precious")

    ran = grade("platform", "vpl", "build", "-o", output, "--exercise", "async_map")

    assert ran.code == 2
    assert (tmp_path / "full" / "precious").exists()
    assert (tmp_path / "file.txt").read_text() == "precious"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("gradescope", "build", "-o", "a.zip", "--exercise", "word_cont"), "Closest: word_count"),
        (("gradescope", "build", "-o", "a.zip", "--exercise", "word_count", "--wheels", "."), "Add --offline"),
        (("vpl", "build", "-o", "a.zip", "--exercise", "word_count", "--offline"), "No such option"),
        (("coderunner", "build", "-o", "a", "--exercise", "async_map", "--exercises", "EXERCISES"), "keeps no folders"),
    ],
)
def test_what_cannot_be_built_is_told(grade: Grade, arguments: tuple[str, ...], words: str) -> None:
    ran = grade("platform", *(str(bundled("exercises")) if word == "EXERCISES" else word for word in arguments))

    assert ran.code == 2
    assert words in ran.err


def test_the_example_of_a_question_is_well_formed(grade: Grade, tmp_path: Path) -> None:
    from xml.etree import ElementTree as ET

    assert grade("platform", "coderunner", "build", "-o", "made", "--exercise", "word_count").code == 0

    question = ET.parse(tmp_path / "made" / "question.xml").getroot().find("question")
    assert question is not None
    assert question.findtext("grader") == "TemplateGrader"
    assert 'exercise = "word_count"' in (question.findtext("template") or "")
    assert "answer/countwords.py" in (question.findtext("template") or "")
