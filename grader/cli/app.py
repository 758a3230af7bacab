"""What the commands are given: the parts of the grader that touch the world, replaceable in tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grader.catalog import Catalog
    from grader.model.run import Sandbox
    from grader.pipeline import Workbench
    from grader.sandbox.choice import Choice


def _chosen_sandbox(name: str | None) -> Sandbox:
    from grader.sandbox import choose_sandbox

    return choose_sandbox(name)


def _best_sandbox() -> Choice:
    from grader.sandbox.choice import best_sandbox

    return best_sandbox()


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class App:
    """The parts commands are composed of.

    ``choose_sandbox`` takes a name, None for the sandbox of one's own code; ``best_sandbox`` says what was passed over.
    """

    choose_sandbox: Callable[[str | None], Sandbox] = _chosen_sandbox
    best_sandbox: Callable[[], Choice] = _best_sandbox
    now: Callable[[], datetime] = _now

    def catalog(self, root: Path | None) -> Catalog:
        """The exercises under ``root``, or those that are bundled."""
        from grader.bundled import bundled
        from grader.catalog import Catalog
        from grader.checks import CHECKS

        return Catalog(root or bundled("exercises"), CHECKS)

    def workbench(
        self, root: Path | None, sandbox: Sandbox, progress: Callable[[str], None], meanwhile: Callable[[], None]
    ) -> Workbench:
        """Everything that grading a submission needs."""
        from grader.api import workbench

        return replace(workbench(self.catalog(root), sandbox), now=self.now, progress=progress, meanwhile=meanwhile)
