"""Reads the corpus: each student program with the verdicts it should get, written beside it in TOML.

story                     what the student did, in one sentence
[verdicts]                the verdict of every check of the exercise
[causes]                  the cause of a finding, for the checks that have to name it
[headlines]               a part of the headline the student has to read
[methods.METHOD]          verdicts that differ when the workers are started by METHOD
[methods.METHOD.causes]   and their causes
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from grader.model.grade import Grade, Status
from grader.model.result import CheckResult

CORPUS = Path(__file__).resolve().parent.parent / "corpus"
START_METHODS = ("fork", "forkserver", "spawn")
PROGRAM_SUFFIXES = (".py", ".ipynb")


@dataclass(frozen=True)
class Program:
    """One student program of the corpus."""

    path: Path

    def __str__(self) -> str:
        return f"{self.exercise}/{self.path.name}"

    @property
    def exercise(self) -> str:
        return self.path.parent.name

    @property
    def notes_path(self) -> Path:
        return self.path.with_suffix(".toml")

    @cached_property
    def notes(self) -> Mapping[str, Any]:
        return tomllib.loads(self.notes_path.read_text(encoding="utf-8"))

    def verdicts(self, start_method: str) -> dict[str, str]:
        """The expected verdict of each check under this start method."""
        return {**self.notes["verdicts"], **_without_causes(self._differing(start_method))}

    def causes(self, start_method: str) -> dict[str, str]:
        """The expected causes. One noted for a verdict that this start method changes does not hold here."""
        differing = self._differing(start_method)
        kept = {check: cause for check, cause in self.notes.get("causes", {}).items() if check not in differing}
        return kept | differing.get("causes", {})

    def headlines(self, start_method: str) -> dict[str, str]:
        """Parts of headlines that have to be there, as far as the verdicts are the usual ones."""
        differing = self._differing(start_method)
        return {check: part for check, part in self.notes.get("headlines", {}).items() if check not in differing}

    def _differing(self, start_method: str) -> Mapping[str, Any]:
        differing: Mapping[str, Any] = self.notes.get("methods", {}).get(start_method, {})
        return differing


def _without_causes(differing: Mapping[str, Any]) -> dict[str, str]:
    return {check: verdict for check, verdict in differing.items() if check != "causes"}


def programs() -> list[Program]:
    """All programs of all exercises, in a fixed order."""
    paths = (path for path in CORPUS.glob("*/*") if path.suffix in PROGRAM_SUFFIXES)
    return [Program(path) for path in sorted(paths)]


def mismatches(program: Program, start_method: str, grade: Grade) -> list[str]:
    """What the grade says otherwise than the notes, a sentence each."""
    found = {check.id: check for check in grade.checks}
    verdicts = program.verdicts(start_method)
    wrong = [f"{name} is not among the checks" for name in verdicts.keys() - found.keys()]
    wrong += [f"{name} has no expected verdict" for name in found.keys() - verdicts.keys()]
    wrong += [
        f"{name} should be {verdict} but is {_told(found[name])}"
        for name, verdict in verdicts.items()
        if name in found and found[name].verdict != verdict
    ]
    wrong += [
        f"{name} should have the cause {cause} but is {_told(found[name])}"
        for name, cause in program.causes(start_method).items()
        if found[name].cause != cause
    ]
    wrong += [
        f"{name} should say {part!r} but is {_told(found[name])}"
        for name, part in program.headlines(start_method).items()
        if part not in found[name].headline
    ]
    if grade.status is not Status.GRADED:
        wrong.append(f"it is {grade.status}: {' '.join(grade.review_reasons)}")
    return wrong


def _told(check: CheckResult) -> str:
    cause = f" ({check.cause})" if check.cause else ""
    return f"{check.verdict}{cause}: {check.headline}"
