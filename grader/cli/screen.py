"""The two streams: the standard output carries the result, the standard error everything else."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TextIO

from grader.errors import OutputNotWritable

if TYPE_CHECKING:
    from rich.console import Console

WIDEST_PROSE = 100


def is_fancy(stream: TextIO | None) -> bool:
    """Whether colour and movement are welcome: on a terminal that can, when ``NO_COLOR`` is not set."""
    if stream is None or os.environ.get("NO_COLOR") or os.environ.get("TERM") in ("dumb", "unknown"):
        return False
    return stream.isatty()


def console_on(stream: TextIO) -> Console:
    """A rich console that writes control codes only where they are welcome."""
    from rich.console import Console
    from rich.theme import Theme

    fancy = is_fancy(stream)
    return Console(
        file=stream,
        force_terminal=fancy,
        force_jupyter=False,
        color_system="auto" if fancy else None,
        no_color=not fancy,
        # The default puts code on a black ground, which hurts on a light terminal.
        theme=Theme({"markdown.code": "cyan", "markdown.code_block": "none"}),
    )


def tell(text: str, *, style: str = "") -> None:
    """Say something on the standard error. That nobody can hear it is no reason to stop."""
    import click

    with suppress(OSError):
        styled = click.style(text, fg=style) if style and is_fancy(sys.stderr) else text
        click.echo(styled, err=True, color=True)


@contextmanager
def standard_output() -> Iterator[TextIO]:
    """The standard output for the result, flushed at the end. A reader that has gone away is no failure.

    Raises:
        OutputNotWritable: It cannot take the result: the disk behind it is full.
    """
    stream = sys.stdout or io.StringIO()  # there is none after `>&-`
    try:
        yield stream
        stream.flush()
    except BrokenPipeError:
        _abandon(stream)
    except OSError as error:
        _abandon(stream)
        raise OutputNotWritable(f"The standard output cannot be written: {error.strerror}.") from error


def _abandon(stream: TextIO) -> None:
    """Let what is still buffered go nowhere, or the end of the interpreter would complain about it."""
    with suppress(OSError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def say(text: str) -> None:
    """Write lines of the result to the standard output."""
    with standard_output() as stream:
        stream.write(f"{text}\n")


def say_document(text: str) -> None:
    """Write a document to the standard output as it would be in a file: UTF-8, whatever the terminal speaks."""
    with standard_output() as stream:
        binary = getattr(stream, "buffer", None)
        if binary is None:
            stream.write(text)
        else:
            stream.flush()
            binary.write(text.encode())
            binary.flush()


def say_markdown(text: str) -> None:
    """Show Markdown: rendered on a terminal, as it stands in a pipe or file."""
    with standard_output() as stream:
        if not stream.isatty():
            stream.write(text)
            return
        from rich.markdown import Markdown

        console = console_on(stream)
        width = min(console.width, WIDEST_PROSE)
        console.print(Markdown(text, code_theme="ansi_light", hyperlinks=False), width=width)


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """A function that says what is being done now: in a moving line on a terminal, else line by line."""
    if not is_fancy(sys.stderr):
        yield lambda what: tell(f"grade: {what}")
        return
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    # Ten frames a second would take the processor from the program that is being timed.
    with Progress(*columns, console=console_on(sys.stderr), transient=True, refresh_per_second=5) as shown:
        task = shown.add_task("starting", total=None)
        yield lambda what: shown.update(task, description=what)
