"""An exercise as its author wrote it: the validated ``exercise.toml`` and the code beside it."""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field

from grader.errors import ExerciseError, PargradeError
from grader.model.base import Exact, Frozen
from grader.model.run import Limits

EXERCISE_SCHEMA = "pargrade/exercise/v1"

Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=40)]
CheckId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$", max_length=40)]


class LimitSpec(Frozen):
    """What one run of a submission may use; see :class:`grader.model.run.Limits`."""

    wall_s: Annotated[float, Field(gt=0, le=600)] = 20.0
    cpu_s: Annotated[float, Field(gt=0, le=3600)] = 60.0
    memory_mib: Annotated[int, Field(ge=64, le=65536)] = 1024
    processes: Annotated[int, Field(ge=2, le=1024)] = 64
    output_kib: Annotated[int, Field(ge=1, le=65536)] = 1024

    def limits(self) -> Limits:
        """The same in the units of a run."""
        return Limits(
            wall_s=self.wall_s,
            cpu_s=self.cpu_s,
            memory_bytes=self.memory_mib << 20,
            processes=self.processes,
            output_bytes=self.output_kib << 10,
        )


def expanded(patterns: Iterable[str], names: Iterable[str]) -> list[str]:
    """Arguments as a shell would hand them over: patterns become the names of the files that match."""
    known = list(names)
    return [name for pattern in patterns for name in sorted(fnmatch.filter(known, pattern)) or [pattern]]


def laid_over(*layers: Mapping[str, bytes | Path]) -> dict[str, bytes | Path]:
    """The files of all layers by their paths, where a later layer wins.

    Of the earlier ones that is left out which has the same path, or needs a folder where a later one has a file, or a
    file where that has a folder: a program may come with any names, and must not be able to make its run impossible.
    """
    found: dict[str, bytes | Path] = {}
    for layer in reversed(layers):
        folders = {above for name in found for above in _above(name)}
        fitting = (name for name in layer if name not in folders and not any(above in found for above in _above(name)))
        found = {name: layer[name] for name in fitting} | found
    return found


def _above(name: str) -> list[str]:
    return [str(folder) for folder in PurePosixPath(name).parents[:-1]]


class RunSpec(Frozen):
    """One run of the submission.

    ``mode`` ``script`` runs it as ``__main__``; ``import`` imports it as a worker would and then asks
    its functions the questions of the exercise. ``inputs`` names the generator in ``inputs.py``.
    """

    name: Identifier
    mode: Literal["script", "import"]
    inputs: str | None = None
    args: tuple[str, ...] = ()
    """Command-line arguments; a pattern such as ``shakespeare/*`` is expanded to the input files."""
    limits: LimitSpec | None = None
    """Other limits for this run than for the others."""


class CheckSpec(Frozen):
    """One check of the exercise: which kind of check decides it, how, and for how many points."""

    id: CheckId
    kind: str
    title: str
    topic: str
    """The course section that explains it."""
    points: Annotated[Exact, Field(ge=0, le=1000)]
    requires: tuple[CheckId, ...] = ()
    params: Mapping[str, Any] = Field(default_factory=dict)


class CurveSpec(Frozen):
    """A curve of speed by chunk size. ``inputs`` names the generator, ``title`` says what its files are."""

    inputs: str
    title: str


class SpeedSpec(Frozen):
    """What is measured of a program's speed beside the verdict, by printed totals that the serial program prints, too.

    ``curves`` come in the order of their importance: the last ones are left out where time is short. The files of the
    generator ``varied`` are few and small, and each word's total is printed however they are rearranged or doubled.
    """

    args: tuple[str, ...] = ()
    """Command-line arguments, as in a run."""
    curves: tuple[CurveSpec, ...] = ()
    varied: str | None = None


class MeasureSpec(Frozen):
    """What is measured: the run named here, again on new inputs, beside the exercise's own program.

    That is ``serial.py`` with its built-in ``map`` over as many processes as the exercise has workers, so the main
    work of ``serial.py`` has to go through ``map``.
    """

    run: Identifier


