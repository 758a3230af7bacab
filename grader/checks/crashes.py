"""Why an exception ended the program: the usual causes by name, and for the rest the line where it happened."""

from __future__ import annotations

import re
from collections.abc import Callable

from grader.checks.base import failed
from grader.checks.places import at, locate, where_defined, where_raised
from grader.model.answers import Said
from grader.model.evidence import Evidence, ObservedRun
from grader.model.facts import CallFact, ChunkSizeSource, FunctionKind, PoolKind
from grader.model.result import EvidenceKind, Finding
from grader.model.trace import Raised

_POOL_CLOSED = ("bad file descriptor", "handle is closed")
"""Parts of what Python says in place of BrokenProcessPool, when a pool breaks while chunks are handed out."""
_ARGUMENTS = re.compile(r"(?:\w+\.)*(\w+)\(\) (?:takes .*positional argument|missing \d+ required positional)")
_WRONG_CHUNKSIZES = (
    (
        "chunksize must be >= 1",
        "A division that rounds down gives 0 for few items. Which is the least that may come out?",
    ),
    ("islice", "`/` gives a float even where it comes out even. Which operator divides into whole numbers?"),
    ("'float'", "`/` gives a float even where it comes out even. Which operator divides into whole numbers?"),
    ("'str'", "A chunk size in quotes is a text. What is it without the quotes?"),
    ("'nonetype'", "Without a chunk size to give, leave the argument out."),
)
"""Parts of what Python 3.11 to 3.14 say of a chunk size that is none, in small letters, and a hint for each."""
Explainer = Callable[[Evidence, Raised], Finding | None]

_PICKLING = ("PicklingError", "AttributeError", "TypeError", "RuntimeError")
_NOT_PICKLED = ("pickle", "can't get local object", "through inheritance")
"""Parts of what Python says; the second is what Python 3.13 says of a nested function, the third is said of locks."""


def explain_error(evidence: Evidence, run: ObservedRun, error: Raised) -> Finding:
    """The program ended with an exception: one of the known kinds, or a plain crash."""
    known = _input_ended(evidence, error) or _unguarded(evidence, run, error)
    if known is not None:
        return known
    for explain in _EXPLAINERS:
        finding = explain(evidence, error)
        if finding is not None:
            return finding
    in_worker = " in a worker process" if error.remote else ""
    return failed(
        "crashed",
        f"The program ended with {_quoted(error)}{in_worker}.",
        "The marked line is where it happened; what came after it did not run.",
        "Run the script by itself on a few files: Python shows the whole way there.",
        where_raised(evidence, error),
        EvidenceKind.SELF_REPORTED,
    )


def _input_ended(evidence: Evidence, error: Raised) -> Finding | None:
    return waits_for_input(evidence) if error.error == "EOFError" and evidence.facts.input_calls else None


def waits_for_input(evidence: Evidence) -> Finding:
    """The finding for a program that wants an answer from the keyboard."""
    return failed(
        "waits-for-input",
        "The program asks a question with `input()`, and there is nobody to answer.",
        "A program for many files is started by other programs, so it takes what it needs from its arguments.",
        "Take the file names from `sys.argv`, and put other settings into constants.",
        at(evidence, evidence.facts.input_calls[0]),
    )


def _not_picklable(evidence: Evidence, error: Raised) -> Finding | None:
    """A lambda or nested function was handed to a process pool."""
    if error.error not in _PICKLING or not any(words in error.message.lower() for words in _NOT_PICKLED):
        return None
    kinds = {FunctionKind.LAMBDA: "lambda-mapped", FunctionKind.NESTED: "nested-mapped"}
    for call in evidence.facts.calls:
        if call.function_kind in kinds and call.pool in (None, PoolKind.PROCESS, PoolKind.MULTIPROCESSING):
            what = (
                "a lambda"
                if call.function_kind is FunctionKind.LAMBDA
                else f"`{call.function}`, defined inside another function,"
            )
            return failed(
                kinds[call.function_kind],
                f"The pool is given {what} and cannot send it to the workers.",
                "A function travels to another process by its name (it is pickled), and the worker looks that up in "
                "the script. Only functions at the top level of the file have such a name.",
                "Define the function with `def` at the top level of the script and map that.",
                at(evidence, call.place),
                EvidenceKind.SELF_REPORTED,
            )
    return failed(
        "not-picklable",
        f"Something that is sent to the workers or back cannot be pickled: {error.message}.",
        "Arguments and results travel between processes as bytes. Open files, locks, generators and pools do not.",
        "Send plain values: file names, numbers, strings, lists and dictionaries of these.",
        where_raised(evidence, error),
        EvidenceKind.SELF_REPORTED,
    )


def _misplaced_chunksize(evidence: Evidence, error: Raised) -> Finding | None:
    wrong = evidence.facts.chunksize_elsewhere
    lines = {frame.line for frame in error.frames}
    if error.error != "TypeError" or not ("chunksize" in error.message or any(w.place.line in lines for w in wrong)):
        return None
    where = f"`{wrong[0].name}`" if wrong else "a call"
    return failed(
        "chunksize-misplaced",
        f"`chunksize` is given to {where}, which does not know it.",
        "The chunk size belongs to the call that hands the items out: the pool's `map`.",
        "Move `chunksize=...` into the parentheses of `pool.map(...)`.",
        at(evidence, wrong[0].place) if wrong else where_raised(evidence, error),
        EvidenceKind.SELF_REPORTED,
    )


