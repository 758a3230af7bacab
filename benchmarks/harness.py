"""What the harness costs a program: pairs of a plain run and one under the harness, taken in turn.

    python benchmarks/harness.py [N] [--script FILE]

Both run in the same sandbox and on the same files: the plain run starts the script itself, the other one the
harness, which records every pool, map call and chunk. Timed are the real plays and the large unseen inputs. Medians
of pairs; CPU seconds are those of the whole process tree and depend less on what else the machine does.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from grader.bundled import bundled
from grader.catalog import Catalog
from grader.checks import CHECKS
from grader.model.exercise import GeneratorRequest
from grader.pipeline import HARNESS

ROOT = Path(__file__).resolve().parents[1]
STARTER = """
import json, os, sys
config = json.loads(sys.argv[1])
config["claims_fd"] = os.open(os.devnull, os.O_WRONLY)
sys.argv[1] = json.dumps(config)
exec(compile(open({harness!r}).read(), {harness!r}, "exec"), {{"__name__": "__main__", "__file__": {harness!r}}})
"""


def timed(command: list[str], folder: Path) -> tuple[float, float]:
    """Wall seconds, and CPU seconds of the process and the children it waited for."""
    started = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{command[:4]} ended with {process.returncode}")
    return wall, usage.ru_utime + usage.ru_stime


def under_harness(args: list[str]) -> list[str]:
    config = {
        "script": "script.py",
        "mode": "script",
        "args": args,
        "started": time.monotonic(),
        "rlimits": {},
        "cpu_count": None,
        "start_method": None,
    }
    import json

    return [sys.executable, "-I", "-X", "utf8", "-c", STARTER.format(harness=str(HARNESS)), json.dumps(config)]


def compare(name: str, generator: str, script: Path, rounds: int) -> None:
    exercise = Catalog(bundled("exercises"), CHECKS).load("word_count")
    inputs = exercise.generators[generator](GeneratorRequest(seed=1, quick=False))
    with tempfile.TemporaryDirectory() as folder_name:
        folder = Path(folder_name)
        (folder / "shakespeare").mkdir()
        for path, content in inputs.files.items():
            (folder / path).write_bytes(content)
        (folder / "script.py").write_bytes(script.read_bytes())
        args = sorted(inputs.files)
        plain = [sys.executable, "-I", "-X", "utf8", "script.py", *args]
        pairs = [(timed(plain, folder), timed(under_harness(args), folder)) for _ in range(rounds + 1)][1:]
    for what, index in (("wall", 0), ("CPU", 1)):
        ratios = sorted(harness[index] / bare[index] for bare, harness in pairs)
        bare = statistics.median(bare[index] for bare, _ in pairs)
        print(
            f"{name:28} {what:4} plain {bare:6.3f} s, under the harness × {statistics.median(ratios):.3f} "
            f"({ratios[0]:.3f} to {ratios[-1]:.3f})"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rounds", type=int, nargs="?", default=21)
    parser.add_argument("--script", type=Path, default=ROOT / "solutions/word_count/argv_with_statement.py")
    options = parser.parse_args()
    compare("38 plays, 5 MB", "given", options.script, options.rounds)
    compare("unseen inputs, 12 MB", "unseen", options.script, options.rounds)


if __name__ == "__main__":
    main()
