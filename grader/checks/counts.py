"""Are the printed totals right on files the student has never seen?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from grader.checks.base import Check, Example, failed, fails, passes
from grader.checks.main_guard import dead_guard
from grader.checks.maps import counted, empty_map, unreached_pool
from grader.checks.places import at, locate
from grader.checks.printed import read_output
from grader.model.answers import Answer, Said, same
from grader.model.base import Frozen
from grader.model.evidence import Evidence, ObservedRun
from grader.model.exercise import Inputs, Question
from grader.model.result import EvidenceKind, Finding, Verdict

SHOWN = 3
LONGEST_LINE = 90


class Threshold(Frozen):
    """Words counted more than ``threshold`` times are to be printed."""

    threshold: int


class Counts(Check):
    """Every printed total is right on files the program has never seen.

    The files are made anew for each grading from the real plays, with words that try each part of the rule:
    hyphens, apostrophes, digits, capitals, letters outside a-z. Each of them occurs so often that it has to be
    printed, so the printed totals alone prove the counting and the reducing.
    """

    kind = "counts"
    params_model = Threshold
    examples: ClassVar[tuple[Example, ...]] = (
        passes(
            "if __name__ == '__main__':\n    with ProcessPoolExecutor() as pool:\n"
            "        report(pool.map(count_words, sys.argv[1:], chunksize=2))\n"
        ),
        fails(
            "if __name__ == '__main__':\n    with ProcessPoolExecutor() as pool:\n"
            "        report(pool.map(count_words, sys.argv[2:], chunksize=2))\n",
            "printed totals are wrong",
            "wrong-counts",
        ),
        fails(
            "if __name__ == '__main__':\n    with ProcessPoolExecutor() as pool:\n"
            "        parts = pool.map(count_words, sys.argv[1:], chunksize=2)\n"
            "        found = sum(len(part) for part in parts)\n"
            "        report(parts)\n",
            "`parts` is gone through twice",
            "consumed-twice",
        ),
    )

    def evaluate(self, evidence: Evidence) -> Finding | None:
        """Compare each printed total with the right one; explain a difference by its likeliest cause."""
        run = next((run for run in evidence.script_runs() if run.inputs.counts), None)
        if run is None:
            return None
        threshold: int = self.params.threshold
        right = {word: count for word, count in run.inputs.counts.items() if count > threshold}
        printed = read_output(run.observation.stdout).totals()
        wrong = differences(printed, right, run.inputs.counts)
        if not wrong:
            return _all_right(len(right), len(run.inputs.files))
        if not run.observation.succeeded:
            return None
        named = _named_cause(evidence, run, printed)
        return named or _wrong_counts(evidence, wrong, len(right))


def differences(
    printed: Mapping[str, int], right: Mapping[str, int], every: Mapping[str, int]
) -> list[tuple[str, int | None, int]]:
    """Words with what was printed (None for nothing) and the right total, the most frequent first.

    A rare word that was printed with its right total is only too much output, not a wrong count.
    """
    missing_or_wrong: list[tuple[str, int | None, int]] = [
        (word, printed.get(word), count) for word, count in right.items() if printed.get(word) != count
    ]
    invented: list[tuple[str, int | None, int]] = [
        (word, count, every.get(word, 0))
        for word, count in printed.items()
        if word not in right and every.get(word, 0) != count
    ]
    return sorted(missing_or_wrong + invented, key=lambda row: (-row[2], row[0]))


def agrees(inputs: Inputs, printed: bytes, right: bytes) -> bool:
    """Whether a program printed what the exercise's own program printed on the same inputs, in whatever form."""
    wanted = read_output(right).totals()
    return all_true(wanted, inputs.counts) and not differences(read_output(printed).totals(), wanted, inputs.counts)


def all_true(printed: Mapping[str, int], every: Mapping[str, int]) -> bool:
    """Whether something was printed, and nothing that is not so; that a word does not occur is true, too."""
    return bool(printed) and all(every.get(word, 0) == count for word, count in printed.items())


def _all_right(words: int, files: int) -> Finding:
    return Finding(
        verdict=Verdict.PASSED,
        headline=f"All {words} totals are right, over {files} files made for this grading.",
        evidence=EvidenceKind.ANSWERS,
    )


