"""Does a busy or small machine flip the verdict on speed? ``python benchmarks/flips.py [N] [--sandbox NAME]``.

An honest program and four serial programs in disguise are graded N times each in five settings: quiet, beside one and
two busy loops, on one core only, and with half a core (a CPU quota where control groups can be written, else one core
shared with a busy loop). The settings take turns. Shown are the verdicts of ``speedup``, and what rules on the wall
clock would have said of the same program: after each grading it runs in turn with the serial program, in the same
setting and on the same files; as this takes as long as the grading, ``--wall-rounds`` says in how many rounds.
"Quiet" is what this machine is like when nothing else runs on it. Ctrl-C ends it with what was found by then.

It ends with 1 where an honest program failed, one in disguise passed, or more than 2 % could not be told.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import statistics
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from grader.bundled import bundled
from grader.catalog import Catalog
from grader.checks import CHECKS
from grader.loading import load
from grader.model.run import Guarantees, Observation, RunRequest, Sandbox
from grader.pipeline import Settings, Workbench, grade_submission
from grader.sandbox import choose_sandbox

ROOT = Path(__file__).resolve().parents[1]
CORPUS = ROOT / "tests" / "corpus" / "word_count"
HONEST = "honest"
PROGRAMS = {
    HONEST: ROOT / "solutions" / "word_count" / "argv_with_statement.py",
    "one chunk": CORPUS / "one_chunk_for_all.py",
    "one worker": CORPUS / "one_worker.py",
    "tiny items, chunk size 1": ROOT / "benchmarks" / "programs" / "tiny_pieces_one_by_one.py",
    "serial first, map for show": CORPUS / "mapped_for_show.py",
}
QUOTA_GROUPS = (Path("/sys/fs/cgroup/cpu"), Path("/sys/fs/cgroup"))
BUSY = "import os, sys\nwhile os.getppid() == int(sys.argv[1]): sum(range(100_000))"
"""It ends with its parent."""
RULES: dict[str, Callable[[list[float]], bool]] = {
    "wall clock, 1 pair >= 1.0": lambda ratios: ratios[0] >= 1.0,
    "wall clock, 1 pair >= 1.2": lambda ratios: ratios[0] >= 1.2,
    "wall clock, median of all pairs >= 1.2": lambda ratios: statistics.median(ratios) >= 1.2,
}


@dataclass
class Seen:
    """What was found in one setting for one program."""

    verdicts: Counter[str] = field(default_factory=Counter)
    passed_by: Counter[str] = field(default_factory=Counter)
    timed: int = 0
    """How many gradings the rules on the wall clock looked at."""


class Remembering:
    """A sandbox that remembers the last run of the submission, so that it can be made again."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.last: RunRequest | None = None

    def run(self, request: RunRequest) -> Observation:
        if request.label in ("unseen", "measured-submission"):
            self.last = replace(request, read_wire=False, questions=())
        return self._sandbox.run(request)

    def guarantees(self) -> Guarantees:
        return self._sandbox.guarantees()

    def ratios(self, serial: bytes, pairs: int) -> list[float]:
        """How many times as fast as the serial program it was, by the wall clock, in each pair of runs."""
        if self.last is None:
            return []
        mine = self.last
        other = replace(mine, files={**mine.files, "serial.py": serial}, config={**mine.config, "script": "serial.py"})
        return [self._sandbox.run(other).wall_s / self._sandbox.run(mine).wall_s for _ in range(pairs)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("gradings", type=int, nargs="?", default=20)
    parser.add_argument("--sandbox", default=None)
    parser.add_argument(
        "--pairs", type=int, default=3, help="runs for the rules on the wall clock, 0 to leave them out"
    )
    parser.add_argument("--wall-rounds", type=int, default=None, help="rounds with such runs; else all")
    options = parser.parse_args()
    sandbox = Remembering(choose_sandbox(options.sandbox))
    bench = Workbench(Catalog(bundled("exercises"), CHECKS), CHECKS, sandbox, lambda: datetime.now(UTC))
    wall_rounds = options.gradings if options.wall_rounds is None else options.wall_rounds
    found: dict[tuple[str, str], Seen] = defaultdict(Seen)
    with contextlib.suppress(KeyboardInterrupt):
        for number in range(options.gradings):
            one_round(number, options.pairs if number < wall_rounds else 0, bench, sandbox, found)
    return show(found)


def one_round(
    number: int, pairs: int, bench: Workbench, sandbox: Remembering, found: dict[tuple[str, str], Seen]
) -> None:
    """Grade every program once in every setting."""
    serial = (bundled("exercises") / "word_count" / "serial.py").read_bytes()
    asked = Settings(number, exercise="word_count", speed=False)
    for setting, enter in settings().items():
        for name, path in PROGRAMS.items():
            with enter():
                grade = grade_submission(load(path), asked, bench)
                ratios = sandbox.ratios(serial, pairs)
            check = next(check for check in grade.checks if check.id == "speedup")
            seen = found[setting, name]
            seen.verdicts[check.verdict.value] += 1
            seen.timed += bool(ratios)
            seen.passed_by.update(rule for rule, passes in RULES.items() if ratios and passes(ratios))
            print(f"{number:3} {setting:12} {name:27} {check.verdict.value:12} {check.headline}", flush=True)


def settings() -> dict[str, Callable[[], contextlib.AbstractContextManager[None]]]:
    """How to enter each setting."""
    return {
        "quiet": contextlib.nullcontext,
        "1 busy loop": lambda: busy(1),
        "2 busy loops": lambda: busy(2),
        "1 core": one_core,
        "half a core": half_a_core,
    }


@contextmanager
def busy(loops: int) -> Iterator[None]:
    """Beside so many processes that compute all the time, each in a session of its own."""
    command = [sys.executable, "-c", BUSY, str(os.getpid())]
    spinning = [subprocess.Popen(command, start_new_session=True) for _ in range(loops)]
    try:
        yield
    finally:
        for process in spinning:
            process.kill()
            process.wait()


@contextmanager
def one_core() -> Iterator[None]:
    """On a single core: processes inherit it."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


@contextmanager
def half_a_core() -> Iterator[None]:
    """Under a CPU quota of 50 ms in every 100, or on a core shared with a busy loop."""
    group = next((made for parent in QUOTA_GROUPS if (made := quota_group(parent))), None)
    if group is None:
        with one_core(), busy(1):
            yield
        return
    try:
        (group / "cgroup.procs").write_text(str(os.getpid()))
        yield
    finally:
        (group.parent / "cgroup.procs").write_text(str(os.getpid()))
        with contextlib.suppress(OSError):
            group.rmdir()


def quota_group(parent: Path) -> Path | None:
    """A control group with half a core, made below ``parent``; None where that may not be."""
    group = parent / f"pargrade-flips-{os.getpid()}"
    try:
        group.mkdir(exist_ok=True)
        if (group / "cpu.cfs_quota_us").exists():
            (group / "cpu.cfs_quota_us").write_text("50000")
        elif (group / "cpu.max").exists():
            (group / "cpu.max").write_text("50000 100000")
        else:
            group.rmdir()
            return None
    except OSError:
        return None
    return group


def show(found: dict[tuple[str, str], Seen]) -> int:
    """The table: how often each program passed, of how many gradings. 1 where something flipped."""
    print("\npassed of how many gradings (of these could not be told)")
    timed = any(seen.timed for seen in found.values())
    for rule in ["speedup (CPU clocks)", *(RULES if timed else ())]:
        print(f"\n{rule}")
        for setting in settings():
            cells = [f"{name}: {cell(found[setting, name], rule)}" for name in PROGRAMS]
            print(f"  {setting:12} {'   '.join(cells)}")
    verdicts = [(name, verdict, times) for (_, name), seen in found.items() for verdict, times in seen.verdicts.items()]
    total = sum(times for _, _, times in verdicts)
    honest_lost = sum(times for name, verdict, times in verdicts if name == HONEST and verdict in ("failed", "partial"))
    disguised = sum(times for name, verdict, times in verdicts if name != HONEST and verdict in ("passed", "partial"))
    unclear = sum(times for _, verdict, times in verdicts if verdict not in ("passed", "failed", "partial"))
    print(
        f"\n{total} gradings: honest without full points {honest_lost}, disguised with points {disguised}, "
        f"could not be told {unclear} ({unclear / max(1, total):.1%})"
    )
    return 1 if honest_lost or disguised or unclear > 0.02 * total else 0


def cell(seen: Seen, rule: str) -> str:
    if rule in RULES:
        return f"{seen.passed_by[rule]}/{seen.timed}"
    unclear = sum(times for verdict, times in seen.verdicts.items() if verdict not in ("passed", "failed"))
    return f"{seen.verdicts['passed']}/{seen.verdicts.total()}" + (f" ({unclear})" if unclear else "")


if __name__ == "__main__":
    sys.exit(main())
