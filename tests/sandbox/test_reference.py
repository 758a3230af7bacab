"""The exercise's serial program with its map over processes prints what it prints by itself."""

from __future__ import annotations

import pytest

from grader.bundled import bundled
from grader.catalog import Catalog
from grader.checks import CHECKS
from grader.checks.counts import agrees
from grader.model.exercise import GeneratorRequest
from grader.model.run import RunRequest
from grader.sandbox.practice import PracticeSandbox
from tests.sandbox.conftest import make_request

pytestmark = pytest.mark.slow
METHODS = ("fork", "spawn", "forkserver")


def as_reference(request: RunRequest, workers: int = 4) -> RunRequest:
    return RunRequest(**{**vars(request), "config": {**request.config, "mode": "reference", "workers": workers}})


WHO = """
import os, time

def who(number):
    time.sleep(0.02)
    return os.getpid(), number

if __name__ == "__main__":
    found = list(map(who, range(32)))
    print(len({pid for pid, _ in found} - {os.getpid()}), [number for _, number in found] == list(range(32)))
    print(list(map(max, [1, 5], [4, 2, 9])), list(map(who, [])))
"""


@pytest.mark.parametrize("method", METHODS)
def test_map_goes_over_the_wanted_number_of_processes_and_keeps_the_order(sandbox, method: str) -> None:
    seen = sandbox.run(as_reference(make_request(WHO, start_method=method), workers=3))

    assert seen.stdout.decode() == "3 True\n[4, 5] []\n", seen.stderr.decode()


def test_in_the_usual_mode_map_is_the_built_in_one(run_practice) -> None:
    assert run_practice("print(map is __import__('builtins').map)").stdout == b"True\n"


@pytest.mark.parametrize("method", METHODS)
def test_the_reference_of_the_word_count_prints_the_right_totals(method: str) -> None:
    exercise = Catalog(bundled("exercises"), CHECKS).load("word_count")
    inputs = exercise.generators["unseen"](GeneratorRequest(seed=11, quick=True))
    program = (exercise.folder / "serial.py").read_text()
    request = make_request(program, args=sorted(inputs.files), files=inputs.files, start_method=method)

    serial, reference = PracticeSandbox().run(request), PracticeSandbox().run(as_reference(request))

    assert reference.stdout == serial.stdout
    assert agrees(inputs, serial.stdout, reference.stdout)
