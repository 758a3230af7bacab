"""Learning platforms and CI services that run the grader: one small module for each.

A module says where its host lays out what was handed in, and what the host reads back; see
:mod:`grader.platforms.seam`. It uses the public interface only: ``grader.grade``, the Grade, and the reports.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from grader.platforms.seam import Platform
from grader.registry import Registry

_OURS = (
    *("gradescope", "prairielearn", "vpl", "coderunner", "github", "classroom50"),
    *("codio", "coursera", "codegrade", "submitty", "xqueue"),
)
"""Names of modules here, each with the Platform in ``PLATFORM``."""


def _in_module(name: str) -> Callable[[], Platform]:
    def load() -> Platform:
        found: Platform = import_module(f"grader.platforms.{name.replace('-', '_')}").PLATFORM
        return found

    return load


def platforms() -> Registry[Callable[[], Platform]]:
    """Functions that return a Platform, by its name; others add theirs under the group ``pargrade.platforms``."""
    return Registry("platform", "pargrade.platforms", {name: _in_module(name) for name in _OURS})
