"""One submission graded from plain data; whatever goes wrong is an outcome with a reason."""

from __future__ import annotations

import json
import pickle
from dataclasses import replace
from pathlib import Path

import pytest

import grader
from grader.batch.digests import exercise_digest
from grader.batch.task import OneExercise, Outcome, Setup, Task, _must_be_the_same, grade_task, with_inputs_kept
from grader.bundled import bundled
from grader.catalog import Catalog
from grader.checks import CHECKS
from grader.cli.app import App
from grader.errors import InputError, SandboxError
from grader.model.exercise import GeneratorRequest
from grader.model.run import Observation, RunRequest
from grader.pipeline import Workbench
from grader.testing import FakeSandbox
from tests.unit.batch.fakes import a_task

ROOT = bundled("exercises")
SETUP = Setup("async_map", exercise_digest(ROOT / "async_map"), 42)
PROGRAM = b"import helper\n\ndef add(a, b):\n    return a + b\n"


class Breaking(FakeSandbox):
    """A sandbox that fails."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self._error = error

    def run(self, request: RunRequest) -> Observation:
        raise self._error


def graded(task: Task, sandbox: FakeSandbox | None = None) -> Outcome:
    used = sandbox or FakeSandbox()
    return grade_task(task, lambda _: Workbench(Catalog(ROOT, CHECKS), CHECKS, used, App().now))


def test_a_task_and_its_outcome_can_be_sent_anywhere() -> None:
    task = a_task("ann", SETUP, PROGRAM)

    assert pickle.loads(pickle.dumps(task)) == task
    outcome = graded(task)
    assert pickle.loads(pickle.dumps(outcome)) == outcome


def test_the_grade_comes_with_reports_of_it() -> None:
    outcome = graded(a_task("ann", SETUP, PROGRAM))

    assert outcome.entry.outcome == "graded"
    assert outcome.entry.receipt is not None
    assert outcome.reports["report.json"].decode() == outcome.entry.receipt
    assert json.loads(outcome.entry.receipt)["seed"] == 42
    assert json.loads(outcome.reports["mark.json"])["score"] == float(outcome.entry.score or 0)
    assert outcome.reports["report.html"].startswith(b"<!doctype html>")


def test_files_beside_the_program_come_along() -> None:
    sandbox = FakeSandbox()
    task = a_task("ann", SETUP, PROGRAM)

    graded(replace(task, files={**task.files, "helper.py": b"x = 1\n"}), sandbox)

    assert any(request.files.get("helper.py") == b"x = 1\n" for request in sandbox.requests)


@pytest.mark.parametrize("name", ["../out.py", "/tmp/out.py", "a/../../out.py"])
def test_a_name_that_leads_out_is_refused(name: str) -> None:
    task = a_task("ann", SETUP, PROGRAM)

    outcome = graded(replace(task, files={**task.files, name: b"x = 1\n"}))

    assert outcome.entry.outcome == "errored"
    assert "leads out" in outcome.entry.failure


def test_a_sandbox_that_fails_is_no_fault_of_the_student() -> None:
    outcome = graded(a_task("ann", SETUP, PROGRAM), Breaking(SandboxError("No folder.", "Is the disk full?")))

    assert (outcome.entry.outcome, outcome.entry.score) == ("errored", None)
    assert outcome.entry.failure == "No folder. Is the disk full?"
    assert set(outcome.reports) == {"mark.json"}


def test_a_fault_of_ours_keeps_its_details_for_whoever_mends_it() -> None:
    outcome = graded(a_task("ann", SETUP, PROGRAM), Breaking(ZeroDivisionError("odd")))

    assert "ZeroDivisionError: odd" in outcome.entry.failure
    assert b"Traceback" in outcome.reports["failure.txt"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"grader_version": "0.0"}, f"this worker has {grader.__version__}"),
        ({"exercise_sha256": "0" * 64}, "differs from that of the batch"),
    ],
)
def test_a_worker_with_another_grader_or_exercise_refuses(changes: dict[str, str], words: str) -> None:
    with pytest.raises(InputError, match=words):
        _must_be_the_same(replace(SETUP, **changes), ROOT / "async_map")


def test_a_worker_without_the_exercise_refuses(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="missing"):
        _must_be_the_same(SETUP, tmp_path / "async_map")


def test_inputs_are_made_once_for_all() -> None:
    exercise = with_inputs_kept(Catalog(ROOT, CHECKS).load("async_map"))
    (name,) = (run.inputs for run in exercise.spec.runs if run.inputs)
    generate = exercise.generators[name]

    assert generate(GeneratorRequest(1)) is generate(GeneratorRequest(1))
    assert generate(GeneratorRequest(2)) != generate(GeneratorRequest(1))
    assert OneExercise(ROOT, CHECKS, exercise).load("async_map") is exercise
