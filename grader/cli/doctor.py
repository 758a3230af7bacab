"""``grade doctor``: whether grading works on this machine, tried for real."""

from __future__ import annotations

import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.cli.app import App
from grader.cli.options import exercises_root
from grader.cli.screen import is_fancy, say
from grader.errors import ExerciseError, GuaranteeMissing, PargradeError

if TYPE_CHECKING:
    from grader.model.run import Observation, Sandbox
    from grader.sandbox.choice import Choice

LEAST_FREE_BYTES = 300 << 20
"""What a run may fill of the disk, and some more."""
_WORKS, _BROKEN = 0, 3

_TRIAL = """\
from concurrent.futures import ProcessPoolExecutor


def square(number):
    return number * number


if __name__ == "__main__":
    with ProcessPoolExecutor(2) as pool:
        print(sum(pool.map(square, range(10), chunksize=5)))
"""
_TRIAL_PRINTS = b"285\n"


TO_MAKE_HOLD = {
    "jail": "Install bubblewrap 0.8 or newer, and allow user namespaces; a container refuses them by default.",
    "uid": "Grade as root, with an interpreter that every user may read, not below /root.",
    "landlock": "Grade as an ordinary user, on Linux 6.2 or newer with Landlock.",
}
"""The next step towards a sandbox that does not hold, by its name."""
TO_CLOSE = {
    ("landlock", "files"): "Install bubblewrap: in a jail every run has shared memory of its own.",
    ("uid", "network"): "Leave no sockets where every user may use them.",
}
"""The next step for a gap, by sandbox and guarantee."""
TO_CLOSE_ANY = {"practice": "It is no wall, and meant for your own code; for other people's use --graded, on Linux."}


class Health(StrEnum):
    """How a part is. A ``note`` is worth knowing and hinders nothing."""

    OK = "ok"
    NOTE = "note"
    FAILED = "failed"


_COLOURS = {Health.OK: "green", Health.NOTE: "yellow", Health.FAILED: "red"}


@dataclass(frozen=True)
class Diagnosis:
    """What was found out about one part."""

    health: Health
    about: str
    text: str
    next_step: str = ""


@click.command("doctor", short_help="Try whether grading works on this machine.")
@click.option("--sandbox", "backend", metavar="NAME", help="The sandbox to try.")
@exercises_root
@click.pass_obj
def doctor(app: App, backend: str | None, root: Path | None) -> int:
    """Try whether grading works on this machine, and say what is missing."""
    worst = _WORKS
    for diagnosis in _examine(app, backend, root):
        say(_in_words(diagnosis))
        worst = _BROKEN if diagnosis.health is Health.FAILED else worst
    say("\nGrading works here." if worst == _WORKS else "\nGrading does not work here: see what failed above.")
    return worst


def _in_words(diagnosis: Diagnosis) -> str:
    mark = f"{diagnosis.health:<7}"
    if is_fancy(sys.stdout):
        mark = click.style(mark, fg=_COLOURS[diagnosis.health])
    lines = [diagnosis.text, *([diagnosis.next_step] if diagnosis.next_step else [])]
    return f"{mark} {diagnosis.about}: " + "\n        ".join("\n".join(lines).split("\n"))


def _examine(app: App, backend: str | None, root: Path | None) -> Iterator[Diagnosis]:
    yield _python()
    yield _cores()
    yield _temp_folder()
    yield from _exercises(app, root)
    sandbox = app.choose_sandbox(backend)
    yield from _trials(sandbox)
    yield from _walls(app.best_sandbox(), sandbox)


def _python() -> Diagnosis:
    return Diagnosis(Health.OK, "Python", f"{platform.python_version()}, {sys.executable}")


def _cores() -> Diagnosis:
    from grader.timing.machine import quota_cores, usable_cores

    cores, quota = usable_cores(), quota_cores()
    text = f"{cores} usable" + (f", of which a quota allows {quota:g}" if quota is not None else "")
    if min(cores, quota or cores) >= 2:
        return Diagnosis(Health.OK, "Processor cores", text)
    return Diagnosis(
        Health.NOTE, "Processor cores", text, "Programs are graded as always; nothing can be seen to get faster here."
    )


def _temp_folder() -> Diagnosis:
    import shutil
    import tempfile

    about = "Temporary files"
    try:
        with tempfile.TemporaryFile() as file:
            file.write(b"x")
            file.flush()
        folder = tempfile.gettempdir()
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return Diagnosis(
            Health.FAILED, about, f"cannot be written: {error.strerror}", "Make room, or set TMPDIR to another folder."
        )
    text = f"{folder}, {_bytes(free)} free"
    if free < LEAST_FREE_BYTES:
        return Diagnosis(Health.NOTE, about, text, "That is little. Make room, or set TMPDIR to another folder.")
    return Diagnosis(Health.OK, about, text)


