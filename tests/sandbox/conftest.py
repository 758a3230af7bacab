"""What the tests of the sandbox share: a temp folder of their own, and running a program given as text."""

from __future__ import annotations

import shutil
import tempfile
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import grader
from grader.model.answers import Call
from grader.model.grade import Grade
from grader.model.result import CheckResult
from grader.model.run import Limits, Observation, RunRequest, Sandbox
from grader.sandbox.choice import demanded_sandbox, holding, walled_backends
from grader.sandbox.landlock import LandlockSandbox
from grader.sandbox.practice import PracticeSandbox
from grader.sandbox.probe import attack
from grader.sandbox.processes import PsutilProcesses
from grader.sandbox.uid import UidSandbox
from grader.testing import grade_file

HARNESS = Path(grader.__file__).parent / "harness" / "pargrade_run.py"


def walled_sandboxes() -> dict[str, Callable[[], Sandbox]]:
    """Every backend with walls that this user can run on this machine."""
    found: dict[str, Callable[[], Sandbox]] = {
        name: partial(demanded_sandbox, name) for name in walled_backends() if holding(name)[0] is not None
    }
    if "landlock" in found and attack(LandlockSandbox(most_abi=4)).holds:
        found["landlock-as-of-linux-6.7"] = lambda: LandlockSandbox(most_abi=4)
    if "uid" in found:
        found["uid-without-tracing"] = lambda: UidSandbox(guard_connect=False)
    return found


WALLED = walled_sandboxes()
SANDBOXES: dict[str, Callable[[], Sandbox]] = {
    "practice": PracticeSandbox,
    "practice-psutil": lambda: PracticeSandbox(PsutilProcesses()),
    **WALLED,
}

MakeRequest = Callable[..., RunRequest]
Run = Callable[..., Observation]


def make_request(
    code: str,
    *,
    args: Sequence[str] = (),
    mode: str = "script",
    start_method: str | None = None,
    questions: Sequence[Mapping[str, Any]] = (),
    files: Mapping[str, bytes | Path] | None = None,
    cpu_count: int | None = None,
    chunksize: int | None = None,
    **limits: Any,
) -> RunRequest:
    """A run of ``code`` under the harness; other keywords are limits."""
    return RunRequest(
        label="test",
        entry=HARNESS,
        config={
            "script": "program.py",
            "mode": mode,
            "args": list(args),
            "start_method": start_method,
            "chunksize": chunksize,
        },
        files={"program.py": textwrap.dedent(code).encode(), **(files or {})},
        limits=Limits(**limits),
        cpu_count=cpu_count,
        questions=tuple(Call(asked["function"], tuple(asked["arguments"])) for asked in questions),
    )


def processes_naming(text: str) -> list[int]:
    """Living processes with this text in their environment: those of runs below a temp folder."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if text.encode() in (folder / "environ").read_bytes():
                found.append(int(folder.name))
        except OSError:
            continue
    return found


@pytest.fixture(autouse=True)
def temp_folder(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A temp folder of this test's own. No run may leave a file in it, nor a process that names it."""
    tmp_path_factory.getbasetemp()  # made when it is first asked for, and not in a folder that is gone soon
    folder = Path(tempfile.mkdtemp(prefix="pt-", dir="/tmp"))
    folder.chmod(0o755)  # a run may have a user of its own
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setenv("TMPDIR", str(folder))

    yield folder

    left_files = sorted(path.name for path in folder.glob("pargrade-*"))
    left_processes = processes_naming(f"TMPDIR={folder}/pargrade-")
    shutil.rmtree(folder, ignore_errors=True)
    assert (left_files, left_processes) == ([], [])


@pytest.fixture(scope="session")
def request_for() -> MakeRequest:
    return make_request


@pytest.fixture(params=sorted(SANDBOXES))
def sandbox(request: pytest.FixtureRequest) -> Sandbox:
    """Every backend in turn."""
    return SANDBOXES[request.param]()


@pytest.fixture
def run(sandbox: Sandbox) -> Run:
    """Run a program in every backend in turn."""
    return lambda code, **options: sandbox.run(make_request(code, **options))


@pytest.fixture
def run_practice() -> Run:
    """Run a program in the backend ``practice`` only, where it is not the backend that is tried."""
    return lambda code, **options: PracticeSandbox().run(make_request(code, **options))


COUNTING = """
import re, sys
from concurrent.futures import ProcessPoolExecutor
from functools import reduce

def count_words(file):
    counts = {}
    for token in open(file, encoding="utf-8").read().split():
        match = re.search(r"[a-z\\-]+", token.lower())
        if match:
            counts[match.group()] = counts.get(match.group(), 0) + 1
    return counts

def reduce_dicts(a, b):
    return {word: a.get(word, 0) + b.get(word, 0) for word in a.keys() | b.keys()}

def report(results):
    counts = reduce(reduce_dicts, results, {})
    for word in sorted(counts):
        if counts[word] > 2000:
            print(f"{word} == {counts[word]}")
"""
"""What the course's exercise needs besides its main part."""
MAPPED = """
if __name__ == "__main__":
    with ProcessPoolExecutor(4) as pool:
        report(pool.map(count_words, sys.argv[1:], chunksize=2))
"""


def graded(
    code: str, tmp_path: Path, sandbox: Sandbox, files: Mapping[str, str] | None = None
) -> tuple[Grade, dict[str, CheckResult]]:
    """The grade of a program for the word count, and its checks by id. ``files`` lie beside it."""
    for name, content in (files or {}).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    path = tmp_path / "countwords.py"
    path.write_text(code)
    grade = grade_file(path, exercise="word_count", sandbox=sandbox)
    return grade, {check.id: check for check in grade.checks}
