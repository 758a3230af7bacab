"""All commands put together, and what becomes of whatever they raise."""

from __future__ import annotations

from collections.abc import Sequence

import click

from grader.cli.adjust import adjust
from grader.cli.app import App
from grader.cli.batch import batch
from grader.cli.class_page import class_page
from grader.cli.compare import compare
from grader.cli.completion import completion
from grader.cli.doctor import doctor
from grader.cli.exercises import exercises
from grader.cli.explain import explain
from grader.cli.export import export
from grader.cli.failures import is_refusal, tell_crash, tell_error, tell_refusal, tell_usage
from grader.cli.grade_file import grade_file
from grader.cli.group import GradeGroup
from grader.cli.interrupting import Interrupted
from grader.cli.platform import platform
from grader.cli.render import render
from grader.cli.rescore import rescore
from grader.cli.screen import tell
from grader.cli.show import show
from grader.cli.start import start
from grader.errors import PargradeError

INTERRUPTED_EXIT = 130


def build() -> click.Group:
    """The whole command line."""
    commands = [
        exercises,
        show,
        start,
        explain,
        doctor,
        render,
        compare,
        batch,
        adjust,
        rescore,
        class_page,
        export,
        platform,
        completion,
    ]
    return GradeGroup(grade_file, commands)


def execute(arguments: Sequence[str], app: App) -> int:
    """Run one command line and return its exit code. Whatever goes wrong is told, never shown as a traceback.

    Raises:
        Interrupted: A signal asked the process to end; everything is cleaned up by then.
    """
    try:
        code = build().main(list(arguments), prog_name="grade", standalone_mode=False, obj=app)
    except Interrupted:
        tell("grade: interrupted")
        raise
    except click.Abort:  # a KeyboardInterrupt where the signals are not caught
        tell("grade: interrupted")
        return INTERRUPTED_EXIT
    except click.ClickException as error:
        return tell_usage(error)
    except PargradeError as error:
        return tell_error(error)
    except Exception as error:  # noqa: BLE001  the last resort: a traceback helps no student
        return tell_refusal(error) if is_refusal(error) else tell_crash(error)
    return code if isinstance(code, int) else 0