def _wrong_chunksize(evidence: Evidence, error: Raised) -> Finding | None:
    """A map call was refused for its chunk size: a float, a text, 0."""
    call = _map_call_at(evidence, error)
    if call is None or call.chunksize is ChunkSizeSource.ABSENT or error.error not in ("TypeError", "ValueError"):
        return None
    hint = next((hint for part, hint in _WRONG_CHUNKSIZES if part in error.message.lower()), None)
    if hint is None:
        return None
    return failed(
        "wrong-chunksize",
        "The chunk size is not a whole number from 1 on.",
        f"It says how many items make a chunk. `map` refused it with {_quoted(error)}.",
        hint,
        at(evidence, call.chunksize_place or call.place),
        EvidenceKind.SELF_REPORTED,
    )


def _unnamed_chunksize(evidence: Evidence, error: Raised) -> Finding | None:
    """``map(function, items, 5)``: what has no name is taken for more items."""
    call = _map_call_at(evidence, error)
    if call is None or error.error != "TypeError" or "'int' object is not iterable" not in error.message:
        return None
    return failed(
        "chunksize-unnamed",
        "`map` is given a number where it takes items.",
        "What follows the function without a name is items to map over, and a number holds none.",
        "If the number in `map(...)` is meant as the chunk size, give it by that name.",
        at(evidence, call.place),
        EvidenceKind.SELF_REPORTED,
    )


def _function_called(evidence: Evidence, error: Raised) -> Finding | None:
    """``map(count_words(files), files)``: what is handed over is the function's result, if it comes so far."""
    lines = {frame.line for frame in error.frames}
    call = next(
        (c for c in evidence.facts.calls if c.function_kind is FunctionKind.CALLED and c.place.line in lines), None
    )
    if call is None or (error.remote and "not callable" not in error.message):
        call = _only_called(evidence) if "not callable" in error.message else None
    if call is None:
        return None
    name = call.function.partition("(")[0]
    return failed(
        "function-called",
        f"`{call.function}` calls the function at once, in the main process, and `{call.method}` gets its result.",
        f"The pool has to be given the function itself, which the workers then call. Python says {_quoted(error)}.",
        f"What is `{name}` without parentheses, and what with?",
        at(evidence, call.place),
        EvidenceKind.SELF_REPORTED,
    )


def _only_called(evidence: Evidence) -> CallFact | None:
    """The call of a pool that is given a function's result, where there is one: results are read at other lines."""
    return next((call for call in evidence.facts.calls if call.function_kind is FunctionKind.CALLED), None)


def _wrong_arguments(evidence: Evidence, error: Raised) -> Finding | None:
    """The mapped function was called with more or fewer arguments than it takes."""
    told = _ARGUMENTS.match(error.message)
    if error.error != "TypeError" or not error.remote or told is None:
        return None
    call = next((c for c in evidence.facts.calls if c.function.rpartition(".")[2] == told[1]), None)
    if call is None or call.method != "map":
        return None
    return failed(
        "wrong-arguments",
        f"The workers call `{told[1]}` with a wrong number of arguments: {_ended(error.message)}",
        "`map` takes one item from each thing it is given after the function, and hands these items over together. A "
        "`*` before a list gives each of its items by itself.",
        "How many things to go through does this call of `map` get?",
        at(evidence, call.place),
        EvidenceKind.SELF_REPORTED,
    )


def _returns_nothing(evidence: Evidence, error: Raised) -> Finding | None:
    """A function has no ``return``, and its None is used."""
    if "NoneType" not in error.message:
        return None
    asked = (pair for run in evidence.runs.values() for pair in run.asked())
    gave_none = (told.function for told, answer in asked if answer.said is Said.KIND and answer.text == "NoneType")
    name = next(gave_none, None)
    if name is None:
        return None
    return failed(
        "returns-nothing",
        f"`{name}` returns nothing, and the program ended with {_quoted(error)}.",
        "A function that ends without `return` gives None. The marked line is where that is used.",
        f"What should `{name}` hand back, and at which place in it?",
        where_raised(evidence, error),
        EvidenceKind.ANSWERS,
    )


def _map_call_at(evidence: Evidence, error: Raised) -> CallFact | None:
    """The pool's ``map`` that raised the error itself, in the main process."""
    if error.remote or not error.frames:
        return None
    line = error.frames[-1].line
    return next((call for call in evidence.facts.calls if call.method == "map" and call.place.line == line), None)


def _module_missing(evidence: Evidence, error: Raised) -> Finding | None:
    """A package that the student has and the grader's Python has not."""
    told = re.search(r"No module named '([^']+)'", error.message)
    if error.error != "ModuleNotFoundError" or told is None:
        return None
    return failed(
        "module-missing",
        f"The program imports `{told[1]}`, which is not there where it is graded.",
        "It may well be installed on your computer. The exercise needs nothing but Python's own modules.",
        f"Do without `{told[1]}`, or, if it is a file of yours, hand it in beside the program.",
        where_raised(evidence, error),
        EvidenceKind.SELF_REPORTED,
    )


