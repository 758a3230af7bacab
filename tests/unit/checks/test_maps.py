"""What the map calls were like: mapped by a process pool, chunk size given, chunks for all, submitted first."""

from __future__ import annotations

import pytest

from grader.model.facts import NameFact, Place, PoolFact, PoolKind, SourceFacts
from grader.model.run import ProcessRecord
from grader.model.trace import Trace
from tests.unit.checks.builders import (
    a_map,
    a_run,
    an_import,
    broke_off,
    chunks,
    consumed,
    evidence_of,
    forked,
    judge,
    pool,
    submitted,
    verdict_and_cause,
)

MAPPED = Trace(pools=(pool(),), maps=(a_map(),), chunks=chunks())


def with_maps(*maps, **trace) -> Trace:
    return Trace(pools=(pool(),), maps=maps, **trace)


# -- pool-map ------------------------------------------------------------------------------------


def pool_map(*runs, facts: SourceFacts | None = None):
    return judge("pool-map", evidence_of(*runs, an_import(0.05), facts=facts))


def test_a_mapped_function_passes_with_its_name_and_place() -> None:
    finding = pool_map(a_run(trace=MAPPED))

    assert verdict_and_cause(finding) == ("passed", "")
    assert finding.headline == "`count_words` is mapped over 38 items by ProcessPoolExecutor.map."
    assert (finding.location.line, finding.location.column) == (12, 5)


def test_of_several_maps_the_one_with_the_work_is_named() -> None:
    trace = with_maps(
        a_map(1, items=1000, function="trifle"),
        a_map(2, items=10),
        chunks=chunks(1, cpu_s=0.001) + chunks(2, cpu_s=0.1),
    )

    assert "`count_words` is mapped over 10 items" in pool_map(a_run(trace=trace)).headline


@pytest.mark.parametrize(
    ("trace", "cause"),
    [
        (Trace(), "no-map"),
        (with_maps(a_map(items=0)), "empty-map"),
        (with_maps(a_map(kind="thread")), "threads"),
        (with_maps(a_map(kind="multiprocessing", method="imap")), "multiprocessing-pool"),
        (Trace(submits=(submitted(),)), "submit"),
        (Trace(submits=(submitted(method="apply_async", kind="multiprocessing"),)), "submit"),
        (Trace(submits=(submitted(kind="thread"),)), "threads"),
    ],
)
def test_what_is_used_instead_is_named(trace: Trace, cause: str) -> None:
    assert verdict_and_cause(pool_map(a_run(trace=trace))) == ("failed", cause)


def test_a_pool_without_work_is_shown() -> None:
    made = PoolFact(kind=PoolKind.PROCESS, written="ProcessPoolExecutor", place=Place(line=30), at_import=False)

    finding = pool_map(a_run(), facts=SourceFacts(pools=(made,)))

    assert verdict_and_cause(finding) == ("failed", "no-map")
    assert finding.location.line == 30


def test_submitted_calls_are_counted() -> None:
    assert "38 single `submit` calls" in pool_map(a_run(trace=Trace(submits=(submitted(),)))).headline


@pytest.mark.parametrize(
    ("main_s", "expected"), [(0.3, ("passed", "")), (0.8, ("passed", "")), (5.0, ("failed", "dummy-map"))]
)
def test_a_map_beside_which_the_main_process_works_is_a_dummy(main_s: float, expected: tuple[str, str]) -> None:
    run = a_run(trace=MAPPED, processes=forked(main_s, 0.3, 0.3))

    assert verdict_and_cause(pool_map(run)) == expected


def test_a_program_that_broke_off_is_judged_by_its_map_call() -> None:
    run = a_run(trace=MAPPED, processes=forked(5.0, 0.1), **broke_off())

    assert verdict_and_cause(pool_map(run)) == ("passed", "")


# attacks: 154
def test_a_program_that_printed_the_result_gains_nothing_by_its_exit_code() -> None:
    seen = {"counts": {"the": 3000}, "trace": MAPPED, "processes": forked(5.0, 0.1)}
    run = a_run("the == 3000\n", **seen, **broke_off())

    assert pool_map(run) is None


# attacks: 155
@pytest.mark.parametrize("processes", [forked(5.0), forked(5.0, 0.1)], ids=["no-map", "dummy-map"])
def test_a_map_in_one_run_does_not_make_up_for_another(processes: tuple[ProcessRecord, ...]) -> None:
    given = a_run(trace=MAPPED)
    trace = MAPPED if len(processes) > 1 else Trace()
    unseen = a_run("the == 3000\n", name="unseen", counts={"the": 3000}, trace=trace, processes=processes)

    finding = pool_map(given, unseen)

    assert verdict_and_cause(finding) == ("failed", "dummy-map" if len(processes) > 1 else "not-always")


def test_a_program_that_finds_none_of_the_files_is_not_told_that_it_maps_none() -> None:
    assert verdict_and_cause(pool_map(a_run(trace=MAPPED), a_run(name="unseen", processes=forked(0.1)))) == (
        "passed",
        "",
    )


