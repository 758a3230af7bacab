"""What the commands are given: the parts of the grader that touch the world, replaceable in tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grader.batch.gradebook import Gradebook
    from grader.batch.grading import Class
    from grader.batch.handin import Intake
    from grader.batch.workers import Workers
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


def _show_class(of: Class, starter: str) -> None:
    """Write the page of the class; that it cannot be written loses no grade."""
    from grader.batch.class_page import put_class_page
    from grader.cli.failures import tell_error
    from grader.cli.screen import tell
    from grader.errors import PargradeError

    try:
        path = put_class_page(of.book, of.out, of.setup.exercise, of.intake.hand_ins, starter)
    except PargradeError as error:
        tell_error(error)
    else:
        tell(f"grade: the class on one page: {path}")


def _renew_class(book: Gradebook, out: Path, exercise: str) -> None:
    """Write the page of a class anew after its marks have changed; that it cannot be written loses no mark."""
    from grader.batch.class_page import renew_class_page
    from grader.cli.failures import tell_error
    from grader.cli.screen import tell
    from grader.errors import PargradeError

    try:
        path = renew_class_page(book, out, exercise)
    except PargradeError as error:
        tell_error(error)
    else:
        tell(f"grade: the class on one page: {path}")


def _collected(paths: Sequence[Path], roster: Path | None, script_name: str, assignment: str) -> Intake:
    from grader.batch.intake import collect, matched, read_roster, read_times

    found = collect(paths, script_name=script_name, assignment=assignment)
    return found if roster is None else matched(found, read_roster(roster), read_times(roster))


def _workers(jobs: int, dask: str | None, curves: bool) -> Workers:
    if dask is not None:
        from grader.batch.cluster import ClusterWorkers

        return ClusterWorkers(dask, curves)
    from grader.batch.workers import LocalWorkers

    return LocalWorkers(jobs)


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class App:
    """The parts commands are composed of.

    ``choose_sandbox`` takes a name, None for the sandbox of one's own code; ``best_sandbox`` says what was passed over.
    ``collect`` finds submissions and who is missing of a roster; ``workers`` grade them, in so many processes or on the
    Dask cluster with this address.
    """

    choose_sandbox: Callable[[str | None], Sandbox] = _chosen_sandbox
    best_sandbox: Callable[[], Choice] = _best_sandbox
    now: Callable[[], datetime] = _now
    show_class: Callable[[Class, str], None] = _show_class
    renew_class: Callable[[Gradebook, Path, str], None] = _renew_class
    collect: Callable[[Sequence[Path], Path | None, str, str], Intake] = _collected
    workers: Callable[[int, str | None, bool], Workers] = _workers

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
