"""Is the result printed in the form the exercise asks for?"""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import ClassVar

from grader.checks.base import Check, Example, failed, fails, partly, passes
from grader.checks.counts import Threshold
from grader.checks.printed import Output as Printout
from grader.checks.printed import read_output
from grader.model.evidence import Evidence
from grader.model.result import EvidenceKind, Finding, Verdict

_MAPPED = (
    "if __name__ == '__main__':\n    with ProcessPoolExecutor() as pool:\n"
    "        totals = add_up(pool.map(count_words, sys.argv[1:], chunksize=2))\n"
)


class Output(Check):
    """The result is printed as ``word == count``, only for frequent words, in alphabetical order.

    A fixed form lets other programs, and people, read the result without guessing.
    """

    kind = "output"
    params_model = Threshold
    examples: ClassVar[tuple[Example, ...]] = (
        passes(
            _MAPPED + "    for word in sorted(totals):\n        if totals[word] > 2000:\n"
            "            print(f'{word} == {totals[word]}')\n"
        ),
        fails(
            _MAPPED + "    for word in sorted(totals):\n        if totals[word] > 2000:\n"
            "            print(word, totals[word])\n",
            "not in the form `word == count`",
            "wrong-form",
        ),
        fails(
            _MAPPED + "    for word, total in totals.items():\n        if total > 2000:\n"
            "            print(f'{word} == {total}')\n",
            "not in alphabetical order",
            "unsorted",
        ),
        partly(
            _MAPPED + "    print('Done!')\n    for word in sorted(totals):\n        if totals[word] > 2000:\n"
            "            print(f'{word} == {totals[word]}')\n",
            "other lines",
            "extra-lines",
        ),
    )

    def evaluate(self, evidence: Evidence) -> Finding | None:
        """Judge the form alone; whether the numbers are right is another check's question."""
        run = next((run for run in evidence.script_runs() if run.inputs.counts), None)
        if run is None:
            return None
        printout = read_output(run.observation.stdout)
        if not printout.counts:
            return _nothing(printout) if run.observation.succeeded else None
        finding = _form(printout) or _threshold(printout, self.params.threshold) or _order(printout)
        if finding is not None:
            return finding
        return _other_lines(printout) or Finding(
            verdict=Verdict.PASSED,
            headline=f"{len(printout.counts)} lines `word == count`, in alphabetical order.",
            evidence=EvidenceKind.ANSWERS,
        )


def _nothing(printout: Printout) -> Finding:
    seen = f" Its first line is `{printout.others[0][1][:80]}`." if printout.others else ""
    if "generator object" in seen or "object at 0x" in seen:
        return _wrong(
            "nothing-printed",
            "No line with a word and its count was printed.",
            f"What stands there is an object, not what is in it.{seen}",
            "Go through the object, and print one line for each frequent word, in the form `word == count`.",
        )
    return _wrong(
        "nothing-printed",
        "No line with a word and its count was printed.",
        f"The result is what the program prints.{seen}",
        "Print one line for each frequent word, in the form `word == count`.",
    )


def _form(printout: Printout) -> Finding | None:
    other = next((printed for printed in printout.counts if not printed.exact), None)
    if other is None:
        return None
    return _wrong(
        "wrong-form",
        f"Line {other.line} of the output is not in the form `word == count`.",
        f"It tells {other.count:,} for `{other.word}`; the form to keep is `{other.word} == {other.count}`.",
        "An f-string prints it: the word, a blank, two equals signs, a blank, the number.",
    )


def _threshold(printout: Printout, threshold: int) -> Finding | None:
    rare = next((printed for printed in printout.counts if printed.count <= threshold), None)
    if rare is None:
        return None
    return _wrong(
        "threshold",
        f"`{rare.word}` is printed with {rare.count:,}; only words counted more than {threshold} times belong there.",
        f"{threshold} itself is not more than {threshold}.",
        "Look at the comparison that decides what is printed.",
    )


def _order(printout: Printout) -> Finding | None:
    words = [printed.word for printed in printout.counts]
    for before, after in pairwise(words):
        if after < before:
            return _wrong(
                "unsorted",
                f"The words are not in alphabetical order: `{after}` comes after `{before}`.",
                "Dictionaries keep the order in which words were first seen.",
                "Go through the words in sorted order when printing.",
            )
        if after == before:
            return _wrong(
                "printed-twice",
                f"`{after}` is printed more than once.",
                "Each word has one total.",
                "Is the printing inside a loop, or done by the workers as well?",
            )
    return None


def _other_lines(printout: Printout) -> Finding | None:
    if not printout.others:
        return None
    number, text = printout.others[0]
    return Finding(
        verdict=Verdict.PARTIAL,
        share=Decimal("0.5"),
        cause="extra-lines",
        headline=f"There are other lines among the counts; line {number} is `{text[:80]}`.",
        detail="The counts are printed well, but who reads them by program stumbles over the rest.",
        hint="Leave them out, or print them with `file=sys.stderr`.",
        evidence=EvidenceKind.ANSWERS,
    )


def _wrong(cause: str, headline: str, detail: str, hint: str) -> Finding:
    return failed(cause, headline, detail, hint, evidence=EvidenceKind.ANSWERS)
