"""Finds exercise folders, validates them, and tells which exercise a submission belongs to."""

from __future__ import annotations

import ast
import re
import reprlib
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, Protocol

from pydantic import ValidationError

from grader.errors import AmbiguousExercise, ExerciseError, UnknownName, printable
from grader.model.base import Frozen
from grader.model.exercise import (
    EXERCISE_SCHEMA,
    CheckSpec,
    CurveSpec,
    Exercise,
    ExerciseSpec,
    Generator,
    LateSpec,
    LimitSpec,
    MeasureSpec,
    RunSpec,
    SpeedSpec,
)
from grader.model.submission import Submission
from grader.registry import near_names

_SPEC_FILE = "exercise.toml"
_FILES = (_SPEC_FILE, "task.md", "starter.py", "serial.py", "inputs.py")
_PROBLEMS_SHOWN = 8
_DEFINITION = re.compile(r"^[ \t]*(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)", re.MULTILINE)

_TABLES: Mapping[tuple[str, ...], type[Frozen]] = {
    (): ExerciseSpec,
    ("late",): LateSpec,
    ("limits",): LimitSpec,
    ("measure",): MeasureSpec,
    ("runs",): RunSpec,
    ("runs", "limits"): LimitSpec,
    ("speed",): SpeedSpec,
    ("speed", "curves"): CurveSpec,
    ("checks",): CheckSpec,
}
"""The model of each table in ``exercise.toml``, for the names a misspelled key may have meant."""


class CheckKind(Protocol):
    """What the catalog has to know of a kind of check: the model of its ``params``."""

    @property
    def params_model(self) -> type[Frozen]:
        """The model that the ``params`` of such a check must fit."""
        ...


class CheckKinds(Protocol):
    """The kinds of check there are: a ``Registry`` of check classes."""

    def get(self, name: str) -> CheckKind:
        """The kind with this name; raises ``UnknownName``."""
        ...


@dataclass(frozen=True)
class Catalog:
    """The exercise folders under ``root``. ``checks`` are the kinds of check an exercise may use."""

    root: Path
    checks: CheckKinds

    def ids(self) -> list[str]:
        """The names of all exercises, sorted, without validating them.

        Raises:
            ExerciseError: The folder of exercises does not exist.
        """
        if not self.root.is_dir():
            raise ExerciseError(
                f"The folder of exercises {self.root} does not exist.",
                "Name another with --exercises or in GRADE_EXERCISES.",
            )
        return sorted(path.parent.name for path in self.root.glob(f"*/{_SPEC_FILE}"))

    def load(self, exercise_id: str) -> Exercise:
        """The exercise with this name.

        Raises:
            UnknownName: There is no such exercise; near names are listed.
            ExerciseError: Its folder is broken.
        """
        self._must_know(exercise_id)
        return load_exercise(self.root / exercise_id, self.checks)

    def identify(self, submission: Submission) -> Exercise:
        """The exercise a submission says it is for, or the one whose function names it shares most.

        Names are read from the text, so that a program that does not parse is recognised, too.

        Raises:
            UnknownName: The submission names an exercise that does not exist.
            AmbiguousExercise: It names none, and none fits or several fit equally well.
            ExerciseError: The folder of an exercise is broken.
        """
        named = submission.exercise_hint
        if named:
            self._must_know(named, f"{printable(submission.name)} says it is for the exercise {named!r}. ")
            return load_exercise(self.root / named, self.checks)
        fitting = self._fitting(set(_DEFINITION.findall(submission.source)))
        if len(fitting) != 1:
            raise self._ambiguous(submission.name, fitting)
        return load_exercise(self.root / fitting[0], self.checks)

    def _must_know(self, exercise_id: str, why: str = "") -> None:
        known = self.ids()
        if exercise_id not in known:
            raise UnknownName(
                f"{why}There is no exercise {exercise_id!r} in {self.root}. {near_names(exercise_id, known)}",
                "See them all: grade exercises",
            )

    def _fitting(self, defined: set[str]) -> list[str]:
        """The exercises that share most function names with the source, at least one."""
        shared = {name: len(defined & set(read_spec(self.root / name).names)) for name in self.ids()}
        most = max(shared.values(), default=0)
        return [name for name, number in shared.items() if number == most > 0]

    def _ambiguous(self, submission_name: str, fitting: list[str]) -> AmbiguousExercise:
        reason = (
            f"its functions fit {' and '.join(fitting)} equally well"
            if fitting
            else "it has no function with a name from an exercise text"
        )
        return AmbiguousExercise(
            f"It is not clear which exercise {printable(submission_name)} is for: {reason}.",
            f"Say which one with --exercise ID, or write a comment '# exercise: ID' into the file. "
            f"The exercises are: {', '.join(fitting or self.ids()) or 'none'}.",
        )