def test_a_program_that_broke_off_before_any_map_is_not_judged() -> None:
    assert pool_map(a_run(**broke_off())) is None


def test_an_import_alone_is_not_judged() -> None:
    assert pool_map() is None


# -- chunksize -----------------------------------------------------------------------------------


def chunksize(*runs, facts: SourceFacts | None = None, **params):
    return judge("chunksize", evidence_of(*runs, facts=facts), **params)


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (a_map(chunksize=2), ("passed", "")),
        (a_map(chunksize=1000), ("passed", "")),
        (a_map(chunksize=1), ("partial", "chunksize-one")),
        (a_map(chunksize=1, explicit=False), ("failed", "default-chunksize")),
    ],
)
def test_each_chunk_size_has_its_verdict(call, expected: tuple[str, str]) -> None:
    assert verdict_and_cause(chunksize(a_run(trace=with_maps(call)))) == expected


def test_an_explicit_one_earns_half() -> None:
    assert str(chunksize(a_run(trace=with_maps(a_map(chunksize=1)))).share) == "0.5"


def test_only_the_map_with_the_work_is_judged() -> None:
    trace = with_maps(
        a_map(1, chunksize=1, explicit=False), a_map(2), chunks=chunks(1, cpu_s=0.001) + chunks(2, cpu_s=0.2)
    )

    assert verdict_and_cause(chunksize(a_run(trace=trace)))[0] == "passed"


def test_a_chunk_size_on_another_call_is_shown_there() -> None:
    facts = SourceFacts(chunksize_elsewhere=(NameFact(name="Pool", place=Place(line=22)),))

    finding = chunksize(a_run(trace=with_maps(a_map(chunksize=1, explicit=False))), facts=facts)

    assert verdict_and_cause(finding) == ("failed", "chunksize-misplaced")
    assert finding.location.line == 22


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ((5, 5), ("passed", "")),
        ((5, 2), ("failed", "other-chunksize")),
        ((2, 5), ("failed", "other-chunksize")),
        ((1, 5), ("failed", "other-chunksize")),
    ],
)
def test_a_required_chunk_size_is_required_of_every_map(sizes: tuple[int, int], expected: tuple[str, str]) -> None:
    trace = with_maps(*(a_map(number, items=10, chunksize=size) for number, size in enumerate(sizes)))

    assert verdict_and_cause(chunksize(a_run(trace=trace), required=5)) == expected


def test_a_required_chunk_size_that_is_not_given_is_the_default() -> None:
    trace = with_maps(a_map(1, chunksize=5), a_map(2, chunksize=1, explicit=False))

    assert verdict_and_cause(chunksize(a_run(trace=trace), required=5)) == ("failed", "default-chunksize")


def test_without_a_map_the_chunk_size_is_not_judged() -> None:
    assert chunksize(a_run()) is None


# -- chunk-balance -------------------------------------------------------------------------------


def balance(call, workers: int = 4):
    trace = Trace(pools=(pool(workers=workers),), maps=(call,))
    return judge("chunk-balance", evidence_of(a_run(trace=trace)))


def test_a_map_for_each_item_is_named_with_its_number() -> None:
    calls = tuple(a_map(call=number, items=1, chunksize=5, chunks=1) for number in range(1, 39))

    finding = judge("chunk-balance", evidence_of(a_run(trace=Trace(pools=(pool(),), maps=calls))))

    assert verdict_and_cause(finding) == ("failed", "map-per-item")
    assert "38 times" in finding.headline


@pytest.mark.parametrize(
    ("items", "chunksize", "workers", "expected"),
    [
        (38, 2, 4, ("passed", "")),
        (4, 1, 4, ("passed", "")),
        (38, 38, 1, ("passed", "")),
        (38, 10, 4, ("passed", "")),
        (38, 13, 4, ("failed", "too-few-chunks")),
        (38, 1000, 4, ("failed", "too-few-chunks")),
        (1, 1, 2, ("failed", "more-workers-than-items")),
    ],
)
def test_there_have_to_be_as_many_chunks_as_workers(items: int, chunksize: int, workers: int, expected) -> None:
    assert verdict_and_cause(balance(a_map(items=items, chunksize=chunksize), workers)) == expected


def test_idle_workers_are_counted() -> None:
    assert "1 of the workers gets nothing" in balance(a_map(items=38, chunksize=13)).detail
    assert "3 of the workers get nothing" in balance(a_map(items=38, chunksize=38)).detail


def test_a_map_on_an_unknown_pool_has_at_least_one_worker() -> None:
    assert judge("chunk-balance", evidence_of(a_run(trace=Trace(maps=(a_map(),))))).verdict.value == "passed"


def test_without_a_map_the_balance_is_not_judged() -> None:
    assert judge("chunk-balance", evidence_of(a_run())) is None


# -- two-maps ------------------------------------------------------------------------------------


