"""Are both functions mapped by the pool?"""

from __future__ import annotations

from typing import ClassVar

from grader.checks.base import Check, Example, failed, fails, passes
from grader.checks.maps import evidence_of, process_maps
from grader.checks.places import locate
from grader.checks.pool_map import instead_of_map, unshown
from grader.checks.results import ANNOUNCE, MAPPED, WORKER
from grader.model.base import Frozen
from grader.model.evidence import Evidence, ObservedRun
from grader.model.result import EvidenceKind, Finding, Verdict
from grader.model.trace import MapCalled


class TwoMapsParams(Frozen):
    """The ``functions`` to be mapped."""

    functions: tuple[str, ...]


class TwoMaps(Check):
    """Both functions are mapped by ``ProcessPoolExecutor.map``.

    ``map`` takes one list for each argument of the function, and walks through them together.
    """

    kind = "two-maps"
    exercise = "async_map"
    params_model = TwoMapsParams
    examples: ClassVar[tuple[Example, ...]] = (
        passes(MAPPED + ANNOUNCE + "        print(sum(sums), sum(products))\n"),
        fails(
            "if __name__ == '__main__':\n    a, b = range(1, 11), range(11, 21)\n"
            "    with ProcessPoolExecutor() as pool:\n        sums = pool.map(add, a, b, chunksize=5)\n"
            + ANNOUNCE
            + "        print(sum(sums), sum(map(product, a, b)))\n",
            "Only one of the two functions is mapped",
            "one-map",
        ),
    )

    def evaluate(self, evidence: Evidence) -> Finding | None:
        """Count the functions that were mapped over a process pool."""
        run = next(iter(evidence.script_runs()), None)
        if run is None:
            return None
        calls = process_maps(run)
        if not calls:
            return instead_of_map(evidence)
        wanted = len(self.params.functions)
        names = list(dict.fromkeys(call.function for call in calls))
        if len(names) >= wanted:
            missing = [
                name
                for name in self.params.functions
                if name not in names and not _was_in_a_worker(evidence, run, name)
            ]
            if missing:
                return _others(evidence, calls[0], names, missing)
            return Finding(
                verdict=Verdict.PASSED,
                headline=f"{' and '.join(f'`{name}`' for name in names[:wanted])} are mapped, over "
                f"{calls[0].items} items each.",
                evidence=evidence_of(run, *calls),
            )
        doubtful = unshown(evidence, run)
        if doubtful is not None:
            return doubtful
        if not run.observation.succeeded:
            return None
        return failed(
            "one-map",
            f"Only one of the two functions is mapped by the pool: `{names[0]}`.",
            "What is not mapped is done by the main process, one item after the other.",
            f"Call `pool.map` twice: for `{'` and for `'.join(self.params.functions)}`.",
            locate(evidence.submission, calls[0].line, calls[0].column),
            evidence_of(run, *calls),
        )


def _was_in_a_worker(evidence: Evidence, run: ObservedRun, function: str) -> bool:
    """Whether a line of this function was printed in the name of another process than the main one, and of one that
    there was, where all were seen."""
    seen, main = run.observation, str(run.observation.main_pid)
    lines = WORKER.findall(seen.stdout.decode("utf-8", "replace"))
    named = {pid for pid, name, _, _ in lines if name == function} - {main}
    return bool(named & {str(process.pid) for process in seen.processes} if evidence.process_table_exact else named)


def _others(evidence: Evidence, call: MapCalled, names: list[str], missing: list[str]) -> Finding:
    return failed(
        "other-functions",
        f"{' and '.join(f'`{name}`' for name in names[:4])} are mapped, and no worker did "
        f"{' or '.join(f'`{name}`' for name in missing)}.",
        "Each of the two functions prints a line with its worker's number; no such line came from a worker.",
        f"Call `pool.map` twice: for `{'` and for `'.join(missing)}`."
        if len(missing) > 1
        else f"Call `pool.map` for `{missing[0]}`, too.",
        locate(evidence.submission, call.line, call.column),
        EvidenceKind.ANSWERS,
    )
