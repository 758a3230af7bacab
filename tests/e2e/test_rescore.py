"""Real programs: judged again from what is kept of them, they get the same grade, and nothing is run for it."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from grader.bundled import bundled
from grader.catalog import Catalog
from grader.checks import CHECKS
from grader.evidence_store import evidence_bytes, parse_evidence, restore
from grader.judging import judge
from grader.loading import load
from grader.model.run import Sandbox
from grader.model.sitting import Sitting
from grader.pipeline import Settings, Workbench, observe
from grader.sandbox.choice import best_sandbox
from grader.sandbox.practice import PracticeSandbox

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = (
    "tests/corpus/word_count/crashes_in_the_worker.py",
    "tests/corpus/word_count/latin1_without_cookie.py",
    "tests/corpus/word_count/prints_every_token.py",
    "solutions/async_map/with_statement.py",
)
MOST_KEPT = 100_000
"""Bytes. An honest program's evidence takes about a tenth of it."""


def sitting_of(path: Path, sandbox: Sandbox) -> Sitting:
    bench = Workbench(Catalog(bundled("exercises"), CHECKS), CHECKS, sandbox, lambda: datetime.now(UTC))
    settings = Settings(seed=20_260_131, quick=True, exercise=path.parent.name, speed=False)
    return observe(load(path), settings, bench)


def must_come_back(sitting: Sitting) -> bytes:
    grade = judge(sitting, CHECKS)

    kept = evidence_bytes(sitting, grade)
    again = restore(parse_evidence(kept), Catalog(bundled("exercises"), CHECKS).load(grade.exercise))

    assert replace(again, evidence=sitting.evidence) == sitting
    assert (again.evidence.runs, again.evidence.measurement) == (sitting.evidence.runs, sitting.evidence.measurement)
    assert judge(again, CHECKS) == grade
    return kept


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_program_of_the_corpus_is_judged_again_as_it_was(program: str) -> None:
    must_come_back(sitting_of(ROOT / program, PracticeSandbox()))


@pytest.mark.skipif(sys.platform != "linux", reason="sandboxes with walls are there on Linux only")
def test_what_was_read_and_measured_behind_walls_comes_back_and_is_small() -> None:
    sandbox = best_sandbox().sandbox
    if sandbox.guarantees().backend == "practice":
        pytest.skip("no walls hold here")
    sitting = sitting_of(ROOT / "solutions/word_count/argv_with_statement.py", sandbox)

    kept = must_come_back(sitting)

    assert sitting.evidence.measurement.samples
    assert len(kept) < MOST_KEPT
