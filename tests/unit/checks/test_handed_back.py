"""What the workers handed back has to hold what was printed; who counted by oneself needed nothing of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.checks.handed_back import came_from_one, too_little_came_back
from grader.checks.pool_map import doubts_of_map
from grader.model.evidence import Evidence, ObservedRun
from grader.model.run import Ended, ProcessRecord
from grader.model.trace import Trace
from grader.model.wire import Wire, WireMap
from tests.unit.checks.builders import (
    HARNESS_COMMAND,
    MAIN,
    a_map,
    a_run,
    an_import,
    chunks,
    evidence_of,
    forked,
    judge,
    pool,
)

COUNTS = {f"word-{number:05}": 3000 for number in range(1000)}  # 10 kB of letters
PRINTED = "".join(f"{word} == {count}\n" for word, count in COUNTS.items())
MAPPED = Trace(pools=(pool(),), maps=(a_map(),), chunks=chunks())
WORKERS = {101: 500, 102: 500, 103: 500, 104: 500}


def a_program(written: dict[int, int] | None, stdout: str = PRINTED, **observation: object) -> ObservedRun:
    """One that maps and prints what is right. Its workers wrote so many bytes, its main process plenty."""
    run = a_run(stdout, name="unseen", trace=MAPPED, counts=COUNTS, **observation)
    return with_wire(run, Wire(readable=False, written=None if written is None else {MAIN: 10**6, **written}))


def with_wire(run: ObservedRun, wire: Wire) -> ObservedRun:
    return replace(run, observation=replace(run.observation, wire=wire))


def judged(run: ObservedRun) -> Evidence:
    return evidence_of(run, an_import(), exact=True)


# attacks: 150, 151
def test_a_map_whose_workers_hand_back_nothing_cannot_be_called_the_work() -> None:
    evidence = judged(a_program(WORKERS))

    assert judge("pool-map", evidence).verdict.value == "inconclusive"
    assert judge("workers", evidence).verdict.value == "inconclusive"
    assert "handed back 2.0 kB" in doubts_of_map(evidence)[0]
    assert "1,000 words that had to be counted have 10 kB" in doubts_of_map(evidence)[0]


@pytest.mark.parametrize(
    "run",
    [
        pytest.param(a_program({101: 1000, 102: 800, 103: 800}), id="packed"),
        pytest.param(a_program(None), id="nobody-looked"),
        pytest.param(a_program(WORKERS, stdout=""), id="nothing-printed"),
        pytest.param(a_program(WORKERS, stdout="word-00001 == 7\n"), id="wrong-totals"),
        pytest.param(a_program(WORKERS, exit_code=None, ended=Ended.TIMED_OUT, stdout=""), id="stopped"),
        pytest.param(replace(a_program(WORKERS), inputs=a_run().inputs), id="nothing-to-count"),
    ],
)
def test_nobody_is_doubted_without_reason(run: ObservedRun) -> None:
    assert (too_little_came_back(judged(run)), came_from_one(judged(run))) == ("", "")
    assert doubts_of_map(judged(run)) == ()


# attacks: 152
def test_a_word_that_does_not_occur_hides_nothing() -> None:
    assert too_little_came_back(judged(a_program(WORKERS, stdout=PRINTED + "zzz == 0\n")))


# attacks: 153
def test_what_a_process_writes_that_starts_the_workers_is_not_handed_back_by_them() -> None:
    main = ProcessRecord(MAIN, 1, 0.0, 0.0, 1.0, HARNESS_COMMAND)
    second = ProcessRecord(101, MAIN, 0.5, 0.0, 1.0, HARNESS_COMMAND)
    workers = tuple(ProcessRecord(pid, 101, 0.5, 0.1, 0.9, HARNESS_COMMAND) for pid in (102, 103, 104))

    assert too_little_came_back(judged(a_program({101: 10**6, 102: 500}, processes=(main, second, *workers))))
    assert not too_little_came_back(judged(a_program({101: 0, 102: 10**6}, processes=(main, second, *workers))))


# attacks: 157
def test_a_worker_that_hands_back_all_did_all_the_work() -> None:
    busy = a_program({101: 200_000, 102: 600, 103: 600, 104: 600})
    shared = a_program({101: 20_000, 102: 15_000})

    assert judge("workers", judged(busy)).verdict.value == "inconclusive"
    assert "one process handed back 200 of the 202 kB" in came_from_one(judged(busy))
    assert judge("workers", judged(shared)).verdict.value == "passed"


# attacks: 158
def test_what_others_than_the_pools_workers_write_is_not_handed_back_by_these() -> None:
    run = a_program({101: 600, 102: 600, 103: 90_000, 104: 90_000})
    seen = Wire((WireMap("map", "spin", (19, 19), (101, 102)),), written=run.observation.wire.written)

    assert "handed back 1.2 kB" in too_little_came_back(judged(with_wire(run, seen)), of_pool=True)
    assert too_little_came_back(judged(with_wire(run, replace(seen, cut=True))), of_pool=True) == ""
    assert too_little_came_back(judged(with_wire(run, seen))) == ""


def test_a_map_that_is_clearly_for_show_needs_no_person() -> None:
    evidence = judged(a_program(WORKERS, processes=forked(5.0, 0.1, 0.1)))

    assert judge("pool-map", evidence).cause == "dummy-map"
    assert doubts_of_map(evidence) == ()