def load_exercise(folder: Path, checks: CheckKinds) -> Exercise:
    """The validated exercise in ``folder``. Of its code only ``inputs.py`` is executed.

    Raises:
        ExerciseError: A file is missing or does not fit; the message names file, key and what it must be.
        PluginError: A check of a third-party package fails to load.
    """
    missing = [name for name in _FILES if not (folder / name).is_file()]
    if missing:
        raise ExerciseError(
            f"The exercise folder {folder} has no {' and no '.join(missing)}.",
            f"An exercise consists of {', '.join(_FILES)}.",
        )
    spec = read_spec(folder)
    generators = _load_generators(folder / "inputs.py")
    problems = [
        *_folder_problems(folder, spec),
        *_repeated("runs", [run.name for run in spec.runs]),
        *_repeated("checks", [check.id for check in spec.checks]),
        *_input_problems(_inputs_named(spec), sorted(generators)),
        *(_measure_problems(folder, spec) if spec.measure else ()),
        *_requires_problems(spec.checks),
        *(problem for check in spec.checks for problem in _kind_problems(check, checks)),
    ]
    if problems:
        raise _does_not_fit(folder / _SPEC_FILE, problems)
    return Exercise(spec, folder, generators)


def read_spec(folder: Path) -> ExerciseSpec:
    """The content of the folder's ``exercise.toml``, by itself.

    Raises:
        ExerciseError: The file cannot be read, is no TOML, has another schema version or does not fit.
    """
    path = folder / _SPEC_FILE
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ExerciseError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise ExerciseError(f"{path} is not UTF-8 text.", "Save it as UTF-8.") from error
    except tomllib.TOMLDecodeError as error:
        raise ExerciseError(f"{path} is not valid TOML: {error}.", "Mend the line it names.") from error
    _must_have_our_schema(path, data)
    try:
        return ExerciseSpec.model_validate(data)
    except ValidationError as error:
        raise _does_not_fit(path, _in_words(error, data)) from error


def _must_have_our_schema(path: Path, data: Mapping[str, Any]) -> None:
    found = data.get("schema")
    if found == EXERCISE_SCHEMA:
        return
    hint = f'It must start with: schema = "{EXERCISE_SCHEMA}"'
    if found is None:
        raise ExerciseError(f"{path}: the key schema is missing.", hint)
    version = re.fullmatch(r"pargrade/exercise/v(\d{1,6})", str(found))
    ours = int(EXERCISE_SCHEMA.rpartition("v")[2])
    if version and int(version[1]) > ours:
        raise ExerciseError(
            f"{path}: its schema {found!r} is newer than this grader, which reads {EXERCISE_SCHEMA!r}.",
            "Update pargrade.",
        )
    if version:
        raise ExerciseError(f"{path}: its schema {found!r} is older than {EXERCISE_SCHEMA!r}.", hint)
    raise ExerciseError(f"{path}: the schema is {found!r}, which is no exercise schema.", hint)


# --- problems, in words --------------------------------------------------------------------------------


def _does_not_fit(path: Path, problems: Sequence[str]) -> ExerciseError:
    shown = list(problems[:_PROBLEMS_SHOWN])
    if len(problems) > len(shown):
        shown.append(f"and {len(problems) - len(shown)} more")
    if len(shown) == 1:
        return ExerciseError(f"{path}: {shown[0]}")
    return ExerciseError("\n  ".join([f"{path} has {len(problems)} problems:", *shown]))


def _in_words(error: ValidationError, data: Mapping[str, Any]) -> list[str]:
    """One sentence for each thing that does not fit the schema: where, and what it must be."""
    sentences = []
    for detail in error.errors(include_url=False, include_context=False):
        table = _TABLES.get(tuple(part for part in detail["loc"][:-1] if isinstance(part, str)))
        known = _keys(table) if table else []
        sentences.append(f"{_place(detail['loc'], data)} {_complaint(detail, known)}")
    return sentences


def _complaint(detail: Mapping[str, Any], known: list[str]) -> str:
    """What is wrong with a key, to follow its name. ``known`` are the keys that may stand there."""
    match detail["type"]:
        case "missing":
            return "is missing."
        case "extra_forbidden":
            return f"is no key of this table. {near_names(str(detail['loc'][-1]), known)}"
        case _:
            must = re.sub(r"^.*? should ", "must ", detail["msg"])
            return f"{must}; it is {reprlib.repr(detail['input'])}."


def _place(loc: Iterable[str | int], data: Any) -> str:
    """A path into the file such as ``checks "counts": points``, with the names of list members."""
    words: list[str] = []
    for part in loc:
        data = _member(data, part)
        if isinstance(part, int) and words:
            name = isinstance(data, Mapping) and (data.get("id") or data.get("name"))
            words[-1] += f' "{name}"' if name else f" number {part + 1}"
        else:
            words.append(str(part))
    return ": ".join(words)


def _member(data: Any, part: str | int) -> Any:
    try:
        return data[part]
    except (KeyError, IndexError, TypeError):
        return None  # a missing key is often the very problem


def _keys(model: type[Frozen]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items()]


# --- what one key cannot tell ------------------------------------------------------------------------


