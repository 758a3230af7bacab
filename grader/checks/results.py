"""Does the worked example print its results?"""

from __future__ import annotations

import re
from typing import ClassVar

from grader.checks.base import Check, Example, failed, fails, passes
from grader.checks.counts import describe_answer, wrong_answers
from grader.model.base import Frozen
from grader.model.evidence import Evidence
from grader.model.result import EvidenceKind, Finding, Verdict

WORKER = re.compile(r"Worker (\d+) is processing (\w+)\((-?\d+), ?(-?\d+)\)")
"""A worker's line: its process, the function and the two numbers."""
_NUMBER = re.compile(r"(?<![\w.-])-?\d+(?!\w|\.\d)")

MAPPED = (
    "if __name__ == '__main__':\n    a, b = range(1, 11), range(11, 21)\n    with ProcessPoolExecutor() as pool:\n"
    "        sums = pool.map(add, a, b, chunksize=5)\n        products = pool.map(product, a, b, chunksize=5)\n"
)
ANNOUNCE = "        print('All the jobs are submitted, now we wait for results...')\n"


class ResultsParams(Frozen):
    """What has to be printed: the line ``announcement``, the ``sums``, and a line for each call of ``functions``."""

    sums: tuple[int, ...]
    announcement: str
    functions: tuple[str, ...]


class Results(Check):
    """The sums are right, and the announcement and each worker's lines are printed.

    The lines show which process worked on which items, so that the chunks become visible.
    """

    kind = "results"
    exercise = "async_map"
    params_model = ResultsParams
    examples: ClassVar[tuple[Example, ...]] = (
        passes(MAPPED + ANNOUNCE + "        print(sum(sums), sum(products))\n"),
        fails(MAPPED + ANNOUNCE + "        print(sum(sums))\n", "935 is not printed", "wrong-sums"),
        fails(MAPPED + "        print(sum(sums), sum(products))\n", "is not printed", "announcement-missing"),
    )

    def evaluate(self, evidence: Evidence) -> Finding | None:
        """Read the output of the run, and the answers of the functions to numbers they have not seen."""
        run = next(iter(evidence.script_runs()), None)
        if run is None:
            return None
        lines = [line.strip() for line in run.observation.stdout.decode("utf-8", "replace").splitlines()]
        finding = self._sums(lines) or self._announcement(lines) or self._worker_lines(lines) or _answers(evidence)
        if finding is None:
            return Finding(
                verdict=Verdict.PASSED,
                headline=f"The sums {' and '.join(map(str, self.params.sums))} are right, and every line is there.",
                evidence=EvidenceKind.ANSWERS,
            )
        return finding if run.observation.succeeded else None

    def _sums(self, lines: list[str]) -> Finding | None:
        told = [line for line in lines if not WORKER.search(line)]
        numbers = {int(number) for line in told for number in _NUMBER.findall(line) if len(number) < 16}
        missing = [wanted for wanted in self.params.sums if wanted not in numbers]
        if not missing:
            return None
        return _wrong(
            "wrong-sums",
            f"{' and '.join(map(str, missing))} {'is' if len(missing) == 1 else 'are'} not printed.",
            f"The sums of the two result lists are {' and '.join(map(str, self.params.sums))}.",
            "Go through both results, and print the sum of each.",
        )

    def _announcement(self, lines: list[str]) -> Finding | None:
        if self.params.announcement in lines:
            return None
        return _wrong(
            "announcement-missing",
            f"The line “{self.params.announcement}” is not printed.",
            "It marks the moment between handing out the work and waiting for it.",
            "Print it, word for word, after both map calls and before the first result is read.",
        )

    def _worker_lines(self, lines: list[str]) -> Finding | None:
        found = [match.groups() for line in lines for match in WORKER.finditer(line)]
        for function in self.params.functions:
            calls = {(first, second) for _, name, first, second in found if name == function}
            wanted = {(str(a), str(a + 10)) for a in range(1, 11)}
            missing = sorted(wanted - calls, key=lambda pair: int(pair[0]))
            if missing:
                first, second = missing[0]
                return _wrong(
                    "worker-lines-missing",
                    f"No line “Worker PID is processing {function}({first}, {second})” is printed.",
                    f"{len(missing)} of the 10 lines of `{function}` are missing or have another form.",
                    "Print the line in the function itself, with os.getpid() for PID.",
                )
        return None


def _answers(evidence: Evidence) -> Finding | None:
    for run in evidence.runs.values():
        for question, answer in wrong_answers(run)[:1]:
            return _wrong(
                "wrong-answer",
                f"{describe_answer(question, answer)}.",
                "The function was tried by itself, on numbers that are not in the exercise.",
                "A function that prints its line has to return its result as well.",
            )
    return None


def _wrong(cause: str, headline: str, detail: str, hint: str) -> Finding:
    return failed(cause, headline, detail, hint, evidence=EvidenceKind.ANSWERS)
