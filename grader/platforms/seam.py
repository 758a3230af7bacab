"""What a host is to the grader: a layout that the submission lies in, and documents that it reads back.

A host module decides and touches nothing but what it reads: the documents are written by the command line, whole or
not at all.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import ClassVar, Protocol

from grader.errors import BrokenSettings, InputError, PargradeError, UnknownName
from grader.model.grade import Grade
from grader.model.run import Sandbox
from grader.platforms.settings import Settings


@dataclass(frozen=True)
class Place:
    """Where a host runs the grader.

    ``root`` is the folder of its layout, such as ``/autograder``; None for the host's own. ``settings`` is the file
    named on the command line, None for the one in the host's usual place.
    """

    root: Path | None
    environment: Mapping[str, str]
    settings: Path | None = None


@dataclass(frozen=True)
class Job:
    """What is to be graded, and how."""

    file: Path
    settings: Settings


@dataclass(frozen=True)
class Failure:
    """Why there is no Grade. ``by_student`` tells whether handing in something else can help."""

    message: str
    hint: str = ""
    by_student: bool = False


Outcome = Grade | Failure
"""What a host has to tell."""


@dataclass(frozen=True)
class Document:
    """A text for the host: a file below the root, or without a ``path`` the standard output.

    ``append`` adds to a file that others write to as well; any other is replaced in one step.
    """

    text: str
    path: Path | None = None
    append: bool = False


@dataclass(frozen=True)
class Delivery:
    """All documents of one step, and the exit code by which the host knows how it went."""

    documents: tuple[Document, ...] = ()
    exit_code: int = 0


class Host(Protocol):
    """One host at one place."""

    def first(self) -> Delivery:
        """What the host shall find if nothing else comes, written before anything is read. Never raises."""
        ...

    def job(self) -> Job:
        """What was handed in, and the settings.

        Raises:
            UnclearSubmission: It is not one program.
            BrokenSettings: The settings, or files of the host, cannot be used.
        """
        ...

    def results(self, outcome: Outcome) -> Delivery:
        """What the host reads back. Never raises, not even where ``job`` did."""
        ...


@dataclass(frozen=True)
class BelowRoot:
    """What hosts share whose layout lies below one folder."""

    place: Place
    usual_root: ClassVar[Path] = Path()
    """Where it lies on the host itself; by default it is the current folder."""

    @cached_property
    def root(self) -> Path:
        """The folder named on the command line, or the usual one."""
        return self.place.root or self.usual_root


@dataclass(frozen=True)
class Order:
    """What an administrator wants built for one exercise.

    ``script_name`` is the name that the exercise gives the student's file. ``exercise_files`` are those of a folder of
    exercises to take along, by their path in it; none for those in the wheel. ``offline`` asks for all packages
    inside, from the folder ``wheels`` or, without one, from the package index.
    """

    exercise: str
    title: str
    script_name: str
    exercise_files: Mapping[str, bytes] = field(default_factory=dict)
    offline: bool = False
    wheels: Path | None = None


@dataclass(frozen=True)
class Part:
    """One file of what is built."""

    data: bytes
    executable: bool = False


Parts = Mapping[str, Part]
"""Files by their path, with ``/``, in the folder or archive that is built."""


@dataclass(frozen=True)
class Platform:
    """A kind of host: its name and title, how it is opened at a place, and what an administrator can have built."""

    name: str
    title: str
    open: Callable[[Place], Host]
    build: Callable[[Order], Parts] | None = None
    installs: bool = False
    """Whether what is built installs the grader there, so that it can take all packages along."""
    quiet: bool = False
    """Whether the host shows the standard error to students: then nothing is said of the progress."""


def carry_out(host: Host, grade: Callable[[Job], Grade]) -> Iterator[Delivery]:
    """One grading on a host, as deliveries to write in turn. Only an interruption keeps the last from coming."""
    yield host.first()
    yield host.results(_outcome(host, grade))


def _outcome(host: Host, grade: Callable[[Job], Grade]) -> Outcome:
    try:
        return grade(host.job())
    except (BrokenSettings, UnknownName) as error:
        return Failure(error.message, error.hint)
    except PargradeError as error:
        return Failure(error.message, error.hint, by_student=isinstance(error, InputError))
    except Exception as error:  # noqa: BLE001  the student has to be told something, and no traceback
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{type(error).__name__} at line {place.lineno} of {Path(place.filename).name}"
        return Failure("pargrade failed. This is our fault.", f"Please report it, with the submission: {where}.")


def grade_job(job: Job, choose_sandbox: Callable[[str | None], Sandbox], progress: Callable[[str], None]) -> Grade:
    """Grade as the settings say.

    Raises:
        PargradeError: As ``grader.grade``.
    """
    from grader import grade

    settings = job.settings
    return grade(
        job.file,
        exercise=settings.exercise,
        exercises=settings.exercises,
        quick=settings.quick,
        speed=settings.speed,
        start_method=settings.start_method,
        graded=settings.graded,
        sandbox=choose_sandbox(settings.sandbox),
        most_memory_mib=settings.most_memory_mib,
        progress=progress,
    )
