"""The real command in a process of its own: exit codes, streams, signals, terminals."""

from __future__ import annotations

import json
import os
import pty
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FULL_MARKS = ROOT / "solutions" / "async_map" / "with_statement.py"
STARTER = ROOT / "exercises" / "async_map" / "starter.py"
HEAVY = ("pydantic", "rich", "jinja2", "nbformat", "IPython", "psutil")

SLEEPER = """\
# exercise: async_map
import time
from concurrent.futures import ProcessPoolExecutor


def add(a, b):
    time.sleep(60)


if __name__ == "__main__":
    with ProcessPoolExecutor(3) as pool:
        list(pool.map(add, range(10), range(10), chunksize=1))
"""

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Place:
    """Where a command runs: its folder, and a temp folder that is its alone."""

    folder: Path
    temp: Path

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        return {**kept, "PYTHONPATH": str(ROOT), "TMPDIR": str(self.temp), "LANG": "C.UTF-8"}

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "grader", *arguments]

    def run(self, *arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
        options = {"env": self.environment, "text": True, "capture_output": True, "timeout": 100} | options
        return subprocess.run(self.command(*arguments), cwd=self.folder, check=False, **options)

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self.command(*arguments),
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    def runs(self) -> list[int]:
        """Processes of student programs: they carry a mark, and a temp folder below ours."""
        found = []
        for path in Path("/proc").glob("[0-9]*/environ"):
            with suppress(OSError):
                environ = path.read_bytes()
                if b"PARGRADE_RUN=" in environ and f"TMPDIR={self.temp}/".encode() in environ:
                    found.append(int(path.parent.name))
        return found

    def left_over(self) -> list[str]:
        """Whatever lies in the temp folder, and half-written files beside the program."""
        return [path.name for path in (*self.temp.iterdir(), *self.folder.glob(".grade-*"))]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    # Not below tmp_path: the sandbox leaves a long TMPDIR for /tmp, where others' folders lie.
    temp = Path(tempfile.mkdtemp(prefix="t-", dir="/tmp"))
    yield Place(tmp_path, temp)
    shutil.rmtree(temp, ignore_errors=True)


def until(condition: object, within_s: float = 20.0) -> None:
    deadline = time.monotonic() + within_s
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.02)


# --- exit codes and streams --------------------------------------------------------------------------


def test_full_marks_end_with_0(place: Place) -> None:
    ran = place.run(str(FULL_MARKS), "--exercise", "async_map")

    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert place.left_over() == []


def test_a_starter_ends_with_1_and_json_is_alone_on_stdout(place: Place) -> None:
    ran = place.run(str(STARTER), "--json", "-", "--seed", "4")

    receipt = json.loads(ran.stdout)
    assert ran.returncode == 1
    assert receipt["seed"] == 4
    assert ran.stderr.startswith("grade: reading the program\n")
    assert place.left_over() == []


def test_the_same_seed_gives_the_same_verdicts(place: Place) -> None:
    first, second = (json.loads(place.run(str(STARTER), "--json", "-", "--seed", "4").stdout) for _ in range(2))

    assert [check["verdict"] for check in first["checks"]] == [check["verdict"] for check in second["checks"]]
    assert first["score"] == second["score"]


def test_wrong_usage_ends_with_2(place: Place) -> None:
    ran = place.run("nothing.py")

    assert (ran.returncode, ran.stdout) == (2, "")


def test_missing_guarantees_end_with_3(place: Place) -> None:
    ran = place.run(str(STARTER), "--graded", "--sandbox", "practice")

    assert (ran.returncode, ran.stdout) == (3, "")
    assert "Traceback" not in ran.stderr


def test_what_is_started_can_be_graded(place: Place) -> None:
    started = place.run("start", "async_map")
    graded = place.run("async_map/async_map.py")

    assert started.returncode == 0
    assert graded.returncode == 1
    assert "Two maps at the same time" in graded.stdout


def test_the_doctor_finds_this_machine_fit(place: Place) -> None:
    ran = place.run("doctor")

    assert ran.returncode == 0, ran.stdout
    assert place.left_over() == []