def _named_cause(evidence: Evidence, run: ObservedRun, printed: Mapping[str, int]) -> Finding | None:
    """The usual mistakes around pools that leave totals wrong or missing."""
    facts = evidence.facts
    if facts.double_uses:
        use = facts.double_uses[0]
        return failed(
            "consumed-twice",
            f"`{use.name}` is gone through twice, and the second time it is empty.",
            f"What it holds (made at line {use.made.line}) hands out each item once. Line {use.first.line} takes "
            f"them all, so nothing is left at line {use.second.line}.",
            f"If both places need the items, keep them: `{use.name} = list(...)`.",
            at(evidence, use.second),
            EvidenceKind.ANSWERS,
        )
    silent = _silent_error(evidence, run)
    if silent is not None and not _stays_in_worker(evidence, run):
        return silent
    if facts.worker_writes and not printed:
        write = facts.worker_writes[0]
        return failed(
            "worker-global",
            f"`{write.function}` changes the global `{write.name}`, and the change stays in the worker.",
            "Each worker process has its own copy of every global. The main process never sees what a worker "
            "writes there; it gets only what the function returns.",
            f"Let `{write.function}` return what it found, and put the results together in the main process.",
            at(evidence, write.place),
            EvidenceKind.ANSWERS,
        )
    return None if printed else _nothing_printed(evidence)


def _stays_in_worker(evidence: Evidence, run: ObservedRun) -> bool:
    """A mapped function changes a global and ends well: reading its results, which were never read, would not help."""
    writers = {write.function for write in evidence.facts.worker_writes}
    mapped = {call.function.rpartition(".")[2] for call in run.trace.maps}
    return bool(writers & mapped) and not any(chunk.error for chunk in run.trace.chunks)


def _nothing_printed(evidence: Evidence) -> Finding:
    """No total at all, and as far as it can be known, why."""
    why, hint = (
        "The totals are read from what the program prints.",
        "Print one line for each word counted more than 2000 times, in the form `word == count`.",
    )
    location = None
    dead, unreached, empty = dead_guard(evidence), unreached_pool(evidence), empty_map(evidence)
    swallowed = evidence.facts.swallowed
    tried = _tried(evidence)
    if dead is not None:
        why, hint = (
            f"The program ends without doing anything, because `{dead.written}` is never true.",
            "Mend the main guard first.",
        )
    elif unreached is not None:
        why = f"The program ends without getting to line {unreached.place.line}, where a pool is to be made."
        hint = "What would have to be called, or to be true, for that line to be run?"
        location = at(evidence, unreached.place)
    elif empty is not None:
        why = f"The map call of line {empty.line} gets nothing to go through."
        hint = "Which files does the program find? Their names are in `sys.argv[1:]`."
        location = locate(evidence.submission, empty.line, empty.column)
    elif swallowed:
        why = f"Every error is caught at line {swallowed[0].line}, and nothing is told of it. {tried.text}".strip()
        hint = "Leave out the `try` while you look for the error: what does Python say?"
        location = at(evidence, swallowed[0])
    elif tried.is_wrong:
        why, hint = tried.text, tried.hint
    return failed("nothing-printed", "No total was printed.", why, hint, location, EvidenceKind.ANSWERS)


def _silent_error(evidence: Evidence, run: ObservedRun) -> Finding | None:
    """A map call whose results were never taken: errors in the workers stay unseen."""
    taken = {event.call for event in run.trace.consumed}
    for call in run.trace.maps:
        if call.kind != "process" or call.call in taken:
            continue
        errors = [chunk.error for chunk in run.trace.chunks_of(call.call) if chunk.error]
        told = f" Here the workers failed with {errors[0]}." if errors else ""
        place = next((fact.place for fact in evidence.facts.calls if fact.place.line == call.line), None)
        return failed(
            "results-unread",
            f"The results of mapping `{call.function}` are never read.",
            f"`map` returns at once; results, and errors, come when its result is gone through.{told}",
            "Go through what `map` returns, for example with `for part in ...` or `reduce(...)`.",
            at(evidence, place),
            EvidenceKind.ANSWERS,
        )
    return None


def _wrong_counts(evidence: Evidence, wrong: list[tuple[str, int | None, int]], expected: int) -> Finding:
    rows = "; ".join(_row(*row) for row in wrong[:SHOWN])
    more = f"; and {len(wrong) - SHOWN} more" if len(wrong) > SHOWN else ""
    tried = _tried(evidence)
    hint = tried.hint if tried.is_wrong or not tried.text else _which_way(wrong)
    return failed(
        "wrong-counts",
        f"{counted(len(wrong), 'printed total')} {'is' if len(wrong) == 1 else 'are'} wrong or missing; "
        f"{counted(expected, 'word')} {'was' if expected == 1 else 'were'} to be printed.",
        f"{rows}{more}.\n\n{tried.text}".strip(),
        hint,
        evidence=EvidenceKind.ANSWERS,
    )