def _unknown_name(evidence: Evidence, error: Raised) -> Finding | None:
    """A name is used that is misspelt, not imported, defined further down or set by a line that was left out."""
    told = re.search(r"name '(\w+)' is not defined", error.message)
    if error.error != "NameError" or told is None:
        return None
    detail, hint = _why_unknown(evidence, told[1], error)
    return failed(
        "unknown-name",
        f"The program ended with {_quoted(error)}.",
        detail,
        hint,
        where_raised(evidence, error),
        EvidenceKind.SELF_REPORTED,
    )


def _why_unknown(evidence: Evidence, name: str, error: Raised) -> tuple[str, str]:
    """What happened and what to try."""
    left_out = re.compile(rf"`[^`]*\b{name}\b[^`=]*=[^`]*` is for the notebook only")
    if any(left_out.search(note) for note in evidence.submission.notes):
        return (
            f"The line that sets `{name}` is for the notebook only, and was not run.",
            f"Set `{name}` in Python: a command that a notebook calls is not there in a program.",
        )
    defined = where_defined(evidence.submission, name)
    if defined is not None and error.frames and not error.remote and defined > error.frames[-1].line:
        below = locate(evidence.submission, defined)
        where = f"cell {below.cell}" if below and below.cell is not None else f"line {defined}"
        order = "and the cells in the order in which they stand" if below and below.cell is not None else ""
        return (
            f"It is defined further down, in {where}. A program is run from top to bottom{order and f', {order}'}.",
            f"Move the definition of `{name}` above the place where it is used.",
        )
    return (
        "Nothing that has run before the marked line defines or imports this name.",
        f"Compare `{name}`, letter by letter, with the name you meant. Or is an `import` missing?",
    )


def _wrong_encoding(evidence: Evidence, error: Raised) -> Finding | None:
    if error.error != "UnicodeDecodeError":
        return None
    return failed(
        "wrong-encoding",
        f"A file cannot be read with the encoding that is used: {_ended(error.message)}",
        "A file holds bytes, and the encoding says which letters they stand for. Without one, `open` takes another on "
        "another computer.",
        "Give `open` the encoding in which the files are written; nearly all texts today are UTF-8.",
        where_raised(evidence, error),
        EvidenceKind.SELF_REPORTED,
    )


def _unguarded(evidence: Evidence, run: ObservedRun, error: Raised) -> Finding | None:
    """Workers that import the script started its work again, and the pool broke."""
    broke = error.error == "RuntimeError" or _pool_broke(error) or _server_ended(error)
    forked = run.trace.hello is not None and all(pool.start_method in ("", "fork") for pool in run.trace.pools)
    if not broke or forked or not evidence.facts.work_at_import:
        return None
    return failed(
        "missing-main-guard",
        "The pool broke because every worker started the whole script again.",
        "A worker that is not forked imports the script to find its functions. Without a main guard that import "
        "starts the work, and with it new workers.",
        "Put everything that starts work below `if __name__ == '__main__':`.",
        at(evidence, evidence.facts.work_at_import[0].place),
        EvidenceKind.SELF_REPORTED,
    )


def _pool_broke(error: Raised) -> bool:
    closed = error.error == "OSError" and any(part in error.message.lower() for part in _POOL_CLOSED)
    return error.error == "BrokenProcessPool" or (closed and not error.remote)


def _server_ended(error: Raised) -> bool:
    """The fork server, which imports the script before it is asked for workers from Python 3.14 on, ended at that."""
    return error.error in ("ConnectionResetError", "BrokenPipeError", "EOFError") and not error.remote


def _broken_pool(evidence: Evidence, error: Raised) -> Finding | None:
    if not _pool_broke(error):
        return None
    return failed(
        "broken-pool",
        "A worker process died while it was working, and the pool broke (BrokenProcessPool).",
        "The pool cannot know what the dead worker had done, so it gives up all results. A worker dies when it calls "
        "`os._exit`, is killed, runs out of memory or crashes in an extension; an ordinary exception does not do it.",
        "Call the mapped function by itself on each item, without a pool, and see which one ends Python.",
        where_raised(evidence, error),
        EvidenceKind.SELF_REPORTED,
    )


def _quoted(error: Raised) -> str:
    """The error in the middle of a sentence, which has a full stop of its own."""
    message = error.message.rstrip(".")
    return f"{error.error}: {message}" if message else error.error


def _ended(message: str) -> str:
    """What Python says as the end of a sentence."""
    return f"{message.rstrip('.')}."


_EXPLAINERS: tuple[Explainer, ...] = (
    _not_picklable,
    _misplaced_chunksize,
    _wrong_chunksize,
    _unnamed_chunksize,
    _function_called,
    _wrong_arguments,
    _returns_nothing,
    _broken_pool,
    _module_missing,
    _unknown_name,
    _wrong_encoding,
)
"""Asked in this order; the first that knows an error explains it."""
