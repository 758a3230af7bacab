"""Does the program end normally: each way to fail is explained by its own name."""

from __future__ import annotations

from dataclasses import replace

import pytest

from grader.model.answers import Said
from grader.model.exercise import Question
from grader.model.facts import ChunkSizeSource, FunctionKind, NameFact, Place, PoolKind, SourceFacts, SyntaxFault
from grader.model.run import Ended
from grader.model.submission import Fault
from grader.model.trace import Raised, Trace
from tests.unit.checks.builders import (
    a_call_fact,
    a_run,
    a_submission,
    an_answer,
    an_import,
    broke_off,
    evidence_of,
    forked,
    hello,
    judge,
    pool,
    raised,
    verdict_and_cause,
)

INPUT = SourceFacts(input_calls=(Place(line=7, column=4),))
UNGUARDED = SourceFacts(work_at_import=(NameFact(name="pool.map", place=Place(line=9)),))


def runs(*observed, facts: SourceFacts | None = None, **options):
    return judge("runs", evidence_of(*observed, facts=facts, **options))


def crashed(error: Raised, facts: SourceFacts | None = None, trace: Trace | None = None, submission=None):
    run = a_run(trace=trace or Trace(errors=(error,)), **broke_off())
    return judge("runs", evidence_of(run, facts=facts, submission=submission))


def test_a_program_that_ends_normally_passes_with_its_longest_time() -> None:
    finding = runs(a_run(wall_s=0.5), a_run(name="unseen", wall_s=2.25))

    assert verdict_and_cause(finding) == ("passed", "")
    assert "2.2 s" in finding.headline


def test_the_import_alone_says_nothing_of_it() -> None:
    assert runs(an_import()) is None


def test_the_first_run_that_fails_is_explained() -> None:
    finding = runs(a_run(), a_run(name="unseen", trace=Trace(errors=(raised("KeyError", "'a'"),)), **broke_off()))

    assert verdict_and_cause(finding) == ("failed", "crashed")
    assert "KeyError: 'a'" in finding.headline


# -- files that cannot be run --------------------------------------------------------------------


def test_a_fault_of_the_file_comes_first_in_its_own_words() -> None:
    submission = a_submission("", fault=Fault("not-python", "This is a PDF.", "detail", "hint"))

    finding = runs(submission=submission)

    assert verdict_and_cause(finding) == ("failed", "not-python")
    assert (finding.headline, finding.detail, finding.hint) == ("This is a PDF.", "detail", "hint")


def test_a_syntax_error_is_shown_at_its_place() -> None:
    facts = SourceFacts(syntax_fault=SyntaxFault(message="invalid syntax", place=Place(line=3, column=5)))

    finding = runs(facts=facts)

    assert verdict_and_cause(finding) == ("failed", "syntax-error")
    assert (finding.location.line, finding.location.column) == (3, 6)


@pytest.mark.parametrize(
    "errors", [(), (raised("RecursionError"),), (raised("MemoryError"),), (raised("SyntaxError"),)]
)
def test_a_source_nobody_can_read_is_named(errors: tuple[Raised, ...]) -> None:
    facts = SourceFacts(unreadable="It is nested too deeply.")

    finding = runs(a_run(trace=Trace(errors=errors), **broke_off()), facts=facts)

    assert verdict_and_cause(finding) == ("failed", "unreadable-source")
    assert finding.detail == "It is nested too deeply."


def test_a_source_only_the_scanner_could_not_read_crashes_like_any_other() -> None:
    assert verdict_and_cause(crashed(raised("KeyError"), SourceFacts(unreadable="Too deep.")))[1] == "crashed"


