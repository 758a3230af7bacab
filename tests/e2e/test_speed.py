"""Real runs for the pictures of speed: what they find, never how fast they are."""

from __future__ import annotations

import multiprocessing
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from grader.analysis import analyse
from grader.bundled import bundled
from grader.catalog import Catalog
from grader.checks import CHECKS
from grader.checks.failures import explain_run
from grader.checks.printed import read_output
from grader.loading import load
from grader.model.evidence import Evidence
from grader.model.speed import SpeedReport
from grader.model.trace import Trace
from grader.pipeline import HARNESS
from grader.sandbox.practice import PracticeSandbox
from grader.timing.speed import SpeedTools, speed_report
from tests.unit.checks.builders import a_map, a_run

ROOT = Path(__file__).resolve().parents[2]
GUARDLESS = ROOT / "tests/corpus/word_count/no_main_guard.py"
RACING = """
import os
import re
import sys
from concurrent.futures import ProcessPoolExecutor


def count_words(file):
    counts = {}
    with open(file, encoding="utf-8") as text:
        for token in text.read().split():
            word = re.search(r"[a-z\\-]+", token.lower())
            if word:
                counts[word[0]] = counts.get(word[0], 0) + 1
    with open("shared.txt", "a") as shared:  # every worker leaves its mark, and the last one wins
        shared.write(str(os.urandom(4)) + "\\n")
    return counts


if __name__ == "__main__":
    totals = {}
    with ProcessPoolExecutor(2) as pool:
        for counts in pool.map(count_words, sys.argv[1:], chunksize=10):
            for word, count in counts.items():
                totals[word] = totals.get(word, 0) + count
    lucky = open("shared.txt").read()
    for word in sorted(totals):
        print(f"{word} == {totals[word] + hash(lucky) % 1000}")
"""


def measured(path: Path, curves: int = 0) -> SpeedReport:
    """The runs on small inputs, and so many curves of few points; however long they take."""
    exercise = Catalog(bundled("exercises"), CHECKS).load("word_count")
    assert exercise.spec.speed is not None
    wanted = exercise.spec.speed.model_copy(update={"curves": exercise.spec.speed.curves[:curves]})
    exercise = replace(exercise, spec=exercise.spec.model_copy(update={"speed": wanted}))
    sandbox, submission = PracticeSandbox(), load(path)
    evidence = Evidence(
        exercise, submission, analyse(submission, sandbox), {"given": a_run(trace=Trace(maps=(a_map(),)))}
    )
    tools = SpeedTools(
        sandbox=sandbox,
        harness=HARNESS,
        read=lambda stdout: read_output(stdout).totals(),
        explain=partial(explain_run, evidence),
        methods=tuple(multiprocessing.get_all_start_methods()),
        budget_s=0.0,
        most_s=100.0,
    )
    return speed_report(evidence, tools, 3, "fork", True)


@pytest.mark.slow
def test_of_a_right_program_all_is_measured() -> None:
    speed = measured(ROOT / "solutions/word_count/counter_computed_chunksize.py", curves=1)

    (scenes,) = speed.curves
    assert (scenes.items, scenes.workers) == (3000, 4)
    assert {1, 750, 3000, scenes.own} <= {point.chunksize for point in scenes.points}
    assert speed.breakdown is not None
    assert sum(part.seconds for part in speed.breakdown.parts) == pytest.approx(speed.breakdown.wall_s, rel=0.03)
    assert speed.what_if is not None
    assert speed.what_if.error is not None
    assert {run.outcome for run in (*speed.start_methods, *speed.varied)} == {"right"}
    assert speed.left_out == ()


@pytest.mark.slow
def test_a_program_without_main_guard_fails_by_name_where_it_is_imported() -> None:
    report = measured(GUARDLESS)

    found = {run.start_method: (run.outcome, run.cause) for run in report.start_methods}
    assert found["fork"] == ("right", "")
    assert found["spawn"] == ("failed", "missing-main-guard")
    assert found["forkserver"] == ("failed", "missing-main-guard")
    assert {run.outcome for run in report.varied} == {"right"}


@pytest.mark.slow
def test_a_program_whose_result_is_left_to_chance_is_told_as_a_race(tmp_path: Path) -> None:
    (tmp_path / "racing.py").write_text(RACING)

    report = measured(tmp_path / "racing.py")

    assert {run.outcome for run in report.varied} == {"differs"}
    assert report.varied[0].detail.startswith("A race: two runs on the same files gave different totals")
