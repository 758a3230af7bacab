"""Where a grade goes: one report on the standard output, others in files."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from grader.cli.destinations import Destination, destination
from grader.cli.screen import console_on, say_document, standard_output
from grader.errors import InputError, OutputNotWritable

if TYPE_CHECKING:
    from grader.model.grade import Grade

STDOUT = "-"


@dataclass(frozen=True)
class Outputs:
    """``on_stdout`` is a format's name or None; ``files`` are pairs of format and destination.

    ``evidence`` is where that goes which the grade rests on, if it is to be kept.
    """

    on_stdout: str | None
    files: tuple[tuple[str, Destination], ...]
    evidence: Destination | None = None

    def prepare(self) -> None:
        """Load what the reports are made with, so that they come at once when the grade is there."""
        for name in {self.on_stdout, *(name for name, _ in self.files)} - {None}:
            with suppress(ModuleNotFoundError):  # a format of another distribution
                import_module(f"grader.report.{name}")

    def deliver(self, grade: Grade, evidence: bytes | None = None) -> None:
        """Write all reports; one that cannot be written keeps none of the others back.

        ``evidence`` is needed where it is to be kept.

        Raises:
            OutputNotWritable: At least one could not be written.
        """
        from grader.report import formats

        problems = []
        if self.on_stdout is not None:
            try:
                _show(grade, self.on_stdout)
            except OutputNotWritable as problem:
                problems.append(problem)
        for name, place in self.files:
            try:
                place.write(formats().get(name)(grade))
            except OutputNotWritable as problem:
                problems.append(problem)
        if self.evidence is not None and evidence is not None:
            try:
                self.evidence.write_bytes(evidence)
            except OutputNotWritable as problem:
                problems.append(problem)
        if problems:
            raise OutputNotWritable("\n".join(problem.message for problem in problems), problems[0].hint)


def _show(grade: Grade, name: str) -> None:
    if name != "terminal":
        from grader.report import formats

        say_document(formats().get(name)(grade))
        return
    from grader.report.terminal import print_terminal

    with standard_output() as stream:
        print_terminal(grade, console_on(stream))


def plan_outputs(
    paths: Mapping[str, str | None], *, default: str | None, inputs: Sequence[str] = (), evidence: str | None = None
) -> Outputs:
    """Look at every place a report shall go to, before any work is done.

    ``paths`` maps formats to paths (``-`` is the standard output); ``default`` is the format on the standard
    output when none is asked for there; ``inputs`` are files that must not be written; ``evidence`` is a path, too.

    Raises:
        InputError: Two reports shall go to the same place, or one over an input, or evidence to the standard output.
        OutputNotWritable: A place cannot be written.
    """
    given = {name: path for name, path in paths.items() if path is not None}
    written = given if evidence is None else {**given, "evidence": evidence}
    _refuse_doubles(written)
    _refuse_inputs(written, inputs)
    if evidence == STDOUT:
        raise InputError("Evidence is packed, nothing for the standard output.", "Name a file: evidence.json.gz")
    on_stdout = next((name for name, path in given.items() if path == STDOUT), default)
    files = tuple((name, destination(path)) for name, path in given.items() if path != STDOUT)
    return Outputs(on_stdout, files, None if evidence is None else destination(evidence))


def _refuse_doubles(given: Mapping[str, str]) -> None:
    seen: dict[str, str] = {}
    for name, path in given.items():
        place = path if path == STDOUT else _real(path)
        if place in seen and place != os.devnull:
            where = "the standard output" if path == STDOUT else repr(path)
            raise InputError(
                f"The {seen[place]} and the {name} report shall both go to {where}.",
                "Give each its own file.",
            )
        seen[place] = name


def _refuse_inputs(given: Mapping[str, str], inputs: Sequence[str]) -> None:
    for name, path in given.items():
        for source in inputs:
            if path != STDOUT and _is_same_file(path, source):
                raise InputError(
                    f"The {name} report would overwrite {path!r}, which is to be read.", "Give another path."
                )


def _real(path: str) -> str:
    """The path behind all links; the path itself where that cannot be told, which is found out later."""
    try:
        return os.path.realpath(path)
    except OSError:
        return path


def _is_same_file(path: str, other: str) -> bool:
    try:
        return Path(path).samefile(other)  # also where capitals make no difference
    except (OSError, ValueError):
        return False