# -- stopped -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ended", "cause"),
    [
        (Ended.TIMED_OUT, "timeout"),
        (Ended.CPU_LIMIT, "cpu-limit"),
        (Ended.OUT_OF_MEMORY, "out-of-memory"),
        (Ended.TOO_MUCH_OUTPUT, "too-much-output"),
        (Ended.TOO_MANY_PROCESSES, "too-many-processes"),
        (Ended.TOO_MUCH_DISK, "too-much-disk"),
        (Ended.SIGNALLED, "signalled"),
    ],
)
def test_each_way_to_be_stopped_has_its_name(ended: Ended, cause: str) -> None:
    finding = runs(a_run(ended=ended, exit_code=None, signal=9))

    assert verdict_and_cause(finding) == ("failed", cause)
    assert finding.detail
    assert finding.hint


@pytest.mark.parametrize(("number", "name"), [(11, "SIGSEGV"), (9, "SIGKILL"), (200, "200")])
def test_a_signal_is_told_by_name_where_it_has_one(number: int, name: str) -> None:
    assert f"signal {name}." in runs(a_run(ended=Ended.SIGNALLED, exit_code=None, signal=number)).headline


@pytest.mark.parametrize(("cpu_s", "word"), [(0.1, "waiting"), (19.0, "computing")])
def test_a_timeout_says_whether_it_was_waiting_or_computing(cpu_s: float, word: str) -> None:
    finding = runs(a_run(ended=Ended.TIMED_OUT, exit_code=None, wall_s=20.0, cpu_s=cpu_s))

    assert word in finding.detail


def test_an_idle_timeout_beside_input_waits_for_input() -> None:
    finding = runs(a_run(ended=Ended.TIMED_OUT, exit_code=None, wall_s=20.0, cpu_s=0.1), facts=INPUT)

    assert verdict_and_cause(finding)[1] == "waits-for-input"
    assert finding.location.line == 7


def test_a_busy_timeout_beside_input_is_a_timeout() -> None:
    finding = runs(a_run(ended=Ended.TIMED_OUT, exit_code=None, wall_s=20.0, cpu_s=19.0), facts=INPUT)

    assert verdict_and_cause(finding)[1] == "timeout"


def test_too_many_processes_points_to_the_work_outside_the_guard() -> None:
    finding = runs(a_run(ended=Ended.TOO_MANY_PROCESSES, exit_code=None), facts=UNGUARDED)

    assert finding.location.line == 9


def test_too_many_workers_asked_for_are_not_laid_to_the_guard() -> None:
    trace = Trace(pools=(pool(workers=1000),))

    finding = runs(a_run(ended=Ended.TOO_MANY_PROCESSES, exit_code=None, trace=trace))

    assert "A pool of 1,000 workers was asked for" in finding.headline
    assert "guard" not in finding.detail + finding.hint
    assert finding.location.line == 11


def test_a_program_that_waited_for_a_core_is_not_said_to_wait_for_nothing() -> None:
    waiting = tuple(replace(process, queued_s=9.0) for process in forked(0.5, 0.5))

    finding = runs(a_run(ended=Ended.TIMED_OUT, exit_code=None, processes=waiting, wall_s=20.0))

    assert verdict_and_cause(finding) == ("failed", "timeout")
    assert "18 seconds for a free processor core" in finding.detail


def test_a_program_that_waits_for_a_manager_is_told_what_that_costs() -> None:
    facts = SourceFacts(managers=(Place(line=9),))

    finding = runs(a_run(ended=Ended.TIMED_OUT, exit_code=None, cpu_s=3.0, wall_s=20.0), facts=facts)

    assert verdict_and_cause(finding) == ("failed", "timeout")
    assert "`Manager`" in finding.detail
    assert finding.location.line == 9


@pytest.mark.parametrize(("left", "words"), [(1, "one of its processes was"), (3, "3 of its processes were")])
def test_workers_left_running_are_counted(left: int, words: str) -> None:
    finding = runs(a_run(survivors=left))

    assert verdict_and_cause(finding) == ("failed", "workers-left")
    assert words in finding.headline


# -- exceptions ----------------------------------------------------------------------------------


