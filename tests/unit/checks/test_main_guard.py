"""Is the program safe to import: by what came up while it was imported."""

from __future__ import annotations

from grader.model.facts import GuardLike, NameFact, Place, SourceFacts
from grader.model.run import Ended, ProcessRecord
from grader.model.trace import Trace
from tests.unit.checks.builders import (
    HARNESS_COMMAND,
    MAIN,
    a_map,
    a_run,
    an_import,
    broke_off,
    evidence_of,
    forked,
    imported,
    judge,
    pool,
    raised,
    verdict_and_cause,
)

WORK = SourceFacts(work_at_import=(NameFact(name="main", place=Place(line=40)),))


def guard(*runs, facts: SourceFacts | None = None):
    return judge("main-guard", evidence_of(*runs, facts=facts))


def test_an_import_that_starts_nothing_passes() -> None:
    assert verdict_and_cause(guard(a_run(), an_import())) == ("passed", "")


def test_processes_that_come_up_are_counted_by_the_kernel() -> None:
    finding = guard(a_run(), an_import(trace=Trace(imported=imported(0.2)), processes=forked(0.1, 0.1, 0.1)))

    assert verdict_and_cause(finding) == ("failed", "missing-main-guard")
    assert "2 processes came up" in finding.headline
    assert finding.evidence.value == "kernel"


def test_a_process_that_comes_up_when_questions_are_asked_is_no_work_of_the_import() -> None:
    main = ProcessRecord(MAIN, 1, 0.1, 0.0, 1.0, HARNESS_COMMAND)
    later = ProcessRecord(101, MAIN, 0.1, 0.5, 1.0, HARNESS_COMMAND)

    finding = guard(a_run(), an_import(trace=Trace(imported=imported(0.2)), processes=(main, later)))

    assert verdict_and_cause(finding) == ("passed", "")


def test_a_pool_or_a_map_on_import_is_work() -> None:
    for trace in (Trace(imported=imported(), pools=(pool(),)), Trace(imported=imported(), maps=(a_map(),))):
        assert verdict_and_cause(guard(a_run(), an_import(trace=trace))) == ("failed", "missing-main-guard")


def test_work_the_source_shows_is_marked_there() -> None:
    finding = guard(a_run(), an_import(), facts=WORK)

    assert verdict_and_cause(finding) == ("failed", "missing-main-guard")
    assert finding.location.line == 40
    assert finding.evidence.value == "source"


def test_a_guard_that_stands_too_low_is_mentioned() -> None:
    facts = WORK.model_copy(update={"main_guard": Place(line=50)})

    assert "main guard at line 50" in guard(a_run(), an_import(), facts=facts).hint


def test_an_import_that_fails_where_the_script_runs_is_named() -> None:
    trace = Trace(errors=(raised("NameError", "name 'files' is not defined", lines=(17,)),))

    finding = guard(a_run(), an_import(trace=trace, **broke_off()))

    assert verdict_and_cause(finding) == ("failed", "import-fails")
    assert finding.location.line == 17


def test_an_import_that_hangs_where_the_script_runs_is_named() -> None:
    finding = guard(a_run(), an_import(trace=Trace(), ended=Ended.TIMED_OUT, exit_code=None))

    assert verdict_and_cause(finding) == ("failed", "import-fails")
    assert "does not end." in finding.headline


def test_an_import_that_fails_like_the_script_is_one_cause_not_two() -> None:
    trace = Trace(errors=(raised("NameError"),))

    assert guard(a_run(**broke_off()), an_import(trace=trace, **broke_off())) is None


def test_without_an_import_it_is_not_judged() -> None:
    assert guard(a_run()) is None


NEVER = GuardLike(written="__name__ == 'main'", always=False, place=Place(line=30, column=3))


def test_a_guard_that_is_never_true_is_shown() -> None:
    finding = guard(a_run(), an_import(trace=Trace(imported=imported())), facts=SourceFacts(guard_like=(NEVER,)))

    assert verdict_and_cause(finding) == ("failed", "guard-never-true")
    assert finding.location.line == 30


def test_beside_a_right_guard_it_does_no_harm() -> None:
    facts = SourceFacts(guard_like=(NEVER,), main_guard=Place(line=40))

    assert verdict_and_cause(guard(a_run(), an_import(trace=Trace(imported=imported())), facts=facts))[0] == "passed"


def test_work_below_a_guard_that_is_always_true_is_shown_there() -> None:
    always = GuardLike(written="__name__ != 'main'", always=True, place=Place(line=30))
    facts = SourceFacts(guard_like=(always,), work_at_import=WORK.work_at_import)

    finding = guard(a_run(), an_import(trace=Trace(imported=imported())), facts=facts)

    assert verdict_and_cause(finding) == ("failed", "missing-main-guard")
    assert finding.location.line == 30
    assert "always true" in finding.hint
