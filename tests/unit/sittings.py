"""Sittings for tests: runs that were seen, of an exercise with all checks of the word count and small inputs."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

from grader.bundled import bundled
from grader.catalog import Catalog
from grader.checks import CHECKS
from grader.evidence_store import evidence_bytes, parse_evidence, restore
from grader.judging import judge
from grader.model.evidence import Evidence, ObservedRun
from grader.model.exercise import Exercise, GeneratorRequest, Inputs, Question, RunSpec
from grader.model.facts import SourceFacts
from grader.model.run import Ended, Observation, ProcessRecord
from grader.model.sitting import Sitting
from grader.model.trace import read_trace
from grader.testing import a_grade, a_speed_report
from tests.unit.checks.builders import a_submission, an_exercise

NOON = datetime(2026, 1, 31, 12, tzinfo=UTC)
SEED = 7
RUNS = (
    RunSpec(name="given", mode="script", inputs="plays", args=("shakespeare/*",)),
    RunSpec(name="imported", mode="import", inputs="plays"),
)
QUESTIONS = (
    Question("count_words", ("shakespeare/a.txt",), {"a": 3}, "one word"),
    Question("reduce_dicts", ({"a": 1}, {"a": 2}), {"a": 3}, "two dictionaries"),
)


def plays(request: GeneratorRequest) -> Inputs:
    files = {"shakespeare/a.txt": b"a" * (request.seed + 1), "shakespeare/b.txt": b""}
    return Inputs(files, {"a": 2500 + request.seed, "b": 3 if request.quick else 30}, QUESTIONS)


@cache
def the_exercise() -> Exercise:
    """All checks of the word count, with small inputs and two runs."""
    spec = Catalog(bundled("exercises"), CHECKS).load("word_count").spec
    return replace(an_exercise(*spec.checks, runs=RUNS), generators={"plays": plays})


def an_observed(spec: RunSpec, observation: Observation) -> ObservedRun:
    inputs = plays(GeneratorRequest(SEED))
    return ObservedRun(spec, inputs, tuple(inputs.files), observation, read_trace(observation.claims))


def a_sitting(*runs: Observation, **changes: Any) -> Sitting:
    """A sitting in which these were seen, one for each run of the exercise."""
    observed = {spec.name: an_observed(spec, seen) for spec, seen in zip(RUNS, runs, strict=False)}
    evidence = Evidence(the_exercise(), a_submission(), SourceFacts(), observed, process_table_exact=True)
    grade = a_grade()
    fields = {"evidence": evidence, "speed": a_speed_report(), "sandbox": grade.sandbox, "machine": grade.machine}
    fields |= {"versions": {"pargrade": "0.1.0"}, "seed": SEED, "quick": False, "graded_at": NOON}
    return Sitting(**fields | changes)


def an_observation(**changes: Any) -> Observation:
    fields: dict[str, Any] = {"ended": Ended.EXITED, "exit_code": 0, "signal": None, "wall_s": 1.0, "cpu_s": 1.0}
    fields |= {"peak_bytes": 1 << 20, "main_pid": 1, "processes": (ProcessRecord(1, 0, 0.5, 0.0, 1.0, "python"),)}
    fields |= {"survivors": 0, "stdout": b"a == 2507\n", "stderr": b""}
    return Observation(**fields | changes)


def bytes_of(sitting: Sitting) -> bytes:
    return evidence_bytes(sitting, judge(sitting, CHECKS))


def again(sitting: Sitting) -> Sitting:
    return restore(parse_evidence(bytes_of(sitting)), sitting.evidence.exercise)