def test_an_exit_code_without_an_exception_is_told() -> None:
    finding = runs(a_run(**broke_off(exit_code=3)))

    assert verdict_and_cause(finding) == ("failed", "exit-code")
    assert "exit code 3" in finding.headline


def test_a_crash_is_shown_at_the_innermost_line_of_the_program() -> None:
    finding = crashed(raised("ZeroDivisionError", "division by zero", lines=(30, 14)))

    assert verdict_and_cause(finding) == ("failed", "crashed")
    assert finding.location.line == 14
    assert finding.location.excerpt == "line_14 = 14"


def test_a_crash_in_a_worker_is_shown_where_the_worker_was() -> None:
    remote = 'File "/tmp/pargrade-x/work/my_script.py", line 21, in f\nKeyError: 1'

    finding = crashed(raised("KeyError", "1", remote=remote))

    assert "in a worker process" in finding.headline
    assert finding.location.line == 21


def test_an_exception_without_a_line_of_the_program_has_no_place() -> None:
    assert crashed(raised("KeyError", lines=())).location is None


def test_the_last_exception_is_the_one_that_ended_it() -> None:
    trace = Trace(errors=(raised("KeyError"), raised("ValueError")))

    assert "ValueError" in runs(a_run(trace=trace, **broke_off())).headline


def test_input_at_the_end_of_the_file_waits_for_input() -> None:
    assert verdict_and_cause(crashed(raised("EOFError"), INPUT))[1] == "waits-for-input"


def test_an_end_of_file_without_input_is_a_crash() -> None:
    assert verdict_and_cause(crashed(raised("EOFError")))[1] == "crashed"


@pytest.mark.parametrize(
    ("kind", "cause"), [(FunctionKind.LAMBDA, "lambda-mapped"), (FunctionKind.NESTED, "nested-mapped")]
)
@pytest.mark.parametrize("in_pool", [None, PoolKind.PROCESS, PoolKind.MULTIPROCESSING])
@pytest.mark.parametrize("error", ["PicklingError", "AttributeError", "TypeError"])
def test_what_cannot_be_pickled_is_named(kind: FunctionKind, cause: str, in_pool: PoolKind | None, error: str) -> None:
    facts = SourceFacts(calls=(a_call_fact(function_kind=kind, pool=in_pool),))

    finding = crashed(raised(error, "Can't pickle <function f>"), facts)

    assert verdict_and_cause(finding) == ("failed", cause)
    assert finding.location.line == 12


def test_a_nested_function_is_named_in_the_words_of_every_python() -> None:
    facts = SourceFacts(calls=(a_call_fact(function_kind=FunctionKind.NESTED),))

    finding = crashed(raised("AttributeError", "Can't get local object 'main.<locals>.count_words'"), facts)

    assert verdict_and_cause(finding) == ("failed", "nested-mapped")


def test_a_lambda_for_threads_is_not_to_blame() -> None:
    facts = SourceFacts(calls=(a_call_fact(function_kind=FunctionKind.LAMBDA, pool=PoolKind.THREAD),))

    assert verdict_and_cause(crashed(raised("PicklingError", "cannot pickle lock"), facts))[1] == "not-picklable"


def test_an_attribute_error_that_has_nothing_to_do_with_pickling_is_a_crash() -> None:
    facts = SourceFacts(calls=(a_call_fact(function_kind=FunctionKind.LAMBDA),))

    assert verdict_and_cause(crashed(raised("AttributeError", "no attribute 'x'"), facts))[1] == "crashed"


def test_a_chunk_size_on_the_wrong_call_is_named_with_the_call() -> None:
    facts = SourceFacts(chunksize_elsewhere=(NameFact(name="reduce", place=Place(line=20)),))

    finding = crashed(raised("TypeError", "reduce() got an unexpected keyword argument 'chunksize'"), facts)

    assert verdict_and_cause(finding) == ("failed", "chunksize-misplaced")
    assert "`reduce`" in finding.headline
    assert finding.location.line == 20


