"""Evidence as bytes: all that a grade rests on, so that it can be judged again without running the program.

A gzip of two lines of JSON. The first is ``{"schema", "sha256", "bytes"}``, the digest and the length of the second,
which is a :class:`StoredEvidence`. The inputs of the runs are not in it: the exercise makes the same ones again from
the seed, and a digest proves that they are the same. Decision 0019 tells why.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from grader.errors import BrokenEvidence, ExerciseChanged, printable, reason_of
from grader.model.base import Frozen
from grader.model.evidence import Evidence, ObservedRun
from grader.model.exercise import Exercise, GeneratorRequest, Inputs, LimitSpec, MeasureSpec, RunSpec
from grader.model.facts import SourceFacts
from grader.model.grade import Grade
from grader.model.measurement import Measurement
from grader.model.run import Observation
from grader.model.sitting import Sitting
from grader.model.submission import Submission
from grader.model.trace import read_trace

EVIDENCE_SCHEMA = "pargrade/evidence/v1"
MOST_BYTES = 256 << 20
"""Of the second line; what the limits let a program write is less. A file that unpacks to more is not ours."""

_FAMILY, _, _VERSION = EVIDENCE_SCHEMA.rpartition("/v")
_HEADER_BYTES = 4096
_LEVEL = 6
_INPUTS_HELD = 8
_GZIP = 16 + zlib.MAX_WBITS
_MADE_BY = "Evidence is what --evidence PATH writes, and what a batch keeps beside each report."

MakeInputs = Callable[[RunSpec, GeneratorRequest], tuple[Inputs, str]]
"""Gives the inputs of a run with their digest."""


class Plan(Frozen):
    """What of an exercise decides how a submission is run. With another plan its runs would be other ones."""

    runs: tuple[RunSpec, ...]
    limits: LimitSpec
    workers: int
    measure: MeasureSpec | None
    reference_sha256: str | None
    """Of the program that the submission is measured beside."""


class StoredRun(Frozen):
    """One run: what it was given, by digest, and what was seen of it."""

    name: str
    inputs_sha256: str
    args: tuple[str, ...]
    observation: Observation


class StoredEvidence(Frozen):
    """Everything, schema ``pargrade/evidence/v1``. ``grade`` is the receipt as it was made after the runs."""

    grade: Grade
    plan: Plan
    quick: bool
    submission: Submission
    facts: SourceFacts
    runs: tuple[StoredRun, ...]
    process_table_exact: bool
    measurement: Measurement


class _Header(Frozen):
    schema_: Annotated[Literal["pargrade/evidence/v1"], Field(alias="schema")]
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    bytes: Annotated[int, Field(ge=0, le=MOST_BYTES)]


def evidence_bytes(sitting: Sitting, grade: Grade) -> bytes:
    """What to keep of a sitting and of the grade that was made of it; :func:`parse_evidence` reads it again."""
    body = stored(sitting, grade).model_dump_json(by_alias=True).encode()
    header = {"schema": EVIDENCE_SCHEMA, "sha256": hashlib.sha256(body).hexdigest(), "bytes": len(body)}
    return gzip.compress(json.dumps(header).encode() + b"\n" + body + b"\n", _LEVEL, mtime=0)


def stored(sitting: Sitting, grade: Grade) -> StoredEvidence:
    """The sitting without what can be made again."""
    evidence = sitting.evidence
    return StoredEvidence(
        grade=grade,
        plan=plan_of(evidence.exercise),
        quick=sitting.quick,
        submission=evidence.submission,
        facts=evidence.facts,
        runs=tuple(
            StoredRun(name=name, inputs_sha256=digest(run.inputs), args=run.args, observation=run.observation)
            for name, run in evidence.runs.items()
        ),
        process_table_exact=evidence.process_table_exact,
        measurement=evidence.measurement,
    )


def plan_of(exercise: Exercise) -> Plan:
    """How the exercise has submissions run now."""
    spec = exercise.spec
    reference = exercise.folder / "serial.py"
    return Plan(
        runs=spec.runs,
        limits=spec.limits,
        workers=spec.workers,
        measure=spec.measure,
        reference_sha256=hashlib.sha256(reference.read_bytes()).hexdigest() if spec.measure else None,
    )


def digest(inputs: Inputs) -> str:
    """A name for these inputs: the same for the same files, right counts, and questions with their right answers.

    What a question is about is left out: that is a text for the student.
    """
    files = {name: hashlib.sha256(content).hexdigest() for name, content in inputs.files.items()}
    asked = [(question.function, question.arguments, question.expected) for question in inputs.questions]
    text = json.dumps([list(files.items()), dict(inputs.counts), asked], sort_keys=True, default=repr)
    return hashlib.sha256(text.encode()).hexdigest()


def made_once(exercise: Exercise) -> MakeInputs:
    """Makes inputs anew, but the same ones only once: everybody of a class got the same."""

    @lru_cache(maxsize=_INPUTS_HELD)
    def make(run: RunSpec, request: GeneratorRequest) -> tuple[Inputs, str]:
        inputs = exercise.inputs_of(run, request)
        return inputs, digest(inputs)

    return make


def restore(kept: StoredEvidence, exercise: Exercise, make_inputs: MakeInputs | None = None) -> Sitting:
    """The sitting as it was, beside the exercise as it is now. Who restores many hands over ``made_once(exercise)``.

    Raises:
        ExerciseChanged: The exercise would now have submissions run otherwise, or on other inputs.
        ExerciseError: A generator of inputs fails.
        BrokenEvidence: It does not fit its own plan.
    """
    changed = list(_changes(kept.plan, plan_of(exercise)))
    if changed:
        raise _changed(exercise, f"it now has {' and '.join(changed)}")
    specs = {spec.name: spec for spec in exercise.spec.runs}
    request = GeneratorRequest(seed=kept.grade.seed, quick=kept.quick)
    make = make_inputs or made_once(exercise)
    runs = {}
    for run in kept.runs:
        if run.name not in specs:
            raise BrokenEvidence(f"The evidence tells of a run {run.name!r} that nobody asked for.", _MADE_BY)
        inputs, found = make(specs[run.name], request)
        if found != run.inputs_sha256:
            raise _changed(exercise, f"the inputs of the run {run.name!r} now come out otherwise")
        trace = read_trace(run.observation.claims)
        runs[run.name] = ObservedRun(specs[run.name], inputs, run.args, run.observation, trace)
    grade = kept.grade
    return Sitting(
        evidence=Evidence(exercise, kept.submission, kept.facts, runs, kept.process_table_exact, kept.measurement),
        speed=grade.timing.speed,
        sandbox=grade.sandbox,
        machine=grade.machine,
        versions=grade.versions,
        seed=grade.seed,
        quick=kept.quick,
        graded_at=grade.graded_at,
    )


def _changes(then: Plan, now: Plan) -> Iterator[str]:
    for name, words in (
        ("runs", "other runs"),
        ("limits", "other limits"),
        ("workers", "another number of workers"),
        ("measure", "something else to measure"),
        ("reference_sha256", "another serial.py to measure beside"),
    ):
        if getattr(then, name) != getattr(now, name):
            yield words


def _changed(exercise: Exercise, how: str) -> ExerciseChanged:
    return ExerciseChanged(
        f"The exercise {exercise.id!r} has changed: {how}. What was seen of a program then tells nothing of that.",
        "Run the programs again: grade batch --force, or grade FILE for a single one.",
    )


# -- reading ------------------------------------------------------------------------------------------


def load_evidence(path: Path) -> StoredEvidence:
    """Read the evidence in this file.

    Raises:
        BrokenEvidence: The file is missing, cut off, damaged, no evidence, or written by a newer version.
    """
    name = printable(str(path))
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        raise BrokenEvidence(f"There is no evidence {name!r}.", _MADE_BY) from None
    except (OSError, ValueError) as error:
        reason = reason_of(error)
        raise BrokenEvidence(f"The evidence {name!r} cannot be read: {reason}.") from error
    return parse_evidence(data, name)


def parse_evidence(data: bytes, name: str = "the evidence") -> StoredEvidence:
    """Read evidence from its bytes; ``name`` is what error messages call it. Never more is unpacked than may be.

    Raises:
        BrokenEvidence: It is cut off, damaged, no evidence, or written by a newer version.
    """
    if data[:2] != b"\x1f\x8b":
        raise _not_ours(name, _not_packed(data))
    unpacker = zlib.decompressobj(_GZIP)
    first, _, begun = _unpacked(unpacker, data, _HEADER_BYTES, name).partition(b"\n")
    header = _header(first, name)
    rest = max(1, header.bytes + 2 - len(begun))
    body = begun + _unpacked(unpacker, unpacker.unconsumed_tail, rest, name)
    if not unpacker.eof and len(body) < header.bytes + 1:
        raise BrokenEvidence(f"{name} is cut off.", "Copy the file again, or grade the submission again.")
    if not unpacker.eof or unpacker.unused_data or len(body) != header.bytes + 1:
        raise _damaged(name)
    body = body[:-1]
    if hashlib.sha256(body).hexdigest() != header.sha256:
        raise _damaged(name)
    try:
        return StoredEvidence.model_validate_json(body)
    except ValidationError as error:
        raise _not_ours(name, _first(error)) from error


def _unpacked(unpacker: Any, data: bytes, most: int, name: str) -> bytes:
    try:
        unpacked: bytes = unpacker.decompress(data, most)
    except zlib.error as error:
        raise _damaged(name) from error
    return unpacked


def _not_packed(data: bytes) -> str:
    if not data:
        return "it is empty"
    receipt = b'"pargrade/report/' in data[:200]
    return "it is a receipt, which does not hold all that it rests on" if receipt else "it is not packed by gzip"


def _header(line: bytes, name: str) -> _Header:
    try:
        told = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _not_ours(name, "its first line is not JSON") from error
    schema = told.get("schema") if isinstance(told, dict) else None
    family, _, version = schema.rpartition("/v") if isinstance(schema, str) else ("", "", "")
    if family == _FAMILY and version.isdecimal() and len(version) < 9 and int(version) > int(_VERSION):
        raise BrokenEvidence(
            f"{name} was written by a newer version: its schema is {schema}, this version reads {EVIDENCE_SCHEMA}.",
            "Update pargrade and try again.",
        )
    try:
        return _Header.model_validate(told)
    except ValidationError as error:
        raise _not_ours(name, _first(error)) from error


def _first(error: ValidationError) -> str:
    found = error.errors(include_url=False, include_input=False)[0]
    where = printable(".".join(str(part) for part in found["loc"]))[:200]
    return f"{where or 'its content'}: {found['msg'][:1].lower()}{printable(found['msg'][1:])[:200]}"


def _damaged(name: str) -> BrokenEvidence:
    return BrokenEvidence(
        f"{name} is damaged: its content does not fit its digest.",
        "Copy the file again, or grade the submission again.",
    )


def _not_ours(name: str, why: str) -> BrokenEvidence:
    return BrokenEvidence(f"{name} is no evidence of pargrade: {why}.", _MADE_BY)