def two_maps(trace: Trace, **observation):
    return judge("two-maps", evidence_of(a_run(trace=trace, **observation)), functions=("add", "product"))


def adds(call: int = 1, **changes):
    return a_map(call, items=10, chunksize=5, function="add", **changes)


def products(call: int = 2, **changes):
    return a_map(call, items=10, chunksize=5, function="product", **changes)


@pytest.mark.parametrize(
    ("trace", "expected"),
    [
        (with_maps(adds(), products()), ("passed", "")),
        (with_maps(products(1), adds(2)), ("passed", "")),
        (with_maps(adds()), ("failed", "one-map")),
        (with_maps(adds(1), adds(2)), ("failed", "one-map")),
        (with_maps(adds(), products(kind="thread")), ("failed", "one-map")),
        (with_maps(adds(kind="thread"), products(kind="thread")), ("failed", "threads")),
        (Trace(submits=(submitted(20),)), ("failed", "submit")),
        (Trace(), ("failed", "no-map")),
    ],
)
def test_both_functions_have_to_be_mapped(trace: Trace, expected: tuple[str, str]) -> None:
    assert verdict_and_cause(two_maps(trace)) == expected


# attacks: 160
@pytest.mark.parametrize(
    ("pid", "exact", "verdict"), [(101, True, "passed"), (4711, True, "failed"), (4711, False, "passed")]
)
def test_lines_of_a_worker_that_there_was_not_stand_for_no_map(pid: int, exact: bool, verdict: str) -> None:
    printed = "".join(f"Worker {pid} is processing {name}(1, 11)\n" for name in ("add", "product"))
    run = a_run(printed, trace=with_maps(a_map(1, function="one"), a_map(2, function="other")))

    found = judge("two-maps", evidence_of(run, exact=exact), functions=("add", "product"))

    assert found.verdict.value == verdict


def test_two_maps_that_were_made_before_the_program_broke_off_count() -> None:
    assert verdict_and_cause(two_maps(with_maps(adds(), products()), **broke_off())) == ("passed", "")


def test_one_map_before_the_program_broke_off_is_not_judged() -> None:
    assert two_maps(with_maps(adds()), **broke_off()) is None


# -- asynchronous --------------------------------------------------------------------------------


def asynchronous(trace: Trace):
    return judge("asynchronous", evidence_of(a_run(trace=trace)))


BOTH = (adds(at=0.2), products(at=0.3))


@pytest.mark.parametrize(
    ("reads", "expected"),
    [
        ((consumed(1, 0.4), consumed(2, 0.5)), ("passed", "")),
        ((consumed(2, 0.4), consumed(1, 0.5)), ("passed", "")),
        ((consumed(1, 0.3),), ("passed", "")),
        ((consumed(1, 0.25), consumed(2, 0.5)), ("failed", "consumed-before-submitted")),
        ((consumed(1, 0.25, "all"), consumed(1, 0.9)), ("passed", "")),
        ((), ("failed", "results-unread")),
    ],
)
def test_the_first_read_has_to_come_after_the_last_map(reads, expected: tuple[str, str]) -> None:
    assert verdict_and_cause(asynchronous(with_maps(*BOTH, consumed=reads))) == expected


def test_the_function_that_was_read_too_early_is_named() -> None:
    finding = asynchronous(with_maps(*BOTH, consumed=(consumed(1, 0.25),)))

    assert finding.headline == "The results of `add` are read before `product` is submitted."


def test_a_forged_read_of_no_call_breaks_nothing() -> None:
    assert verdict_and_cause(asynchronous(with_maps(*BOTH, consumed=(consumed(77, 0.1),))))[0] == "failed"


def test_a_single_map_is_not_judged() -> None:
    assert asynchronous(with_maps(adds())) is None


# -- speedup -------------------------------------------------------------------------------------


def test_speed_is_not_judged_and_costs_nothing() -> None:
    assert verdict_and_cause(judge("speedup", evidence_of(a_run()))) == ("inconclusive", "")


def test_a_pool_that_the_program_never_gets_to_is_told_with_its_line() -> None:
    facts = SourceFacts(pools=(a_pool_fact(line=28),))

    never = judge("pool-map", evidence_of(a_run(), facts=facts))
    made = judge("pool-map", evidence_of(a_run(trace=Trace(pools=(pool(),))), facts=facts))

    assert "without getting to line 28" in never.headline
    assert "its `map` is given nothing" in made.headline


def a_pool_fact(line: int) -> PoolFact:
    return PoolFact(
        kind=PoolKind.PROCESS, written="ProcessPoolExecutor", place=Place(line=line, column=9), at_import=False
    )


def test_work_in_threads_is_told_so_by_who_did_it() -> None:
    trace = Trace(maps=(a_map(kind="thread"),))

    finding = judge("workers", evidence_of(a_run(trace=trace, processes=forked(2.0)), an_import()), minimum=2)

    assert verdict_and_cause(finding) == ("failed", "no-worker")
    assert "Threads" in finding.hint
