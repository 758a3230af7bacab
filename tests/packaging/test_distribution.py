"""What is shipped: the exact files, and a wheel that grades from an empty folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the source distribution, built from this checkout."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def installed(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bin folder of a fresh environment with the wheel, and what it depends on from ours."""
    folder = tmp_path_factory.mktemp("venv")
    venv.create(folder, with_pip=False)
    python = folder / "bin" / "python"
    site = subprocess.run(
        [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    (wheel,) = built.glob("*.whl")
    command = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*command, wheel], check=True)
    (Path(site) / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin"


def source_files(folder: str, *patterns: str) -> set[str]:
    found = {path for pattern in patterns for path in (ROOT / folder).rglob(pattern)}
    return {path.relative_to(ROOT).as_posix() for path in found if "__pycache__" not in path.parts}


def test_the_wheel_holds_the_package_its_exercises_templates_and_charts_and_nothing_else(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    package = {name for name in source_files("grader", "*") if (ROOT / name).is_file()}
    exercises = {f"grader/_bundled/{name}" for name in source_files("exercises", "*.toml", "*.md", "*.py")}
    reports = {
        f"grader/_bundled/{name}"
        for folder in ("reports/templates", "reports/charts")
        for name in source_files(folder, "*")
        if (ROOT / name).is_file()
    }

    assert names == package | exercises | reports | {"grader/_bundled/constraints.txt"}


def test_the_source_distribution_leaves_the_solutions_out(built: Path) -> None:
    (archive,) = built.glob("*.tar.gz")
    with tarfile.open(archive) as file:
        folders = {name.split("/")[1] for name in file.getnames() if "/" in name}

    assert "solutions" not in folders
    assert {"grader", "exercises", "reports", "tests", "pyproject.toml"} <= folders


def test_only_the_name_grader_is_installed_at_top_level(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}

    assert {top for top in tops if not top.endswith(".dist-info")} == {"grader"}


def test_pytest_is_told_of_its_plugin(built: Path) -> None:
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/entry_points.txt"))
        text = archive.read(name).decode()

    assert "[pytest11]\npargrade = grader.pytest_plugin\n" in text


def run_grade(bin_folder: Path, folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.defpath, "HOME": str(folder), "LANG": "C.UTF-8"}
    return subprocess.run(
        [bin_folder / "grade", *args], cwd=folder, env=environment, capture_output=True, text=True, timeout=100
    )


@pytest.mark.slow
def test_the_wheel_grades_a_starter_from_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    started = run_grade(installed, tmp_path, "start", "word_count", ".")
    graded = run_grade(installed, tmp_path, "countwords.py", "--quick", "--json", "-", "--html", "report.html")

    assert started.returncode == 0, started.stderr
    assert graded.returncode == 1, graded.stderr
    report = json.loads(graded.stdout)
    assert report["exercise"] == "word_count"
    assert report["status"] == "graded"
    assert len(list((tmp_path / "shakespeare").iterdir())) == 38
    assert "</html>" in (tmp_path / "report.html").read_text(encoding="utf-8")


@pytest.mark.slow
def test_what_is_installed_builds_an_archive_with_the_wheel_it_came_from(
    built: Path, installed: Path, tmp_path: Path
) -> None:
    made = run_grade(installed, tmp_path, "platform", "gradescope", "build", "-o", "a.zip", "--exercise", "word_count")

    assert made.returncode == 0, made.stderr
    (wheel,) = built.glob("*.whl")
    with zipfile.ZipFile(tmp_path / "a.zip") as archive, archive.open(f"wheels/{wheel.name}") as again:
        names = set(zipfile.ZipFile(again).namelist())
    assert names == set(zipfile.ZipFile(wheel).namelist())


@pytest.mark.slow
def test_files_of_the_student_named_like_our_modules_hijack_nothing(installed: Path, tmp_path: Path) -> None:
    run_grade(installed, tmp_path, "start", "word_count", ".")
    for name in ("grader", "queue", "random", "json", "pargrade_trace"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('hijacked')\n")
    graded = run_grade(installed, tmp_path, "countwords.py", "--quick", "--json", "-")

    assert graded.returncode == 1, graded.stderr
    verdicts = {check["id"]: check["verdict"] for check in json.loads(graded.stdout)["checks"]}
    assert verdicts["runs"] == "passed"
