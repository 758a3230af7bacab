"""What a sandbox costs: pairs of a bare run and a run in each sandbox, taken in turn.

    python benchmarks/sandbox.py [ROUNDS] [--sandbox NAME ...]

``start`` is the wall time of an empty program from the call of ``Sandbox.run`` to its end, over that of a bare
``python -I -X utf8``. ``pool`` is the time a pool of two needs for its work, measured in the program itself, as a
factor of the bare time. ``grader`` is the CPU time of the grading process per second of that run. ``wire`` and
``wire-1`` are the times of that pool and of one with 1,000 chunks of one item while its queues are read, as factors of
those in the same sandbox without reading. Medians, with the quartiles of the pairs, since the machine may be busy.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from grader.model.run import RunRequest, Sandbox
from grader.sandbox.choice import demanded_sandbox, holding, walled_backends
from grader.sandbox.practice import PracticeSandbox

EMPTY = "import sys\n"
POOL = """
import sys, time
from concurrent.futures import ProcessPoolExecutor

def work(number):
    return sum(i * i for i in range(20_000 + number % 7))

if __name__ == "__main__":
    with ProcessPoolExecutor(2) as pool:
        pool.submit(work, 0).result()
        started = time.perf_counter()
        list(pool.map(work, range(1_000), chunksize=CHUNKSIZE))
        print(time.perf_counter() - started)
"""
FIGURES = ("start", "pool", "grader", "wire", "wire-1")


def sandboxes(names: list[str]) -> dict[str, Sandbox]:
    """Those asked for, or all that hold here and ``practice``."""
    wanted = names or [PracticeSandbox.name, *(name for name in walled_backends() if holding(name)[0] is not None)]
    return {name: PracticeSandbox() if name == PracticeSandbox.name else demanded_sandbox(name) for name in wanted}


def bare(script: Path) -> tuple[float, str]:
    """Wall seconds and output of the script run as it is."""
    started = time.perf_counter()
    done = subprocess.run([sys.executable, "-I", "-X", "utf8", script], capture_output=True, text=True, check=True)
    return time.perf_counter() - started, done.stdout


def walled(sandbox: Sandbox, script: Path, read_wire: bool = False) -> tuple[float, str, float]:
    """Wall seconds, output, and CPU seconds of this process meanwhile."""
    request = RunRequest("benchmark", script, {}, {}, read_wire=read_wire)
    cpu, started = time.process_time(), time.perf_counter()
    seen = sandbox.run(request)
    if not seen.succeeded:
        raise SystemExit(f"{sandbox.guarantees().backend}: {seen.ended} {seen.stderr.decode()}")
    return time.perf_counter() - started, seen.stdout.decode(), time.process_time() - cpu


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rounds", type=int, nargs="?", default=15)
    parser.add_argument("--sandbox", action="append", default=[])
    options = parser.parse_args()
    chosen = sandboxes(options.sandbox)
    rows: dict[str, dict[str, list[float]]] = {name: {what: [] for what in FIGURES} for name in chosen}
    with tempfile.TemporaryDirectory() as folder:
        empty, pool, single = (Path(folder) / f"{name}.py" for name in ("empty", "pool", "single"))
        empty.write_text(EMPTY)
        pool.write_text(POOL.replace("CHUNKSIZE", "5"))
        single.write_text(POOL.replace("CHUNKSIZE", "1"))
        for number in range(options.rounds + 1):
            for name, sandbox in chosen.items():
                found = {**one_pair(sandbox, empty, pool), **reading(sandbox, pool, single)}
                if number:  # the first round warms the caches
                    for what, value in found.items():
                        rows[name][what].append(value)
    show(rows)


def one_pair(sandbox: Sandbox, empty: Path, pool: Path) -> dict[str, float]:
    bare_start, _ = bare(empty)
    start, _, _ = walled(sandbox, empty)
    _, bare_pool = bare(pool)
    wall, pool_time, cpu = walled(sandbox, pool)
    return {"start": start - bare_start, "pool": float(pool_time) / float(bare_pool), "grader": cpu / wall}


def reading(sandbox: Sandbox, pool: Path, single: Path) -> dict[str, float]:
    """The same programs in the same sandbox, with and without their queues being read."""
    _, plain_pool, _ = walled(sandbox, pool)
    _, read_pool, _ = walled(sandbox, pool, read_wire=True)
    _, plain_single, _ = walled(sandbox, single)
    _, read_single, _ = walled(sandbox, single, read_wire=True)
    return {
        "wire": float(read_pool) / float(plain_pool),
        "wire-1": float(read_single) / float(plain_single),
    }


def show(rows: dict[str, dict[str, list[float]]]) -> None:
    forms: dict[str, Callable[[float], str]] = {
        "start": lambda value: f"{value * 1000:+.1f} ms",
        "pool": lambda value: f"×{value:.3f}",
        "grader": lambda value: f"{value:.1%}",
        "wire": lambda value: f"×{value:.3f}",
        "wire-1": lambda value: f"×{value:.3f}",
    }
    for name, found in rows.items():
        for what, values in found.items():
            low, middle, high = statistics.quantiles(values, n=4)
            form = forms[what]
            print(f"{name:10} {what:7} {form(middle):>10}   ({form(low)} … {form(high)})")
    medians = {
        name: {what: statistics.median(values) for what, values in found.items()} for name, found in rows.items()
    }
    print(json.dumps(medians))


if __name__ == "__main__":
    main()