class LateSpec(Frozen):
    """What handing in late costs, in a batch: a part of the exercise's points for each day that was begun.

    ``due`` is a date and time with its zone; ``--due`` of a batch goes before it. Up to ``grace_minutes`` later
    nothing is lost; after that, days are counted from ``due``. At most ``most_percent`` are lost, but nothing is
    earned after ``last_day`` days.
    """

    due: AwareDatetime | None = None
    grace_minutes: Annotated[int, Field(ge=0, le=100_000)] = 0
    percent_per_day: Annotated[Exact, Field(ge=0, le=100)]
    most_percent: Annotated[Exact, Field(ge=0, le=100)] = Decimal(100)
    last_day: Annotated[int, Field(ge=0, le=10_000)] | None = None


class ExerciseSpec(Frozen):
    """The content of ``exercise.toml``."""

    schema_: Annotated[Literal["pargrade/exercise/v1"], Field(alias="schema")]
    id: Identifier
    version: Annotated[int, Field(ge=1)]
    title: str
    summary: str
    script_name: str
    """The name the exercise text gives the student's script."""
    names: tuple[str, ...]
    """Function names of the exercise text, by which a submission is recognised. Not required to pass."""
    workers: Annotated[int, Field(ge=1, le=256)]
    """The CPU count the student's program is told, so that a default pool has this many workers on every host."""
    corpus: str = ""
    """The folder of input files beside the script, or empty."""
    limits: LimitSpec = LimitSpec()
    measure: MeasureSpec | None = None
    speed: SpeedSpec | None = None
    late: LateSpec | None = None
    runs: Annotated[tuple[RunSpec, ...], Field(min_length=1)]
    checks: Annotated[tuple[CheckSpec, ...], Field(min_length=1)]

    @property
    def max_points(self) -> Decimal:
        """The sum of the points of all checks."""
        return sum((check.points for check in self.checks), Decimal(0))


@dataclass(frozen=True)
class Question:
    """A call of one of the student's functions with known arguments and a known answer.

    An argument that is the name of an input file is handed over as the path to it.
    """

    function: str
    arguments: tuple[Any, ...]
    expected: Any
    about: str
    """What the question tries, in words for the student: "a word with an apostrophe"."""
    mistakes: Mapping[str, Any] = field(default_factory=dict)
    """What usual mistakes answer, by what is wrong, to stand behind "as if": "hyphens were no part of words"."""


@dataclass(frozen=True)
class Inputs:
    """Input files of one run, and what the right program makes of them.

    ``counts`` holds the right total of every word of these files.
    """

    files: Mapping[str, bytes] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    questions: tuple[Question, ...] = ()


@dataclass(frozen=True)
class GeneratorRequest:
    """What a generator in ``inputs.py`` is asked for: the same seed gives the same inputs.

    ``scale`` asks for so many times the usual amount of work, where a measured run would be too short to tell.
    """

    seed: int
    quick: bool = False
    scale: float = 1.0


Generator = Callable[[GeneratorRequest], Inputs]


@dataclass(frozen=True)
class Exercise:
    """A validated exercise folder. ``generators`` are the public functions of its trusted ``inputs.py``."""

    spec: ExerciseSpec
    folder: Path
    generators: Mapping[str, Generator] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The exercise's name on the command line."""
        return self.spec.id

    def inputs_of(self, run: RunSpec, request: GeneratorRequest) -> Inputs:
        """The inputs of a run, made now; the same request makes the same ones.

        Raises:
            ExerciseError: The generator fails.
        """
        if run.inputs is None:
            return Inputs()
        try:
            return self.generators[run.inputs](request)
        except PargradeError:
            raise
        except Exception as error:
            raise ExerciseError(
                f"The generator {run.inputs!r} of the exercise {self.id!r} failed: {type(error).__name__}: {error}",
                f"Mend {self.folder / 'inputs.py'}.",
            ) from error
