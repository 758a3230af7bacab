"""Chooses the best sandbox that holds on this machine, by attacking each in turn."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from grader.errors import SandboxError
from grader.model.run import Sandbox
from grader.sandbox.practice import PracticeSandbox
from grader.sandbox.probe import attack


@dataclass(frozen=True)
class Choice:
    """The sandbox that was chosen, and why none of the better ones was."""

    sandbox: Sandbox
    passed_over: Mapping[str, tuple[str, ...]]


def walled_backends() -> dict[str, tuple[Callable[[], Sandbox], ...]]:
    """The backends with walls, the best first, each with the variants to try in turn. None but on Linux."""
    if sys.platform != "linux":
        return {}
    from grader.sandbox.jail import JailSandbox
    from grader.sandbox.landlock import LandlockSandbox
    from grader.sandbox.uid import UidSandbox

    as_root = os.geteuid() == 0
    return {
        JailSandbox.name: (JailSandbox,),
        UidSandbox.name: (UidSandbox, lambda: UidSandbox(guard_connect=False)) if as_root else (UidSandbox,),
        LandlockSandbox.name: (LandlockSandbox,),
    }


@cache
def holding(name: str) -> tuple[Sandbox | None, tuple[str, ...]]:
    """The walled backend with this name in the first variant that holds, or what was wrong with them.

    Tried once in a process: it takes a good tenth of a second.
    """
    faults: list[str] = []
    for make in walled_backends()[name]:
        sandbox = make()
        trial = attack(sandbox)
        if trial.holds:
            return sandbox, ()
        faults += trial.faults
    return None, tuple(dict.fromkeys(faults))


def best_sandbox() -> Choice:
    """The best that holds here; ``practice`` where none does."""
    passed_over: dict[str, tuple[str, ...]] = {}
    for name in walled_backends():
        sandbox, faults = holding(name)
        if sandbox is not None:
            return Choice(sandbox, passed_over)
        passed_over[name] = faults
    return Choice(PracticeSandbox(), passed_over)


def demanded_sandbox(name: str) -> Sandbox:
    """The walled backend with this name.

    Raises:
        SandboxError: It does not hold here; the message says why.
    """
    sandbox, faults = holding(name)
    if sandbox is None:
        raise SandboxError(
            f"The sandbox {name!r} does not work here.\n" + "\n".join(f"  - {fault}" for fault in faults),
            "Leave out --sandbox to take the best one that does.",
        )
    return sandbox
