"""From a path to a Submission: the file is read and made sense of, never parsed as Python and never run."""

from __future__ import annotations

from pathlib import Path

from grader.errors import InputError
from grader.loading.modules import Neighbours
from grader.loading.reading import Stored, display_path, read_submission, safe_name
from grader.loading.text import Program, UnusableError, exercise_comment, too_large
from grader.model.submission import Fault, Submission, SubmissionKind

__all__ = ["load"]

_KINDS = {".py": SubmissionKind.SCRIPT, ".ipynb": SubmissionKind.NOTEBOOK}
_MAX_BYTES = {SubmissionKind.SCRIPT: 5_000_000, SubmissionKind.NOTEBOOK: 20_000_000}


def load(path: Path) -> Submission:
    """Read one script or notebook, with the modules beside it that it imports.

    A file that is there but cannot be run is a Submission with a ``fault``.

    Raises:
        SubmissionNotFound: Nothing readable is there, or it is not a file.
        InputError: Its name ends neither in ``.py`` nor in ``.ipynb``.
    """
    stored = read_submission(path, max_bytes=max(_MAX_BYTES.values()))
    kind = _kind(path)
    try:
        program = _read_program(stored, kind)
    except UnusableError as unusable:
        return _faulty(path, kind, stored, unusable.fault)
    bare = Submission(
        name=safe_name(path.name),
        kind=kind,
        sha256=stored.sha256,
        program=program.program,
        source=program.source,
        origin=program.origin,
        exercise_hint=program.exercise_hint,
    )
    return _with_neighbours(bare, program, path)


def _kind(path: Path) -> SubmissionKind:
    kind = _KINDS.get(path.suffix.lower())
    if kind is None:
        stem = Path(path.stem)
        advice = (
            f"Rename it to {safe_name(stem.name)}."
            if stem.suffix.lower() in _KINDS
            else "Give the file with your program; if this is it, let its name end in .py."
        )
        raise InputError(
            f"{display_path(path)} is neither a Python script (.py) nor a Jupyter notebook (.ipynb).", advice
        )
    return kind


def _read_program(stored: Stored, kind: SubmissionKind) -> Program:
    limit = _MAX_BYTES[kind]
    if stored.data is None or len(stored.data) > limit:
        raise UnusableError(too_large(stored.size, limit, kind))
    if kind is SubmissionKind.NOTEBOOK:
        from grader.loading.notebook import read_notebook

        return read_notebook(stored.data)
    from grader.loading.script import read_script

    return read_script(stored.data)


def _faulty(path: Path, kind: SubmissionKind, stored: Stored, fault: Fault) -> Submission:
    hint = None
    if stored.data is not None and kind is SubmissionKind.SCRIPT:
        hint = exercise_comment(stored.data.decode("latin-1"))
    return Submission(name=safe_name(path.name), kind=kind, sha256=stored.sha256, exercise_hint=hint, fault=fault)


def _with_neighbours(bare: Submission, program: Program, path: Path) -> Submission:
    neighbours = Neighbours(path.parent, own_names=(path.name, bare.script_name))
    written, refused = _usable_files(program, bare.script_name)
    found = neighbours.imported_by(bare.source, written)
    return Submission(
        name=bare.name,
        kind=bare.kind,
        sha256=bare.sha256,
        program=bare.program,
        source=bare.source,
        files={**found.files, **written},
        siblings=neighbours.python_files(),
        origin=bare.origin,
        notes=(*program.notes, *refused, *found.notes),
        exercise_hint=bare.exercise_hint,
    )


def _usable_files(program: Program, script_name: str) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """The files that cells write, without one that would overwrite the program itself."""
    written = {name: data for name, data in program.files.items() if name.split("/")[0].lower() != script_name.lower()}
    notes = tuple(
        f"The file `{name}` that a cell writes was left out: the notebook itself is run under the name "
        f"`{safe_name(script_name)}`."
        for name in program.files
        if name not in written
    )
    return written, notes
