"""Gradescope's archive, built with all packages inside, set up and run in a container without network."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from grader.platforms.wheels import own_wheel, packed
from tests.e2e.test_platforms import ATTACKS, ROOT, shell, stand_in
from tests.platforms.schemas import GRADESCOPE, accepted
from tests.sandbox.test_container import RUN, reason_against

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

HONEST = (ROOT / "solutions" / "word_count" / "argv_with_statement.py").read_text("utf-8")


def needed(requirements: list[str], found: set[str]) -> set[str]:
    """The names of all packages that these requirements need on this machine, and those need in turn."""
    for text in requirements:
        requirement = Requirement(text)
        name = canonicalize_name(requirement.name)
        if name not in found and (requirement.marker is None or requirement.marker.evaluate({"extra": ""})):
            found.add(name)
            needed(distribution(name).requires or [], found)
    return found


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``autograder.zip`` with the packages that are installed here, packed to wheels again."""
    import tomllib

    folder = tmp_path_factory.mktemp("offline")
    house = folder / "house"
    for name in ("house", "tmp"):
        (folder / name).mkdir()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    try:
        for name in (*needed(project["dependencies"], set()), "pip"):
            wheel = packed(distribution(name))
            (house / wheel.name).write_bytes(wheel.data)
    except PackageNotFoundError as missing:
        pytest.skip(f"{missing} is not installed")
    grade = stand_in(folder / "grade", 0)
    options = ("--exercise", "word_count", "--offline", "--wheels", house)
    done = shell(grade, "platform", "gradescope", "build", "-o", "autograder.zip", *options, cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder / "autograder.zip"


def in_container(root: Path, *command: object) -> subprocess.CompletedProcess[str]:
    """As Gradescope does it: root in a container with nothing but the system and this folder, here without network."""
    clean = ("/usr/bin/env", "-i", f"PATH={sys.base_prefix}/bin:/usr/bin:/bin:/usr/sbin", "HOME=/root")
    options = ("--write", root, "--show", Path(sys.base_prefix).resolve())
    words = [str(word) for word in (sys.executable, RUN, *options, *clean, *command)]
    return subprocess.run(words, capture_output=True, text=True, timeout=300)


@pytest.fixture(scope="module")
def autograder(archive: Path) -> Iterator[Path]:
    """``/autograder`` after the image was built."""
    if reason := reason_against():
        pytest.skip(reason)
    root = Path(tempfile.mkdtemp(prefix="autograder-", dir="/tmp"))
    root.chmod(0o755)
    for name in ("submission", "results"):
        (root / name).mkdir()
    subprocess.run(["/usr/bin/unzip", "-q", archive, "-d", root / "source"], check=True)
    settings = root / "source" / "pargrade.toml"
    settings.write_text("quick = true\n" + settings.read_text("utf-8"))
    shutil.copy(root / "source" / "run_autograder", root)
    built = in_container(root, root / "source" / "setup.sh")
    assert built.returncode == 0, built.stdout + built.stderr
    assert "Sandbox uid: gives" in built.stdout
    yield root
    shutil.rmtree(root, ignore_errors=True)


def graded(root: Path, program: str) -> dict[str, object]:
    """The results of a submission."""
    (root / "submission" / "countwords.py").write_text(program, encoding="utf-8")
    done = in_container(root, root / "run_autograder")
    assert done.returncode == 0, done.stderr
    return accepted((root / "results" / "results.json").read_text("utf-8"), GRADESCOPE)


def test_the_archive_has_what_gradescope_wants_at_its_root(archive: Path) -> None:
    with zipfile.ZipFile(archive) as file:
        for name in ("setup.sh", "run_autograder"):
            assert file.getinfo(name).external_attr >> 16 & 0o777 == 0o755
            assert file.read(name).startswith(b"#!/usr/bin/env bash\n")
            assert b"\r" not in file.read(name)
        assert f"wheels/{own_wheel().name}" in file.namelist()


def test_it_is_set_up_and_grades_without_network(autograder: Path) -> None:
    data = graded(autograder, HONEST)

    state = data["extra_data"]["pargrade"]  # type: ignore[index]
    assert (state["status"], state["sandbox"]) == ("graded", "uid"), json.dumps(data)
    verdicts = {test["extra_data"]["id"]: test["extra_data"]["verdict"] for test in data["tests"]}  # type: ignore
    assert set(verdicts.values()) <= {"passed", "inconclusive"}  # the last only where the clocks cannot tell
    assert verdicts["counts"] == verdicts["pool-map"] == verdicts["chunksize"] == "passed"


def test_a_hostile_program_finds_nothing_there(autograder: Path) -> None:
    source, results = autograder / "source", autograder / "results" / "results.json"
    (bundled,) = (autograder / "pargrade").rglob("exercises/word_count/serial.py")
    secrets = [str(path) for path in (source, source / "pargrade.toml", bundled, autograder / "submission", results)]
    results.write_text('{"score": 100}')

    data = graded(autograder, ATTACKS.format(secrets=secrets, targets=[str(results)]))

    assert data["score"] < 2  # type: ignore[operator]
    runs = next(test for test in data["tests"] if test["tags"] == ["runs"])  # type: ignore[attr-defined]
    assert runs["extra_data"]["verdict"] == "passed", runs["output"]  # it would have ended with exit code 3
