"""A mixed class, hostile programs among it, graded for real: by one worker, by two, on a cluster, and killed."""

from __future__ import annotations

import importlib.util
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from grader.batch.gradebook import open_gradebook
from grader.batch.places import is_held, student_folder
from grader.sandbox.choice import best_sandbox
from grader.sandbox.practice import PracticeSandbox

ROOT = Path(__file__).resolve().parents[2]
HONEST = (ROOT / "solutions" / "async_map" / "with_statement.py").read_text("utf-8")
CORPUS = ROOT / "tests" / "corpus" / "async_map"
NAMES = "# exercise: async_map\ndef add(a, b):\n    return a + b\n\ndef product(a, b):\n    return a * b\n\n"
CLASS: Mapping[str, str] = {
    "honest.py": HONEST,
    "notebook.ipynb": (CORPUS / "right_notebook.ipynb").read_text("utf-8"),
    "wrong.py": (CORPUS / "default_chunksize.py").read_text("utf-8"),
    "broken.py": NAMES + "def main(:\n",
    "killer.py": NAMES
    + "import os, signal\nif __name__ == '__main__':\n    for pid in (os.getppid(), -1):\n"
    + "        try:\n            os.kill(pid, signal.SIGKILL)\n        except OSError:\n            pass\n"
    + "    os.kill(os.getpid(), signal.SIGKILL)\n",
    "flood.py": NAMES + "if __name__ == '__main__':\n    while True:\n        print('x' * 100_000)\n",
    "forker.py": NAMES + "import os\nif __name__ == '__main__':\n    while True:\n        os.fork()\n",
    "hanging.py": NAMES + "import time\nif __name__ == '__main__':\n    time.sleep(1000)\n",
}
QUICK = ("honest.py", "notebook.ipynb", "wrong.py", "killer.py")
"""Those that end by themselves."""
CLUSTER = """
import sys
from distributed import LocalCluster
options = {"n_workers": 2, "threads_per_worker": 1, "host": "127.0.0.1", "dashboard_address": None}
with LocalCluster(processes=True, **options) as cluster:
    print(cluster.scheduler_address, flush=True)
    sys.stdin.read()
"""
Grades = dict[str, tuple[str, float, dict[str, str]]]


def _no_walls() -> bool:
    return isinstance(best_sandbox().sandbox, PracticeSandbox)


pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(_no_walls(), reason="no sandbox with walls holds here, and a class is not graded without"),
]


