"""Are both functions mapped by the pool?"""

from __future__ import annotations

from typing import ClassVar

from grader.checks.base import Check, Example, fails, passes
from grader.checks.failures import failed
from grader.checks.maps import process_maps
from grader.checks.pool_map import instead_of_map
from grader.checks.results import ANNOUNCE, MAPPED
from grader.model.base import Frozen
from grader.model.evidence import Evidence
from grader.model.result import EvidenceKind, Finding, Verdict


class TwoMapsParams(Frozen):
    """The ``functions`` to be mapped, each over ``items`` items."""

    functions: tuple[str, ...]
    items: int


class TwoMaps(Check):
    """Both functions are mapped by ``ProcessPoolExecutor.map``, each over all items.

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
        """Count the map calls on process pools that were given all items."""
        run = next(iter(evidence.script_runs()), None)
        if run is None:
            return None
        calls = process_maps(run)
        if not calls:
            return instead_of_map(evidence)
        whole = [call for call in calls if call.items >= self.params.items]
        wanted = len(self.params.functions)
        if len({call.function for call in whole}) >= wanted:
            return Finding(
                verdict=Verdict.PASSED,
                headline=f"{' and '.join(f'`{call.function}`' for call in whole[:wanted])} are mapped over "
                f"{whole[0].items} items each.",
                evidence=EvidenceKind.SELF_REPORTED,
            )
        if not run.observation.succeeded:
            return None
        mapped = ", ".join(f"`{call.function}` over {call.items} items" for call in calls[:4])
        return failed(
            "one-map",
            f"Only one of the two functions is mapped over {self.params.items} items by the pool."
            if len(calls) == 1
            else f"The two functions are not each mapped over {self.params.items} items.",
            f"Seen: {mapped}.",
            f"Call `pool.map` twice: for `{'` and for `'.join(self.params.functions)}`.",
            evidence=EvidenceKind.SELF_REPORTED,
        )
