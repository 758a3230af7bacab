"""What was read of the pools' queues carries the checks of map calls; what was told has to fit."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from grader.checks.evaluate import contradictions
from grader.model.evidence import ObservedRun
from grader.model.trace import MapCalled, Trace
from grader.model.wire import Wire, WireMap
from tests.unit.checks.builders import (
    MAIN,
    a_map,
    a_run,
    an_import,
    broke_off,
    chunks,
    evidence_of,
    forked,
    judge,
    pool,
    verdict_and_cause,
)

WORKERS = (101, 102, 103, 104)


def sent(items: int = 38, chunksize: int = 2, answered: int | None = None, **changes: Any) -> WireMap:
    """A map call on the queue, its chunks answered in turn."""
    whole, rest = divmod(items, chunksize)
    sizes = (chunksize,) * whole + ((rest,) if rest else ())
    count = len(sizes) if answered is None else answered
    back = tuple(WORKERS[at % 4] if at < count else 0 for at in range(len(sizes)))
    fields = {"method": "map", "function": "count_words", "call": 1, "sender": MAIN}
    return WireMap(chunks=sizes, answered_by=back, **fields | changes)


def told(*calls: MapCalled, done: int = 19, error: str = "") -> Trace:
    calls = calls or (a_map(),)
    return Trace(pools=(pool(),), maps=calls, chunks=chunks(calls[0].call, done, error=error))


def read(*maps: WireMap, trace: Trace | None = None, ended: dict[str, Any] | None = None, **wire: Any) -> ObservedRun:
    run = a_run(trace=told() if trace is None else trace, **ended or {})
    return replace(run, observation=replace(run.observation, wire=Wire(maps=maps, messages=9, **wire)))


def finding(kind: str, run: ObservedRun, **params: Any):
    return judge(kind, evidence_of(run, an_import(0.05)), **params)


def reviewed(run: ObservedRun) -> tuple[str, ...]:
    return contradictions(evidence_of(run, exact=True))


# -- honest programs -------------------------------------------------------------------------------

HONEST = {
    "all": read(sent()),
    "not all were waited for": read(sent(answered=5), trace=told(done=5)),
    "not all were handed out": read(sent(items=10), trace=told(done=5)),
    "fewer items than a chunk": read(
        sent(items=38, chunksize=38), trace=told(a_map(items=38, chunksize=1000, chunks=1), done=1)
    ),
    "too long to be counted": read(WireMap("map", "count_words", (0,) * 19, (101,) * 19, 1, MAIN)),
    "the queue was flooded": read(sent(items=6), cut=True),
    "a method, whose class is not sent": read(sent(), trace=told(a_map(function="Play.count_words"))),
    "a function without a name": read(sent(function="")),
    "without the harness": read(sent(call=None)),
}


@pytest.mark.parametrize("case", HONEST)
def test_an_honest_map_passes_and_fits(case: str) -> None:
    run = HONEST[case]

    assert finding("pool-map", run).verdict == "passed"
    assert finding("chunksize", run).verdict == "passed"
    assert reviewed(run) == ()


def test_what_was_read_is_what_the_verdict_rests_on() -> None:
    assert {finding(kind, HONEST["all"]).evidence for kind in ("pool-map", "chunksize")} == {"wire"}


def test_sizes_that_could_not_be_counted_rest_on_what_was_told() -> None:
    assert finding("chunksize", HONEST["too long to be counted"]).evidence == "self-reported"


def test_what_was_not_handed_out_is_told() -> None:
    headline = finding("pool-map", HONEST["not all were handed out"]).headline

    assert headline.endswith("over 38 items by ProcessPoolExecutor.map, 10 of which were handed to the workers.")


@pytest.mark.parametrize("wire", [None, Wire(readable=False, reason="It may not be read.", messages=9)])
def test_where_nothing_can_be_read_the_program_is_believed(wire: Wire | None) -> None:
    run = read()
    run = replace(run, observation=replace(run.observation, wire=wire))

    assert (finding("pool-map", run).verdict, finding("pool-map", run).evidence) == ("passed", "self-reported")
    assert reviewed(run) == ()


def test_a_map_of_a_lambda_that_never_left_the_program_is_judged_as_before() -> None:
    run = read(trace=told(done=3, error="PicklingError: no"), ended=broke_off())

    assert (finding("pool-map", run).verdict, finding("pool-map", run).evidence) == ("passed", "self-reported")
    assert reviewed(run) == ()


def test_a_map_in_another_process_counts_though_nobody_tells_of_it() -> None:
    run = read(sent(sender=101), trace=Trace())

    assert verdict_and_cause(finding("pool-map", run)) == ("passed", "")
    assert reviewed(run) == ()


def test_an_error_that_the_program_swallowed_contradicts_nothing() -> None:
    run = read(trace=told(done=3, error="PicklingError: no"))

    assert verdict_and_cause(finding("pool-map", run)) == ("failed", "map-not-sent")
    assert reviewed(run) == ()


def test_a_small_call_that_was_not_read_any_more_contradicts_nothing_beside_a_larger_one_that_was() -> None:
    small = a_map(call=2, items=3, chunksize=1, function="reduce_dicts")
    trace = Trace(maps=(a_map(), small), chunks=(*chunks(1, 19), *chunks(2, 3)))

    assert reviewed(read(sent(), trace=trace, cut=True)) == ()
    assert reviewed(read(sent(items=2), trace=trace, cut=True)) != ()
    assert reviewed(read(sent(), trace=trace)) != ()


def test_a_pool_that_broke_while_chunks_were_handed_out_may_lose_count_of_one() -> None:
    lost_one = read(sent(items=16, chunksize=4, answered=0), trace=told(a_map(items=12, chunksize=4, chunks=3), done=0))

    assert reviewed(lost_one) != ()
    broken = replace(lost_one, observation=replace(lost_one.observation, **broke_off()))
    assert reviewed(broken) == ()


def test_an_explicit_one_is_still_told_by_the_program_alone() -> None:
    run = read(sent(chunksize=1), trace=told(a_map(chunksize=1), done=38))

    assert verdict_and_cause(finding("chunksize", run)) == ("partial", "chunksize-one")
    assert finding("chunksize", run).evidence == "self-reported"


# -- what is told and not so -------------------------------------------------------------------------

ONE = sent(items=2)
FALSE = {
    "nothing went over the queue": (read(), "map-not-sent"),
    "nothing went over the queue, and nothing is said to be done": (read(trace=told(done=0)), "map-not-sent"),
    "nobody answered": (read(sent(answered=0)), "map-not-sent"),
    "only single calls were sent": (read(sent(method="submit", chunksize=1)), "map-not-sent"),
    "it claims results and breaks off": (read(ended=broke_off()), "map-not-sent"),
}


@pytest.mark.parametrize("case", FALSE)
def test_a_map_that_was_only_told_earns_nothing_and_is_reviewed(case: str) -> None:
    run, cause = FALSE[case]

    assert verdict_and_cause(finding("pool-map", run)) == ("failed", cause)
    assert finding("chunksize", run) is None
    (sentence,) = reviewed(run)
    assert "told of `count_words` mapped over 38 items in 19 chunks" in sentence


@pytest.mark.parametrize(
    ("seen", "said"),
    [
        (sent(items=2), "over 2 items in 1 chunk,"),
        (sent(items=40), "over 40 items in 20 chunks"),
        (sent(chunksize=1), "over 38 items in 38 chunks"),
        (sent(chunksize=3), "over 38 items in 13 chunks"),
        (sent(function="abs"), "`abs` mapped"),
        (sent(answered=3), "3 of them answered"),
    ],
)
def test_a_map_that_was_other_than_told_is_judged_as_it_was_and_reviewed(seen: WireMap, said: str) -> None:
    run = read(seen)

    (sentence,) = reviewed(run)
    assert said in sentence
    assert f"over {seen.items} items" in finding("pool-map", run).headline


def test_a_chunk_size_that_was_only_told_earns_nothing() -> None:
    run = read(sent(chunksize=1))

    assert verdict_and_cause(finding("chunksize", run)) == ("failed", "default-chunksize")
    assert finding("chunksize", run).evidence == "wire"


def test_a_map_nobody_told_of_counts_and_is_reviewed() -> None:
    run = read(sent(call=None), trace=Trace())

    assert finding("pool-map", run).verdict == "passed"
    assert finding("chunksize", run).headline == "The chunk size is 2: 38 items in 19 chunks."
    assert "the program told of no such map" in reviewed(run)[0]


@pytest.mark.parametrize("wire", [{"cut": True}])
def test_where_part_was_not_read_nothing_is_concluded_and_a_person_looks(wire: dict[str, Any]) -> None:
    run = read(**wire)

    assert verdict_and_cause(finding("pool-map", run)) == ("inconclusive", "")
    assert "not all could be read" in reviewed(run)[0]


# attacks: 156
def test_a_map_that_fails_beside_a_flooded_queue_is_looked_at() -> None:
    run = read(trace=told(done=3, error="ValueError: on purpose"), cut=True)

    assert verdict_and_cause(finding("pool-map", run)) == ("inconclusive", "")
    assert "not all could be read" in reviewed(run)[0]


def both(*maps: WireMap, **wire: Any):
    calls = tuple(
        a_map(number, items=10, chunksize=5, function=name) for number, name in enumerate(("add", "product"), 1)
    )
    run = read(*maps, trace=told(*calls, done=2), **wire)
    return finding("two-maps", run, functions=("add", "product"))


def test_two_maps_pass_when_both_were_read() -> None:
    add = sent(items=10, chunksize=5, function="add")

    passed = both(add, replace(add, function="product", call=2))
    assert (passed.verdict, passed.evidence) == ("passed", "wire")
    assert verdict_and_cause(both(add)) == ("failed", "map-not-sent")
    assert verdict_and_cause(both(add, cut=True)) == ("inconclusive", "")


# attacks: 127
@pytest.mark.parametrize(
    ("pool_s", "others_s", "expected"),
    [
        pytest.param(0.02, 0.5, ("failed", "dummy-map"), id="other-processes-did-it"),
        pytest.param(0.5, 0.02, ("passed", ""), id="the-pool-did-it"),
        pytest.param(0.5, 0.5, ("passed", ""), id="both-did"),
    ],
)
def test_who_sent_results_back_has_to_have_done_the_work(
    pool_s: float, others_s: float, expected: tuple[str, str]
) -> None:
    run = read(sent())
    processes = forked(0.1, pool_s, pool_s, others_s, others_s)
    answered = tuple(processes[1 + index % 2].pid for index in range(19))
    wire = replace(run.observation.wire, maps=(replace(sent(), answered_by=answered),))

    run = replace(run, observation=replace(run.observation, processes=processes, wire=wire))

    assert verdict_and_cause(finding("pool-map", run)) == expected


def test_a_flood_of_maps_is_judged_in_no_time() -> None:
    calls = tuple(a_map(number) for number in range(20_000))
    run = read(*(sent(items=2, call=number) for number in range(20_000)), trace=told(*calls, done=0))

    assert finding("pool-map", run).verdict == "passed"


def test_a_flood_of_maps_that_were_only_told_is_a_few_sentences() -> None:
    calls = tuple(a_map(number) for number in range(3_000))
    sentences = reviewed(read(trace=told(*calls)))

    assert len(sentences) == 5
    assert "2,996 more map calls" in sentences[-1]


def test_processes_that_were_seen_are_not_needed_for_what_was_read() -> None:
    run = read(sent(), ended={"processes": forked(0.1, 0.3)})

    assert reviewed(run) == ()