def test_a_script_of_the_student_that_is_named_like_a_module_hijacks_nothing(place: Place) -> None:
    for name in ("random.py", "grader.py", "queue.py"):
        (place.folder / name).write_text("raise SystemExit('hijacked')\n")
    shutil.copy(STARTER, place.folder / "my_script.py")
    code = "from grader.cli.main import run; run()"

    ran = subprocess.run(
        [sys.executable, "-P", "-c", code, "my_script.py"],
        cwd=place.folder,
        env=place.environment,
        text=True,
        capture_output=True,
        timeout=100,
        check=False,
    )

    assert ran.returncode == 1
    assert "hijacked" not in ran.stdout + ran.stderr


@pytest.mark.parametrize("arguments", [["--help"], ["exercises", "--help"], ["completion", "bash"]])
def test_help_and_completion_load_no_heavy_package(place: Place, arguments: list[str]) -> None:
    code = (
        "import sys\nfrom grader.cli.app import App\nfrom grader.cli.commands import execute\n"
        f"execute({arguments!r}, App())\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)\n"
    )

    ran = subprocess.run(
        [sys.executable, "-c", code],
        cwd=place.folder,
        env=place.environment,
        text=True,
        capture_output=True,
        timeout=60,
        check=True,
    )

    assert ran.stderr == "[]\n"


