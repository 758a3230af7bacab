"""What a dead worker left is removed, and what a living one uses is not."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.batch.lane import clear_dead_lanes, take_lane
from grader.sandbox.marks import new_mark, write_mark

WORKER = """
import sys
sys.path.insert(0, sys.argv[1])
from grader.batch.lane import take_lane
print(take_lane(), flush=True)
sys.stdin.read()
"""
MARKED = """
import resource, sys, time
mark = int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_RTTIME, (mark, mark))
print("ready", flush=True)
time.sleep(60)
"""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="batches run untrusted code on Linux only")


@pytest.fixture
def temp(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A temp folder with a short path, as they are."""
    made = tempfile.mkdtemp(prefix="b-", dir="/tmp")
    monkeypatch.setenv("TMPDIR", made)
    monkeypatch.setattr(tempfile, "tempdir", None)
    yield Path(made)
    tempfile.tempdir = None
    shutil.rmtree(made)


def a_worker() -> tuple[subprocess.Popen[str], Path]:
    command = [sys.executable, "-c", WORKER, str(Path(__file__).resolve().parents[3])]
    worker = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert worker.stdout is not None
    return worker, Path(worker.stdout.readline().strip())


def end(worker: subprocess.Popen[str]) -> None:
    worker.kill()
    worker.communicate()


def test_everything_temporary_goes_into_the_lane(temp: Path) -> None:
    lane = take_lane()

    with tempfile.TemporaryDirectory() as made:
        assert Path(made).parent == lane
    assert lane.parent == temp


def test_where_the_temp_folder_is_too_deep_for_sockets_another_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, temp: Path
) -> None:
    deep = tmp_path / ("d" * 60)
    deep.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(deep))

    lane = take_lane()

    assert lane.parent == Path("/tmp")
    shutil.rmtree(lane)


def test_a_living_workers_folder_stays_and_a_killed_ones_goes(temp: Path) -> None:
    worker, lane = a_worker()
    (lane / "pargrade-run").mkdir()
    try:
        assert clear_dead_lanes() == 0
        assert lane.is_dir()
    finally:
        end(worker)

    assert clear_dead_lanes() == 1
    assert list(temp.iterdir()) == []


def test_what_a_killed_workers_programs_still_do_is_ended(temp: Path) -> None:
    worker, lane = a_worker()
    end(worker)
    mark = new_mark()
    (lane / "pargrade-run").mkdir()
    write_mark(lane / "pargrade-run", mark)
    left = subprocess.Popen([sys.executable, "-c", MARKED, str(mark)], stdout=subprocess.PIPE, text=True)
    assert left.stdout is not None
    left.stdout.readline()

    clear_dead_lanes()

    assert left.wait() == -signal.SIGKILL
    left.communicate()
    assert not lane.exists()


def test_a_mark_that_no_run_has_ends_nobody(temp: Path) -> None:
    worker, lane = a_worker()
    end(worker)
    (lane / "pargrade-run").mkdir()
    (lane / "pargrade-run" / "mark").write_text("unlimited")  # as the limits of most processes say
    other = subprocess.Popen([sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE)

    clear_dead_lanes()

    other.communicate(timeout=60)
    assert other.returncode == 0
    assert not lane.exists()


def test_others_folders_are_left_alone(temp: Path) -> None:
    (temp / "pargrade-other").mkdir()
    (temp / "pargrade-lane-link").symlink_to(temp / "pargrade-other")

    assert clear_dead_lanes() == 0
    assert (temp / "pargrade-other").is_dir()