def test_a_call_that_takes_no_keywords_is_known_by_its_line() -> None:
    facts = SourceFacts(chunksize_elsewhere=(NameFact(name="map", place=Place(line=20)),))

    finding = crashed(raised("TypeError", "map() takes no keyword arguments", lines=(20,)), facts)

    assert verdict_and_cause(finding)[1] == "chunksize-misplaced"


def test_a_chunk_size_the_source_does_not_show_is_placed_by_the_traceback() -> None:
    finding = crashed(raised("TypeError", "unexpected keyword argument 'chunksize'", lines=(33,)))

    assert verdict_and_cause(finding)[1] == "chunksize-misplaced"
    assert finding.location.line == 33


@pytest.mark.parametrize(
    ("error", "message"),
    [
        ("BrokenProcessPool", ""),
        ("ConnectionResetError", "[Errno 104] Connection reset by peer"),
        ("RuntimeError", ""),
        ("OSError", "[Errno 9] Bad file descriptor"),
        ("OSError", "handle is closed"),
    ],
)
def test_a_pool_that_broke_by_a_missing_guard_is_named(error: str, message: str) -> None:
    broke = raised(error, message)
    trace = Trace(hello=hello("spawn"), pools=(pool(start_method="spawn"),), errors=(broke,))

    finding = crashed(broke, UNGUARDED, trace)

    assert verdict_and_cause(finding) == ("failed", "missing-main-guard")
    assert finding.location.line == 9


def test_a_forked_pool_does_not_break_by_a_missing_guard() -> None:
    trace = Trace(hello=hello("fork"), pools=(pool(start_method="fork"),), errors=(raised("BrokenProcessPool"),))

    assert verdict_and_cause(crashed(raised(""), UNGUARDED, trace))[1] == "broken-pool"


def test_input_that_ends_is_not_laid_to_the_guard() -> None:
    facts = UNGUARDED.model_copy(update={"input_calls": INPUT.input_calls})
    trace = Trace(hello=hello("spawn"), pools=(pool(start_method="spawn"),), errors=(raised("EOFError"),))

    assert verdict_and_cause(crashed(raised(""), facts, trace))[1] == "waits-for-input"


def test_a_guarded_pool_that_breaks_has_lost_a_worker() -> None:
    trace = Trace(hello=hello("spawn"), pools=(pool(start_method="spawn"),), errors=(raised("BrokenProcessPool"),))

    assert verdict_and_cause(crashed(raised(""), None, trace))[1] == "broken-pool"


# -- exceptions by name -------------------------------------------------------------------------

CHUNKSIZES = {
    "a float to 3.12": ("ValueError", "Stop argument for islice() must be None or an integer: 0 <= x <= sys.maxsize."),
    "a float from 3.13": ("TypeError", "'float' object cannot be interpreted as an integer"),
    "a text": ("TypeError", "'<' not supported between instances of 'str' and 'int'"),
    "None": ("TypeError", "'<' not supported between instances of 'NoneType' and 'int'"),
    "0": ("ValueError", "chunksize must be >= 1."),
}


@pytest.mark.parametrize(("error", "message"), CHUNKSIZES.values(), ids=CHUNKSIZES)
def test_a_chunk_size_that_is_none_is_named(error: str, message: str) -> None:
    facts = SourceFacts(calls=(a_call_fact(),))

    finding = crashed(raised(error, message), facts)

    assert verdict_and_cause(finding) == ("failed", "wrong-chunksize")
    assert finding.hint
    assert ".." not in finding.detail


def test_the_same_error_at_another_line_is_a_crash() -> None:
    facts = SourceFacts(calls=(a_call_fact(),))

    assert verdict_and_cause(crashed(raised(*CHUNKSIZES["a text"], lines=(30,)), facts))[1] == "crashed"


