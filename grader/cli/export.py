"""``grade export TARGET --from DIR``: marks into the file that the learning platform takes, and who got none."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from grader.cli.options import exercise_id, gradebook_url
from grader.cli.screen import tell

if TYPE_CHECKING:
    from grader.export.job import Export, Job, LeftOut

TOKEN = "CANVAS_TOKEN"  # noqa: S105  the name of the variable
MAX_SHEET_BYTES = 1 << 30
IN_FILES = {"moodle-feedback": "feedback.zip", "nbgrader": "feedback"}
"""Targets whose result is more than one file, with an example of what to call it."""
OF_ALL = ("csv", "json")
"""Targets that take the marks of several exercises."""
NO_PLACE_EXIT, OPEN_EXIT = 1, 3


def _complete_targets(_: click.Context, __: click.Parameter, incomplete: str) -> list[str]:
    from grader.export import targets

    return [name for name in targets().names() if name.startswith(incomplete)]


@click.command("export", short_help="Carry the marks of a class into a learning platform.")
@click.argument("target", shell_complete=_complete_targets)
@click.option(
    "--from",
    "folder",
    metavar="DIR",
    required=True,
    type=click.Path(readable=False, path_type=Path),
    help="The output folder of grade batch.",
)
@click.option(
    "--into",
    metavar="FILE",
    type=click.Path(readable=False, path_type=Path),
    help="The file downloaded from the platform. Without --output it is changed in place.",
)
@click.option(
    "--output", metavar="PATH", type=click.Path(readable=False), help="Write the result here and leave FILE as it is."
)
@exercise_id
@click.option("--grade-column", metavar="NAME", help="The column that takes the grade, by its title or number.")
@click.option("--comment-column", metavar="NAME", help="The column that takes the comment, for Moodle.")
@click.option("--scale", is_flag=True, help="Convert the points where the platform has another maximum.")
@click.option("--by-name", is_flag=True, help="Find students also by their full name, where nobody else has it.")
@click.option(
    "--canvas-comments",
    metavar="URL",
    help=f"Tell for whom a comment would be sent to this assignment in Canvas; the token is in {TOKEN}.",
)
@click.option("--send", is_flag=True, help="Really send the comments.")
@gradebook_url
def export(
    target: str,
    folder: Path,
    into: Path | None,
    output: str | None,
    exercise: str | None,
    grade_column: str | None,
    comment_column: str | None,
    scale: bool,
    by_name: bool,
    canvas_comments: str | None,
    send: bool,
    gradebook: str | None,
) -> int:
    """Carry the marks in DIR into what TARGET takes.

    TARGET is canvas, moodle, moodle-feedback, brightspace, blackboard, sakai, nbgrader, csv or json. A student whose
    grade a person has to look at, or who has none, gets no number; the standard error says who, and why.

    Exit codes: 0 everyone who handed something in has a number there, 1 some number found no place, 2 wrong usage or
    file, 3 there is no number yet for somebody.
    """
    from grader.batch.exercise import chosen_exercise
    from grader.batch.exporting import feedback_from, marks_in
    from grader.cli.opening import opened
    from grader.export import targets
    from grader.export.job import Job

    made = targets().get(target)
    _refuse(target, into, output, canvas_comments, send)
    book = opened(folder, gradebook)
    try:
        chosen = exercise if target in OF_ALL else chosen_exercise(book, folder, exercise)
        job = Job(
            marks=marks_in(book, chosen),
            sheet=_read(into) if into is not None else None,
            sheet_name=str(into or ""),
            feedback=feedback_from(book, folder),
            grade_column=grade_column,
            comment_column=comment_column,
            scale=scale,
            by_name=by_name,
        )
        names = {mark.student: mark.name for mark in job.marks}
        left_out: list[LeftOut] = []
        if canvas_comments is not None:
            sent = _send(job, canvas_comments, send)
            _tell_export(sent, _sent(send), names)
            left_out += sent.left_out
        if canvas_comments is None or into is not None:
            result = made(job)
            if result.zipped and output is None:
                raise click.UsageError(
                    "The zip with the marks holds no submissions: say where it shall go with --output."
                )
            where = _deliver(result, output or (str(into) if into is not None else None))
            _tell_export(result, f"written to {where}", names)
            left_out += result.left_out
    finally:
        book.close()
    kinds = {each.kind for each in left_out}
    return OPEN_EXIT if "unsettled" in kinds else NO_PLACE_EXIT if "unplaced" in kinds else 0


def _refuse(target: str, into: Path | None, output: str | None, canvas_comments: str | None, send: bool) -> None:
    if target in IN_FILES and output is None:
        raise click.UsageError(f"Say where the files shall go, for example: --output {IN_FILES[target]}")
    if canvas_comments is not None and target != "canvas":
        raise click.UsageError("--canvas-comments belongs to the target canvas.")
    if send and canvas_comments is None:
        raise click.UsageError("--send needs to know where to: --canvas-comments URL")
    if into is not None and target in (*OF_ALL, "nbgrader"):
        raise click.UsageError(f"{target} makes a file of its own and edits none: use --output in place of --into.")


def _read(path: Path) -> bytes:
    from grader.errors import UnfitSheet, reason_of

    try:
        if path.stat().st_size > MAX_SHEET_BYTES:
            raise UnfitSheet(f"{str(path)!r} is larger than any gradebook.", "Name the downloaded file.")
        return path.read_bytes()
    except (OSError, ValueError) as error:
        reason = reason_of(error)
        raise UnfitSheet(f"{str(path)!r} cannot be read: {reason}.", "Name the downloaded file.") from error


def _send(job: Job, address: str, send: bool) -> Export:
    from grader.errors import CanvasRefused
    from grader.export.canvas_api import assignment_at, send_comments

    token = os.environ.get(TOKEN, "")
    if send and not token.strip():
        raise CanvasRefused(
            f"There is no access token for Canvas in the environment variable {TOKEN}.",
            "Make one in Canvas: Account, Settings, New Access Token.",
        )
    return send_comments(job, assignment_at(address), token.strip(), dry=not send)


def _sent(send: bool) -> str:
    return (
        "sent to Canvas as comments" if send else "ready to be sent to Canvas as comments; nothing was sent: use --send"
    )


def _deliver(result: Export, place: str | None) -> str:
    """Put the result where it belongs; what to call the place."""
    from grader.cli.destinations import destination

    if result.content is not None and place in (None, "-"):
        from grader.cli.screen import say_document

        say_document(result.content.decode())
        return "the standard output"
    if place in (None, "-"):
        raise click.UsageError("This result is no text: say where it shall go with --output.")
    if result.content is not None:
        destination(str(place)).write_bytes(result.content)
    elif result.zipped:
        destination(str(place)).write_bytes(_zip(result.files))
    else:
        _write_tree(Path(str(place)), result.files)
    return str(place)


def _zip(files: Mapping[str, Callable[[], bytes]]) -> bytes:
    import io
    import zipfile

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))  # the same marks make the same zip
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, content())
    return buffer.getvalue()


def _write_tree(root: Path, files: Mapping[str, Callable[[], bytes]]) -> None:
    from grader.cli.destinations import destination
    from grader.errors import OutputNotWritable

    for name, content in files.items():
        path = root / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputNotWritable(f"{str(path.parent)!r} cannot be made: {error.strerror}.") from error
        destination(str(path)).write_bytes(content())


def _tell_export(result: Export, what: str, names: Mapping[str, str]) -> None:
    """Say how many there are, and who got no number and why."""
    from grader.batch.records import called
    from grader.report.quantity import counted
    from grader.report.visible import inline

    def who(left: LeftOut) -> str:
        return inline(called(left.student, names.get(left.student, "")))

    tell(f"grade: {counted(len(result.written), 'mark')} {inline(what)}")
    waiting = [each for each in result.left_out if each.kind != "missing"]
    missing = [each for each in result.left_out if each.kind == "missing"]
    if waiting:
        tell(f"grade: {counted(len(waiting), 'student')} got no number:", style="yellow")
        for each in waiting:
            tell(f"  {who(each)}: {inline(each.why)}")
    if missing:
        listed = ", ".join(map(who, missing))
        tell(f"grade: {counted(len(missing), 'student')} handed nothing in: {listed}")
    if result.strangers:
        listed = ", ".join(inline(label) for label in result.strangers)
        belong = "belongs" if len(result.strangers) == 1 else "belong"
        tell(f"grade: {counted(len(result.strangers), 'row')} of the file {belong} to nobody here: {listed}")
    for note in result.notes:
        tell(f"grade: {inline(note)}")
