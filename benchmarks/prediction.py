"""How well the cost model predicts an unseen chunk size: ``python benchmarks/prediction.py [N] [--script FILE]``.

Each grading fits the model to the runs of the chunk size curve, predicts the wall time for a size between two measured
ones, and makes one more run with it. Shown are all errors, their median, and whether the parts of the breakdown add up
to the wall time. Wall clock: it wants a quiet machine, and says how busy it was.
"""

from __future__ import annotations

import argparse
import statistics
from pathlib import Path

from grader.testing import grade_file

ROOT = Path(__file__).resolve().parents[1]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("gradings", type=int, nargs="?", default=20)
    parser.add_argument("--script", type=Path, default=ROOT / "solutions/word_count/counter_computed_chunksize.py")
    options = parser.parse_args()
    errors, gaps = [], []
    for seed in range(options.gradings):
        # The seed also draws the size to predict: spread them over the gaps between the measured ones.
        speed = grade_file(options.script, quick=False, seed=seed * 1000 // options.gradings).timing.speed
        if speed.breakdown is not None:
            parts_s = sum(part.seconds for part in speed.breakdown.parts)
            gaps.append(abs(parts_s - speed.breakdown.wall_s) / speed.breakdown.wall_s)
        told = speed.what_if
        if told is None or told.checked is None or told.error is None:
            print(f"{seed:3} no prediction: {' '.join(speed.left_out)}", flush=True)
            continue
        errors.append(told.error)
        others = speed.curves[0].others_cores or 0.0
        print(
            f"{seed:3} chunk size {told.checked.chunksize:5}: predicted {told.checked.predicted_s:.3f} s, "
            f"measured {told.checked.measured_s:.3f} s, error {told.error:4.0%}, other programs {others:.2f} cores",
            flush=True,
        )
    if errors:
        print(f"\nmedian error {statistics.median(errors):.1%}, largest {max(errors):.1%}, of {len(errors)}")
    if gaps:
        print(f"parts of the breakdown add up to the wall time within {max(gaps):.2%}")


if __name__ == "__main__":
    main()
