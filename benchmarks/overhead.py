"""What grading costs over running the program: pairs of a bare run and ``grade --quick``, taken in turn.

    python benchmarks/overhead.py [N] [--script FILE]

Three things are timed in every round, as whole processes: the bare script on the real plays, ``grade --quick``
on the same script, and a bare interpreter beside ``grade --help``. ``own`` is the grader's own time: all of
``grade`` but the wall time of the student's runs as its report tells them. Medians and pairwise figures are
quoted, since the machine may be busy; peak memory is that of the grader's own process.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
GRADE = Path(sys.executable).with_name("grade")


def timed(command: list[str | Path], folder: Path | None = None) -> tuple[float, bytes, int]:
    """Wall seconds, standard output and peak resident bytes of the process itself."""
    started = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdout is not None
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stdout.close()
    if process.returncode not in (0, 1):
        raise SystemExit(f"{command} ended with {process.returncode}")
    return wall, output, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rounds", type=int, nargs="?", default=11)
    parser.add_argument("--script", type=Path, default=ROOT / "solutions/word_count/argv_with_statement.py")
    options = parser.parse_args()
    rows: list[dict[str, float]] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "work"
        subprocess.run([GRADE, "start", "word_count", folder], check=True, stdout=subprocess.DEVNULL)
        plays = sorted(str(path.relative_to(folder)) for path in (folder / "shakespeare").iterdir())
        script = folder / "honest.py"
        script.write_bytes(options.script.read_bytes())
        for _ in range(options.rounds + 1):
            rows.append(one_round(folder, script, plays))
    show(rows[1:])  # the first round warms the caches


def one_round(folder: Path, script: Path, plays: list[str]) -> dict[str, float]:
    bare, _, _ = timed([sys.executable, script, *plays], folder)
    grade, output, peak = timed([GRADE, script, "--quick", "--json", "-"], folder)
    runs = sum(run["wall_s"] for run in json.loads(output)["run"]["runs"])
    start, _, _ = timed([sys.executable, "-c", "pass"])
    usage, _, _ = timed([GRADE, "--help"])
    return {
        "bare script on the plays, s": bare,
        "grade --quick, s": grade,
        "grade --quick minus bare, s": grade - bare,
        "student's runs in it, s": runs,
        "grader's own time, s": grade - runs,
        "python -c pass, s": start,
        "grade --help, s": usage,
        "grade --help / python -c pass": usage / start,
        "peak of the grader's process, MiB": peak / 2**20,
    }


def show(rows: list[dict[str, float]]) -> None:
    print(f"{len(rows)} rounds, each figure: median (smallest to largest)")
    for name in rows[0]:
        values = sorted(row[name] for row in rows)
        print(f"{name:36} {statistics.median(values):8.3f}  ({values[0]:.3f} to {values[-1]:.3f})")


if __name__ == "__main__":
    main()