@pytest.mark.parametrize("words", ["grade ex", "grade show wo", "grade explain ch", "grade my.py --exercise "])
def test_completing_a_word_loads_no_heavy_package(place: Place, words: str) -> None:
    code = (
        "import sys, atexit\n"
        f"atexit.register(lambda: print([n for n in {HEAVY!r} if n in sys.modules], file=sys.stderr))\n"
        "from grader.cli.main import run\nrun()\n"
    )
    asked = {"_GRADE_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}

    ran = subprocess.run(
        [sys.executable, "-c", code],
        cwd=place.folder,
        env=place.environment | asked,
        text=True,
        capture_output=True,
        timeout=60,
        check=False,
    )

    assert ran.returncode == 0
    assert ran.stderr == "[]\n"
    assert ran.stdout


def test_bash_completes_exercises_with_the_printed_script(place: Place) -> None:
    bin_folder = place.folder / "bin"
    bin_folder.mkdir()
    command = bin_folder / "grade"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m grader "$@"\n')
    command.chmod(0o755)
    script = (
        'eval "$(grade completion bash)"\nCOMP_WORDS=(grade show wo); COMP_CWORD=2\n'
        '_grade_completion grade wo show\necho "${COMPREPLY[@]}"\n'
    )
    environment = place.environment | {"PATH": f"{bin_folder}:{os.environ['PATH']}"}

    ran = subprocess.run(
        ["bash", "--norc", "-c", script],
        cwd=place.folder,
        env=environment,
        text=True,
        capture_output=True,
        timeout=60,
        check=True,
    )

    assert ran.stdout == "word_count\n"


# --- awkward streams ---------------------------------------------------------------------------------


def test_a_reader_that_leaves_is_no_failure(place: Place) -> None:
    process = place.start(str(STARTER), "--quick")
    assert process.stdout is not None
    process.stdout.close()

    code = process.wait(100)

    assert process.stderr is not None
    told = process.stderr.read().decode()
    process.stderr.close()
    assert code == 1
    assert "Broken" not in told
    assert "Traceback" not in told


@pytest.mark.parametrize("arguments", [["exercises"], ["show", "word_count"], [str(STARTER), "--json", "-"]])
def test_a_full_disk_behind_stdout_is_told(place: Place, arguments: list[str]) -> None:
    with open("/dev/full", "w") as full:  # noqa: PTH123
        ran = place.run(*arguments, capture_output=False, stdout=full, stderr=subprocess.PIPE)

    assert ran.returncode == 2
    assert "The standard output cannot be written: No space left on device." in ran.stderr
    assert "Exception ignored" not in ran.stderr


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&- <&-"])
def test_closed_streams_change_no_grade(place: Place, closed: str) -> None:
    command = f'"{sys.executable}" -m grader "{STARTER}" --json r.json {closed}'

    ran = subprocess.run(
        ["sh", "-c", command],
        cwd=place.folder,
        env=place.environment,
        capture_output=True,
        timeout=100,
        check=False,
    )

    assert ran.returncode == 1
    receipt = json.loads((place.folder / "r.json").read_text())
    assert receipt["run"]["runs"][0]["ended"] == "exited"


def test_an_ascii_terminal_gets_plain_signs_and_json_stays_utf_8(place: Place) -> None:
    (place.folder / "é.py").write_bytes(STARTER.read_bytes())
    ascii_only = place.environment | {"PYTHONIOENCODING": "ascii"}

    report = place.run("é.py", env=ascii_only)
    receipt = place.run("é.py", "--json", "-", env=ascii_only, text=False)
    task = place.run("show", "word_count", env=ascii_only)

    assert report.returncode == receipt.returncode == 1
    assert task.returncode == 0
    assert report.stdout.isascii()
    assert json.loads(receipt.stdout)["submission"]["name"] == "é.py"


# --- signals -----------------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_ends_everything_and_leaves_nothing(place: Place, number: signal.Signals, code: int) -> None:
    (place.folder / "sleeper.py").write_text(SLEEPER)
    process = place.start("sleeper.py", "--json", "r.json")
    until(lambda: len(place.runs()) >= 4)

    process.send_signal(number)
    out, err = process.communicate(timeout=90)

    assert process.returncode == code
    assert (out, err.decode().splitlines()[-1]) == (b"", "grade: interrupted")
    assert b"Traceback" not in err
    assert place.runs() == []
    assert place.left_over() == []
    assert not (place.folder / "r.json").exists()


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_impatience_does_not_cut_off_the_cleaning_up(place: Place) -> None:
    (place.folder / "sleeper.py").write_text(SLEEPER)
    process = place.start("sleeper.py")
    until(lambda: len(place.runs()) >= 4)

    for _ in range(20):
        with suppress(ProcessLookupError):
            process.send_signal(signal.SIGINT)
        time.sleep(0.002)
    _, err = process.communicate(timeout=90)

    assert process.returncode == 130
    assert b"Traceback" not in err
    assert place.runs() == []
    assert place.left_over() == []


@pytest.mark.parametrize("after_s", [0.1, 0.2, 0.3, 0.45, 0.6, 0.8, 1.0, 1.3])
def test_ctrl_c_at_any_moment_shows_no_traceback(place: Place, after_s: float) -> None:
    (place.folder / "sleeper.py").write_text(SLEEPER)
    process = place.start("sleeper.py")
    time.sleep(after_s)

    process.send_signal(signal.SIGINT)
    try:
        _, err = process.communicate(timeout=30)
    except subprocess.TimeoutExpired:  # Python loses a signal now and then while it starts
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)

    assert place.left_over() == []
    assert place.runs() == []
    if process.returncode != -signal.SIGINT and b"KeyboardInterrupt" not in err:
        assert process.returncode == 130
        assert b"Traceback" not in err
    else:  # Python was still starting
        assert after_s < 0.2 or b"grader" not in err


def test_watching_regrades_a_save_and_ends_with_130(place: Place) -> None:
    path = place.folder / "my_script.py"
    shutil.copy(STARTER, path)
    process = place.start("my_script.py", "--watch", "--quick", "--json", "r.json")
    receipt = place.folder / "r.json"
    until(receipt.exists)
    before = receipt.read_text()
    path.write_text("# exercise: async_map\nprint(\n")
    until(lambda: receipt.read_text() != before)
    broken = json.loads(receipt.read_text())

    shutil.copy(FULL_MARKS, path)
    path.write_text("# exercise: async_map\n" + path.read_text())
    until(lambda: json.loads(receipt.read_text())["score"] == 6)
    process.send_signal(signal.SIGINT)
    out, _ = process.communicate(timeout=90)

    assert broken["score"] == 0
    assert process.returncode == 130
    assert out.count(b"== my_script.py at ") == 3
    assert b"\x1b" not in out