def _folder_problems(folder: Path, spec: ExerciseSpec) -> list[str]:
    found = []
    if spec.id != folder.absolute().name:
        found.append(f"id must be the name of the folder, {folder.absolute().name!r}; it is {spec.id!r}.")
    if not spec.max_points:
        found.append("checks must give more than 0 points in all.")
    return found


def _repeated(table: str, names: list[str]) -> list[str]:
    twice = sorted({name for name in names if names.count(name) > 1})
    return [f'{table} "{name}" is there {names.count(name)} times; each needs its own name.' for name in twice]


def _inputs_named(spec: ExerciseSpec) -> Iterator[tuple[str, str | None]]:
    """Every key that names a generator of inputs, with the name."""
    for run in spec.runs:
        yield f'runs "{run.name}": inputs', run.inputs
    if spec.speed is not None:
        yield "speed: varied", spec.speed.varied
        for curve in spec.speed.curves:
            yield f'speed: curves "{curve.title}": inputs', curve.inputs


def _input_problems(named: Iterable[tuple[str, str | None]], generators: list[str]) -> list[str]:
    return [
        f"{key} must name a function of inputs.py; it is {name!r}. {near_names(name, generators)}"
        for key, name in named
        if name is not None and name not in generators
    ]


def _measure_problems(folder: Path, spec: ExerciseSpec) -> list[str]:
    """What keeps the run from being repeated on new inputs, or the serial program from being run in parallel."""
    assert spec.measure is not None
    name = spec.measure.run
    fitting = [run.name for run in spec.runs if run.mode == "script" and run.inputs is not None]
    found = []
    if name not in fitting:
        found.append(
            f"measure: run must name a run as a script with inputs; it is {name!r}. {near_names(name, fitting)}"
        )
    if not calls_builtin_map(folder / "serial.py"):
        found.append(
            "measure: serial.py must do its main work by calling the built-in map, and give that name no other "
            "meaning: the program to compare with is made of it by putting a pool's map in its place."
        )
    return found


def calls_builtin_map(path: Path) -> bool:
    """Whether a program calls ``map`` and nowhere defines, imports or assigns that name."""
    try:
        tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError):
        return False
    nodes = list(ast.walk(tree))
    called = any(isinstance(node, ast.Call) and _is_map(node.func) for node in nodes)
    return called and not any(_binds_map(node) for node in nodes)


def _is_map(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id == "map"


def _binds_map(node: ast.AST) -> bool:
    match node:
        case ast.Name(id="map", ctx=ast.Store() | ast.Del()) | ast.arg(arg="map"):
            return True
        case ast.FunctionDef(name="map") | ast.AsyncFunctionDef(name="map") | ast.ClassDef(name="map"):
            return True
        case ast.alias(name=name, asname=asname):
            return (asname or name) in ("map", "*")
        case _:
            return False


def _requires_problems(checks: Sequence[CheckSpec]) -> list[str]:
    known = [check.id for check in checks]
    unknown = [
        f'checks "{check.id}": requires must name other checks; {name!r} is none. {near_names(name, known)}'
        for check in checks
        for name in check.requires
        if name not in known
    ]
    if unknown:
        return unknown
    try:
        TopologicalSorter({check.id: check.requires for check in checks}).prepare()
    except CycleError as error:
        circle = " requires ".join(repr(name) for name in reversed(error.args[1]))
        return [f"checks: requires must not go in a circle; here {circle}."]
    return []


def _kind_problems(check: CheckSpec, kinds: CheckKinds) -> list[str]:
    """What is wrong with the kind of a check, or with the parameters it gives that kind."""
    try:
        model = kinds.get(check.kind).params_model
    except UnknownName as error:
        return [f'checks "{check.id}": kind is wrong. {error.message}']
    try:
        model.model_validate(dict(check.params))
    except ValidationError as error:
        return [
            f'checks "{check.id}": params: {_place(detail["loc"], check.params)} {_complaint(detail, _keys(model))}'
            for detail in error.errors(include_url=False, include_context=False)
        ]
    return []


# --- the code beside it ------------------------------------------------------------------------------


class _UncachedLoader(SourceFileLoader):
    """Leaves no ``__pycache__`` in the exercise folder, which may be read-only or under version control."""

    def set_data(self, path: Any, data: Any, *, _mode: int = 0o666) -> None:
        """Would write the compiled file."""


def _load_generators(path: Path) -> dict[str, Generator]:
    """The public functions that are written in this ``inputs.py``, by name."""
    module = _execute(path, f"_pargrade_inputs_{path.absolute().parent.name}")
    return {
        name: value
        for name, value in vars(module).items()
        if isinstance(value, FunctionType) and value.__module__ == module.__name__ and not name.startswith("_")
    }


def _execute(path: Path, name: str) -> ModuleType:
    module = ModuleType(name)
    module.__file__ = str(path)
    sys.modules[name] = module  # dataclasses and pickle look a module up by its name
    try:
        _UncachedLoader(name, str(path)).exec_module(module)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise ExerciseError(
            f"{path} cannot be loaded: {type(error).__name__}: {error}.",
            "It is run by the grader itself: try importing it in Python.",
        ) from error
    return module