def _which_way(wrong: list[tuple[str, int | None, int]]) -> str:
    """A hint where the functions by themselves are right, so the totals go wrong between them."""
    if all(printed is not None and printed > right for _, printed, right in wrong):
        return "All wrong totals are too high: what is counted besides the files that are given, or twice?"
    if all(printed is None or printed < right for _, printed, right in wrong):
        return "All wrong totals are too low: which files, words or results are left out on the way?"
    return "Look at what is done around the functions: which files are counted, and what is added up?"


def _row(word: str, printed: int | None, right: int) -> str:
    said = "not printed" if printed is None else f"printed {printed:,}"
    return f"`{word}`: {said}, right is {right:,}"


@dataclass(frozen=True)
class _Tried:
    """What the student's functions answered by themselves, in a sentence or two, and a hint."""

    text: str = ""
    hint: str = (
        "Take a file of one line, count by hand, and compare: each token counts once, by the first run of a-z and "
        "hyphens in it."
    )
    is_wrong: bool = False


def _tried(evidence: Evidence) -> _Tried:
    """The simplest question that was answered wrongly, and which usual mistake gives all these answers."""
    asked = [pair for run in evidence.runs.values() for pair in run.asked()]
    wrong = [pair for run in evidence.runs.values() for pair in wrong_answers(run)]
    if not asked:
        return _Tried()
    if not wrong:
        names = " and ".join(f"`{name}`" for name in dict.fromkeys(question.function for question, _ in asked))
        return _Tried(f"Tried by themselves on small inputs, {names} answered rightly.")
    question, answer = min(wrong, key=lambda pair: _size_of(evidence, pair[0]))
    told = describe_answer(question, answer, _first_line(evidence, question))
    mistake = _usual_mistake([pair for pair in asked if pair[0].function == question.function])
    if mistake is None:
        hint = _Tried.hint if _file_of(evidence, question) else f"Call `{question.function}` on two small examples."
        return _Tried(f"Tried by itself, {told}.", hint, is_wrong=True)
    return _Tried(
        f"Tried by itself, `{question.function}` answers as if {mistake}. So {told}.",
        f"Compare what `{question.function}` answers with the rule: which of its lines decides this?",
        is_wrong=True,
    )


def _usual_mistake(asked: list[tuple[Question, Answer]]) -> str | None:
    """The mistake that gives every answer of a function, as the student's function gave them."""
    for mistake in dict.fromkeys(name for question, _ in asked for name in question.mistakes):
        if all(
            answer.said is Said.VALUE and same(answer.value, question.mistakes.get(mistake, question.expected))
            for question, answer in asked
        ):
            return mistake
    return None


def _file_of(evidence: Evidence, question: Question) -> bytes | None:
    """The content of the input file that a question is about, if it is about one."""
    names = [name for name in question.arguments if isinstance(name, str)]
    found = (run.inputs.files.get(name) for run in evidence.runs.values() for name in names)
    return next((content for content in found if content is not None), None)


def _size_of(evidence: Evidence, question: Question) -> int:
    return len(repr(question.expected)) + len(_file_of(evidence, question) or b"")


def _first_line(evidence: Evidence, question: Question) -> str:
    """How the file begins, where that can be shown."""
    lines = (_file_of(evidence, question) or b"").decode("utf-8", "replace").splitlines()
    line = lines[0].strip() if lines else ""
    return line if line.isprintable() and "`" not in line and len(line) <= LONGEST_LINE else ""


def wrong_answers(run: ObservedRun) -> list[tuple[Question, Answer]]:
    """The questions of a run that were asked and not answered rightly. A function that is missing was not asked."""
    return [
        (question, answer)
        for question, answer in run.asked()
        if not (answer.said is Said.VALUE and same(answer.value, question.expected))
    ]


def describe_answer(question: Question, answer: Answer, line: str = "") -> str:
    """A question and its wrong answer in words. ``line`` is a line of the file that the question is about."""
    call = f"`{question.function}` on {question.about}{line and f', such as `{line}`,'}"
    match answer.said:
        case Said.ERROR:
            return f"{call} raises {answer.text}"
        case Said.KIND:
            return f"{call} returns a {answer.text}; a {type(question.expected).__name__} was expected"
        case Said.VALUE:
            return f"{call} returns `{_short(answer.value)}`; `{_short(question.expected)}` is right"
        case Said.MALFORMED:
            return f"{call} gives a malformed answer: {answer.text}"
        case Said.UNANSWERED:
            return f"{call} gives no answer before the program ends or is stopped"
        case Said.MISSING | Said.NOT_ASKED:
            return f"{call} was not asked"


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