# --- terminals ---------------------------------------------------------------------------------------


def on_a_terminal(place: Place, *arguments: str, **variables: str) -> tuple[int, str]:
    """What a terminal shows: both streams go to it."""
    ours, theirs = pty.openpty()
    environment = place.environment | {"TERM": "xterm-256color", "COLUMNS": "100"} | variables
    process = subprocess.Popen(
        place.command(*arguments), cwd=place.folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs
    )
    os.close(theirs)
    shown = bytearray()
    deadline = time.monotonic() + 100
    while time.monotonic() < deadline:
        if select.select([ours], [], [], 0.1)[0]:
            try:
                shown += os.read(ours, 65536)
            except OSError:
                break
    os.close(ours)
    return process.wait(20), shown.decode()


def test_a_terminal_gets_colour_and_a_moving_line(place: Place) -> None:
    slow = place.folder / "slow.py"  # for the line to be drawn while it runs
    slow.write_text(STARTER.read_text("utf-8") + '\nif __name__ == "__main__":\n    __import__("time").sleep(0.5)\n')
    code, shown = on_a_terminal(place, str(slow))

    assert code == 1
    assert "\x1b[3" in shown
    assert "running the program" in shown
    assert "\x1b[?25l" in shown
    assert shown.rindex("\x1b[?25h") > shown.rindex("\x1b[?25l"), "the cursor is back"


@pytest.mark.parametrize("variables", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
@pytest.mark.parametrize(
    "arguments", [[str(STARTER)], ["show", "async_map"], ["doctor"], ["explain", "runs"], ["--nope"]]
)
def test_a_terminal_without_colour_gets_no_control_codes(
    place: Place, variables: dict[str, str], arguments: list[str]
) -> None:
    _, shown = on_a_terminal(place, *arguments, **variables)

    assert shown
    assert "\x1b" not in shown


def test_a_task_is_rendered_on_a_terminal(place: Place) -> None:
    code, shown = on_a_terminal(place, "show", "async_map")

    assert code == 0
    assert "## Run the script" not in shown
    assert "Run the script" in shown


# --- an ordinary user --------------------------------------------------------------------------------


AS_NOBODY = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")


@pytest.fixture
def as_nobody() -> tuple[str, ...]:
    """The start of a command that another user is to run."""
    if not hasattr(os, "getuid") or os.getuid() != 0 or shutil.which("setpriv") is None:
        pytest.skip("only root can become somebody else")
    tried = subprocess.run([*AS_NOBODY, sys.executable, "-c", ""], capture_output=True, check=False)
    if tried.returncode != 0:
        pytest.skip(f"an ordinary user cannot start {sys.executable}")
    return AS_NOBODY


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["unreadable.py"], "you do not have the permission to"),
        (["my_script.py", "--json", "read_only/r.json"], "Permission denied"),
        (["my_script.py", "--json", "mine.json"], "write-protected"),
        (["start", "async_map", "read_only/x"], "Permission denied"),
        (["start", "async_map", "read_only"], "Permission denied"),
    ],
)
def test_what_an_ordinary_user_may_not_do_is_told(
    place: Place, as_nobody: tuple[str, ...], arguments: list[str], message: str
) -> None:
    folder = place.temp / "work"
    folder.mkdir()
    place.temp.chmod(0o755)
    for name in ("unreadable.py", "my_script.py"):
        shutil.copy(STARTER, folder / name)
    (folder / "unreadable.py").chmod(0o000)
    (folder / "mine.json").touch(0o444)
    (folder / "read_only").mkdir(0o555)
    os.chown(folder, 65534, 65534)

    ran = subprocess.run(
        [*as_nobody, *place.command(*arguments)],
        cwd=folder,
        env=place.environment,
        text=True,
        capture_output=True,
        timeout=100,
        check=False,
    )

    assert ran.returncode == 2, ran.stderr
    assert message in ran.stderr
    assert "Traceback" not in ran.stderr