def _bytes(number: int) -> str:
    from grader.report.quantity import size

    return size(number)


def _exercises(app: App, root: Path | None) -> Iterator[Diagnosis]:
    """Each exercise, validated, with the input files a student gets."""
    from grader.cli.start import starting_files

    catalog = app.catalog(root)
    try:
        names = catalog.ids()
    except ExerciseError as error:
        yield Diagnosis(Health.FAILED, "Exercises", error.message, error.hint)
        return
    if not names:
        yield Diagnosis(
            Health.FAILED, "Exercises", f"there is none in {catalog.root}", "Name another with --exercises."
        )
    for name in names:
        try:
            files = starting_files(catalog.load(name))
        except PargradeError as error:
            yield Diagnosis(Health.FAILED, f"Exercise {name}", error.message, error.hint)
        else:
            yield Diagnosis(Health.OK, f"Exercise {name}", f"complete, with {len(files)} files to start from")


def _trials(sandbox: Sandbox) -> Iterator[Diagnosis]:
    """A small program with a pool, run in the sandbox with each start method there is."""
    import multiprocessing

    methods = multiprocessing.get_all_start_methods()
    for method in methods:
        about = f"Pool by {method}" + (" (used where a program does not say)" if method == methods[0] else "")
        try:
            yield _judged(about, _try(sandbox, method))
        except PargradeError as error:
            yield Diagnosis(Health.FAILED, about, error.message, error.hint)


def _try(sandbox: Sandbox, method: str) -> Observation:
    from grader.model.run import Limits, RunRequest
    from grader.pipeline import HARNESS

    return sandbox.run(
        RunRequest(
            label=f"doctor-{method}",
            entry=HARNESS,
            config={"script": "trial.py", "mode": "script", "args": [], "start_method": method},
            files={"trial.py": _TRIAL.encode()},
            limits=Limits(wall_s=20.0),
            cpu_count=2,
        )
    )


def _judged(about: str, seen: Observation) -> Diagnosis:
    if seen.succeeded and seen.stdout == _TRIAL_PRINTS:
        return Diagnosis(Health.OK, about, f"works in the sandbox, {seen.wall_s:.1f} s")
    said = seen.stderr.decode("utf-8", "replace").strip().split("\n")[-1]
    return Diagnosis(
        Health.FAILED,
        about,
        f"a small program ended as {seen.ended}, exit code {seen.exit_code}. {said}".rstrip(),
        "Its workers could not do their work: is the shared memory (/dev/shm) full or read-only?",
    )


def _walls(choice: Choice, tried: Sandbox) -> Iterator[Diagnosis]:
    """The sandboxes from the strongest on: why it does not hold here, or what it gives; last the one that was tried."""
    for name, faults in choice.passed_over.items():
        reasons = "".join(f"\n- {fault}" for fault in faults)
        yield Diagnosis(Health.NOTE, f"Sandbox {name}", f"does not hold here{reasons}", TO_MAKE_HOLD.get(name, ""))
    yield _protection(choice.sandbox)
    if tried.guarantees().backend != choice.sandbox.guarantees().backend:
        yield _protection(tried)


def _protection(sandbox: Sandbox) -> Diagnosis:
    """What a sandbox gives, with its gaps and what would close each; gaps with the same step share it."""
    from grader.sandbox import demand_guarantees

    known = sandbox.guarantees()
    about = f"Sandbox {known.backend}"
    given = f"gives {', '.join(known.given) or 'nothing'}"
    steps: dict[str, str] = {}
    for guarantee, reason in known.gaps.items():
        mark = "gap in" if guarantee in known.given else "not"
        step = TO_CLOSE.get((known.backend, guarantee), TO_CLOSE_ANY.get(known.backend, ""))
        steps[step] = steps.get(step, "") + f"\n- {mark} {guarantee}: {reason}"
    gaps = "".join(f"{told}\n  To close: {step}" if step else told for step, told in steps.items())
    try:
        demand_guarantees(sandbox)
    except GuaranteeMissing:
        return Diagnosis(Health.NOTE, about, f"{given}{gaps}", "Not enough for --graded.")
    return Diagnosis(Health.OK, about, f"{given}, enough for --graded{gaps}")
