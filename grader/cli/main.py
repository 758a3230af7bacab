"""The entry point of ``grade``.

Only light modules are imported here: from the first moment on, Ctrl-C ends without a traceback.
"""

from __future__ import annotations

import io
import os
import sys
from typing import NoReturn

from grader.cli.interrupting import Interrupted, catch_signals, ignore_signals


def run() -> NoReturn:
    """Run the command line with the arguments of this process, and exit with its code."""
    catch_signals()
    _prepare_streams()
    try:
        code = _execute()
    except Interrupted as interrupted:
        code = interrupted.exit_code
    ignore_signals()
    sys.exit(code)


def _prepare_streams() -> None:
    """Let any text be printed, and let no file that is opened later become one of the three streams."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:  # closed, as after `>&-`; the lowest free number is the one that open takes
            os.open(os.devnull, os.O_RDWR)


def _execute() -> int:
    from grader.cli.app import App
    from grader.cli.commands import execute

    return execute(sys.argv[1:], App())