def test_a_number_in_place_of_items_is_named() -> None:
    facts = SourceFacts(calls=(a_call_fact(chunksize=ChunkSizeSource.ABSENT),))

    finding = crashed(raised("TypeError", "'int' object is not iterable"), facts)

    assert verdict_and_cause(finding)[1] == "chunksize-unnamed"


def test_a_function_that_is_called_in_place_of_handed_over_is_named() -> None:
    facts = SourceFacts(calls=(a_call_fact(function="count_words(files)", function_kind=FunctionKind.CALLED),))

    in_function = crashed(raised("TypeError", "expected str, not list", lines=(12, 3)), facts)
    in_worker = crashed(raised("TypeError", "'dict' object is not callable", lines=(20,), remote="Traceback"), facts)
    elsewhere = crashed(raised("KeyError", "'the'", lines=(20,), remote="Traceback"), facts)

    assert verdict_and_cause(in_function)[1] == verdict_and_cause(in_worker)[1] == "function-called"
    assert in_function.location.line == in_worker.location.line == 12
    assert verdict_and_cause(elsewhere)[1] == "crashed"


def test_a_wrong_number_of_arguments_is_placed_at_the_map_call() -> None:
    facts = SourceFacts(calls=(a_call_fact(),))
    message = "count_words() takes 1 positional argument but 38 were given"

    finding = crashed(raised("TypeError", message, lines=(30,), remote="Traceback"), facts)
    other = crashed(raised("TypeError", message.replace("count_words", "add"), lines=(30,), remote="Traceback"), facts)

    assert verdict_and_cause(finding)[1] == "wrong-arguments"
    assert finding.location.line == 12
    assert verdict_and_cause(other)[1] == "crashed"


def test_a_function_without_a_return_is_named_by_what_it_answered() -> None:
    question = Question("count_words", ("a.txt",), {"a": 1}, "a word")
    asked = an_import(answers=(an_answer(0, said=Said.KIND, text="NoneType"),), questions=(question,))
    run = a_run(trace=Trace(errors=(raised("TypeError", "'NoneType' object is not iterable"),)), **broke_off())

    finding = judge("runs", evidence_of(run, asked))

    assert verdict_and_cause(finding)[1] == "returns-nothing"
    assert "`count_words`" in finding.headline


def test_a_lock_that_is_sent_is_named() -> None:
    message = "Lock objects should only be shared between processes through inheritance"

    assert verdict_and_cause(crashed(raised("RuntimeError", message)))[1] == "not-picklable"


def test_a_missing_package_is_named() -> None:
    finding = crashed(raised("ModuleNotFoundError", "No module named 'numpy'"))

    assert verdict_and_cause(finding)[1] == "module-missing"
    assert "`numpy`" in finding.headline


def test_a_wrong_encoding_is_named() -> None:
    finding = crashed(raised("UnicodeDecodeError", "'ascii' codec can't decode byte 0xc3 in position 3"))

    assert verdict_and_cause(finding)[1] == "wrong-encoding"


UNKNOWN = "name 'files' is not defined"


def test_a_name_that_is_defined_further_down_is_told_so() -> None:
    submission = a_submission("print(files)\n\n\nfiles = []\n")

    finding = crashed(raised("NameError", UNKNOWN, lines=(1,)), submission=submission)

    assert verdict_and_cause(finding)[1] == "unknown-name"
    assert "further down, in line 4" in finding.detail


def test_a_name_that_is_set_by_a_line_for_the_notebook_is_told_so() -> None:
    submission = a_submission(notes=("Cell 5: the line `files = !ls plays` is for the notebook only and was not run.",))

    assert "for the notebook only" in crashed(raised("NameError", UNKNOWN), submission=submission).detail


def test_any_other_unknown_name_may_be_misspelt() -> None:
    finding = crashed(raised("NameError", UNKNOWN))

    assert verdict_and_cause(finding)[1] == "unknown-name"
    assert "letter by letter" in finding.hint
