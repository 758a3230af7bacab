"""Tries a sandbox on this machine: starts a program in it that attacks it, and looks at what held.

Version numbers and installed files say little about what a kernel, a container or a security module lets
through; an attack that failed says it.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grader.errors import SandboxError
from grader.model.run import Ended, Limits, Observation, RunRequest, Sandbox

ATTACKER = Path(__file__).with_name("attacker.py")
_PROCESSES = 4
_LIMITS = Limits(wall_s=20.0, cpu_s=20.0, processes=_PROCESSES)
_WALLS = ("files", "network", "grader-safety")


@dataclass(frozen=True)
class Trial:
    """What came out: no fault means that all walls held and that pools work."""

    faults: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether the sandbox can be used here."""
        return not self.faults


def attack(sandbox: Sandbox) -> Trial:
    """Attack the sandbox from inside."""
    try:
        with _targets() as targets:
            request = RunRequest("probe", ATTACKER, {**targets, "forks": 3 * _PROCESSES}, {}, _LIMITS)
            return Trial(tuple(_faults(sandbox.run(request))))
    except SandboxError as error:
        return Trial((error.message,))
    except OSError as error:  # such as an interpreter in a folder that this user may not look into
        return Trial((f"What the sandbox needs cannot be laid out here: {error}.",))


@contextmanager
def _targets() -> Iterator[dict[str, Any]]:
    """A file that everyone may read in a folder that everyone may write, and two listeners."""
    name = f"pargrade-{secrets.token_hex(8)}"
    with (
        tempfile.TemporaryDirectory(prefix="pargrade-probe-") as folder,
        socket.create_server(("127.0.0.1", 0)) as network,
        socket.socket(socket.AF_UNIX) as local,
    ):
        canary = Path(folder) / "canary"
        canary.write_text("canary", "utf-8")
        canary.chmod(0o644)
        canary.parent.chmod(0o777)
        local.bind("\0" + name)
        local.listen(1)
        yield {
            "canary": str(canary),
            "port": network.getsockname()[1],
            "abstract": name,
            "grader": os.getpid(),
        }


def _faults(seen: Observation) -> Iterator[str]:
    found = _told(seen)
    if found is None:
        said = seen.stderr[-300:].decode("utf-8", "replace")
        yield f"The trial program could not tell its result ({seen.ended}, {said!r})."
        return
    for wall in _WALLS:
        if found.get(wall, "not told") is not None:
            yield f"{wall}: an attack {found.get(wall, 'was not told')}."
    if found.get("pool", "not told") is not None:
        yield f"A pool of processes would not work: {found.get('pool')}."
    if seen.ended is not Ended.TOO_MANY_PROCESSES or len(seen.processes) > _PROCESSES + 1:
        yield f"The number of processes is not limited ({seen.ended}, {len(seen.processes)} seen)."


def _told(seen: Observation) -> dict[str, Any] | None:
    """What the attacker told: it is our own program, and this is no student's answer."""
    try:
        return dict(json.loads(seen.claims[0]))
    except (IndexError, ValueError, TypeError):
        return None
