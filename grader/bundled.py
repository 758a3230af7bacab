"""Where the exercises, templates and exact versions are: inside the installed wheel, or in the checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def bundled(name: str) -> Path:
    """The folder or file with this name, such as ``exercises`` or ``reports/templates``.

    A wheel carries it under ``grader/_bundled``; in a checkout, also an editable install, it is the
    folder at the top.
    """
    installed = _PACKAGE / "_bundled" / name
    return installed if installed.exists() else _PACKAGE.parent / name