@dataclass(frozen=True)
class Place:
    """Where a class is graded: the exercises with shorter limits, and a temp folder that is its alone."""

    folder: Path
    temp: Path

    def command(self, names: tuple[str, ...], out: str, *options: str) -> list[str]:
        files = [str(self.folder / "class" / name) for name in names]
        where = ("--out", str(self.folder / out), "--exercises", str(self.folder / "courses"), "--seed", "7")
        return [sys.executable, "-m", "grader", "batch", *files, *where, *options]

    def start(self, *arguments: Any) -> subprocess.Popen[str]:
        environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        environment |= {"PYTHONPATH": str(ROOT), "TMPDIR": str(self.temp), "LANG": "C.UTF-8"}
        return subprocess.Popen(
            self.command(*arguments),
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def runs(self, name: str) -> bool:
        """Whether the program is running behind walls."""
        laid_out = self.temp.glob(f"pargrade-lane-*/pargrade-*/work/{name}")
        return any((path.parents[1] / "mark").exists() for path in laid_out)

    def grades(self, out: str, names: tuple[str, ...] = tuple(CLASS), *options: str) -> Grades:
        """Grade to the end, and read what is in the gradebook; it says the same as the reports."""
        process = self.start(names, out, *options)
        said, _ = process.communicate(timeout=110)
        assert process.returncode == 0, said
        return self.kept(out)

    def kept(self, out: str) -> Grades:
        book = open_gradebook(self.folder / out, "test")
        try:
            found = {}
            for entry in book.each_entry("async_map"):
                student = entry.work.student
                assert len(book.past(student, "async_map")) == 1
                assert (student_folder(self.folder / out, student) / "report.json").read_text("utf-8") == entry.receipt
                checks = json.loads(entry.receipt or "")["checks"]
                score = float(entry.score or 0)
                found[student] = (entry.outcome, score, {check["id"]: check["verdict"] for check in checks})
            return found
        finally:
            book.close()


def wait_until(so: Callable[[], bool], patience_s: float = 60.0) -> None:
    """Until then the test has not begun."""
    deadline = time.monotonic() + patience_s
    while not so():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("batch")
    (folder / "class").mkdir()
    for name, text in CLASS.items():
        (folder / "class" / name).write_text(text, "utf-8")
    shutil.copytree(ROOT / "exercises" / "async_map", folder / "courses" / "async_map")
    toml = folder / "courses" / "async_map" / "exercise.toml"
    toml.write_text(toml.read_text("utf-8").replace("wall_s = 20.0", "wall_s = 6.0"), "utf-8")
    temp = Path(tempfile.mkdtemp(prefix="b-", dir="/tmp"))  # short, as temp folders are
    yield Place(folder, temp)
    shutil.rmtree(temp, ignore_errors=True)


@pytest.fixture(scope="module")
def alone(place: Place) -> Grades:
    """What one worker gives: what all others must give."""
    return place.grades("alone", tuple(CLASS), "--jobs", "1")


def test_everyone_gets_the_grade_they_earn_whoever_is_beside_them(alone: Grades) -> None:
    scores = {student: score for student, (_, score, _) in alone.items()}

    assert scores["honest"] == scores["notebook"] == 6
    assert 0 < scores["wrong"] < 6
    assert {outcome for outcome, _, _ in alone.values()} == {"graded"}
    assert all(scores[name] < 3 for name in ("broken", "killer", "flood", "forker", "hanging"))
    assert len(scores) == len(CLASS)


def test_two_workers_give_the_same_grades(place: Place, alone: Grades) -> None:
    assert place.grades("two", tuple(CLASS), "--jobs", "2") == alone


@pytest.mark.skipif(importlib.util.find_spec("distributed") is None, reason="distributed is not installed")
def test_a_cluster_of_two_workers_gives_the_same_grades(place: Place, alone: Grades) -> None:
    names = tuple(name for name in CLASS if name != "hanging.py")
    with a_cluster() as address:
        grades = place.grades("cluster", names, "--dask", address)

    assert grades == {student: grade for student, grade in alone.items() if student != "hanging"}


@contextmanager
def a_cluster() -> Iterator[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-W", "ignore", "-c", CLUSTER]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.stdin.close()
        process.wait(30)
        process.stdout.close()


def test_killed_again_and_again_it_comes_to_the_same_grades_and_leaves_nothing(place: Place, alone: Grades) -> None:
    moments = random.Random(20_260_302)
    for number in range(3):
        process = place.start(QUICK, "killed", "--jobs", "2")
        if number == 0:  # something has to be there that must not be graded twice
            wait_until(lambda: any(place.folder.glob("killed/students/*/mark.json")))
        time.sleep(moments.uniform(1.0, 5.0))
        process.send_signal(signal.SIGKILL)
        process.communicate()

    grades = place.grades("killed", QUICK, "--jobs", "2")

    expected = {Path(name).stem for name in QUICK}
    assert grades == {student: grade for student, grade in alone.items() if student in expected}
    assert not is_held(place.folder / "killed")
    assert list(place.temp.iterdir()) == []


def test_stopped_by_ctrl_c_nothing_is_left_running(place: Place) -> None:
    process = place.start(("hanging.py",), "stopped", "--jobs", "1")
    wait_until(lambda: place.runs("hanging.py"))
    process.send_signal(signal.SIGINT)

    said, _ = process.communicate(timeout=60)

    assert process.returncode == 130
    assert "the same command goes on" in said
    assert "Traceback" not in said
    assert list(place.temp.iterdir()) == []
