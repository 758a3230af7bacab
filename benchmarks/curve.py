"""What the chunk size curve shows of a program, in many gradings: ``python benchmarks/curve.py [N] [--script FILE]``.

Each grading is a whole one, as a student gets it; further runs are only made where time allows. Shown are the medians
over the gradings of the speed against the serial program, for each chunk size, and in how many of them chunk size 1
was slower than the serial program and the best size 1.4 times as fast. Wall clock: it wants a quiet machine, and says
how busy it was.
"""

from __future__ import annotations

import argparse
import statistics
from collections import defaultdict
from pathlib import Path

from grader.model.speed import ChunkCurve
from grader.testing import grade_file

ROOT = Path(__file__).resolve().parents[1]
GOOD = 1.4


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("gradings", type=int, nargs="?", default=5)
    parser.add_argument("--script", type=Path, default=ROOT / "solutions/word_count/counter_computed_chunksize.py")
    options = parser.parse_args()
    curves: dict[str, list[ChunkCurve]] = defaultdict(list)
    for seed in range(options.gradings):
        speed = grade_file(options.script, quick=False, seed=seed).timing.speed
        for curve in speed.curves:
            curves[curve.inputs].append(curve)
            print(f"{seed:3} {curve.inputs}: {curve.sentence}", flush=True)
    for inputs, found in curves.items():
        show(inputs, found)


def show(inputs: str, curves: list[ChunkCurve]) -> None:
    speeds: dict[int, list[float]] = defaultdict(list)
    for curve in curves:
        for point in curve.points:
            speeds[point.chunksize].append(point.speedup)
    busy = [curve.others_cores for curve in curves if curve.others_cores is not None]
    serial = statistics.median(min(curve.serial_s) for curve in curves)
    print(f"\n{inputs}, {len(curves)} gradings, serial program {serial:.3f} s")
    if busy:
        print(
            f"cores that other programs kept busy: {statistics.median(busy):.2f} ({min(busy):.2f} to {max(busy):.2f})"
        )
    for size, values in sorted(speeds.items()):
        print(f"chunk size {size:5}: × {statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})")
    costs = [curve.message_s for curve in curves if curve.message_s is not None]
    if costs:
        print(f"cost of a message: {statistics.median(costs) * 1e6:.0f} µs")
    slower = sum(curve.points[0].chunksize == 1 and curve.points[0].speedup < 1 for curve in curves)
    good = sum(max(point.speedup for point in curve.points) >= GOOD for curve in curves)
    print(f"chunk size 1 slower than serial in {slower}, best at least × {GOOD} in {good} of {len(curves)}")


if __name__ == "__main__":
    main()
