"""The ``jail`` backend: bubblewrap's namespaces around the launcher. The strongest walls, where they can be had.

Inside there is no other process, no network and no file but the interpreter, its packages and the run's own
folders, at the same paths as outside. Bubblewrap is started with an empty environment and its arguments over a
descriptor, for it stays visible inside as process 1. As root, each run gets a user of its own besides.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import threading
from collections.abc import Iterable
from pathlib import Path

from grader.errors import SandboxError
from grader.model.run import Guarantee, Guarantees, Observation, RunRequest
from grader.sandbox.filter import Guards
from grader.sandbox.grants import Grants
from grader.sandbox.uninterrupted import uninterrupted
from grader.sandbox.users import FreshUsers, give_tree
from grader.sandbox.walled import Place, Setting, Walls, place_for, run_walled

NAMESPACES = ("--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts", "--unshare-cgroup-try")
FOR_USERS = ("--unshare-user", "--disable-userns")
FOR_ROOT = ("--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID")  # the launcher's, until it becomes another user
PROGRAM = "bwrap"
_OF_THE_KERNEL = ("dev", "proc", "sys")


class JailSandbox:
    """Runs programs in namespaces of their own, behind Landlock and seccomp."""

    name = "jail"

    def __init__(self, users: FreshUsers | None = None, setting: Setting | None = None) -> None:
        self._users = users or FreshUsers()
        self._setting = setting or Setting()

    def guarantees(self) -> Guarantees:
        """All of them."""
        return Guarantees(backend=self.name, given=tuple(Guarantee), gaps={})

    def run(self, request: RunRequest) -> Observation:
        """Run the program to its end or to a limit.

        Raises:
            SandboxError: The walls could not be built; nothing of the program was run.
        """
        return uninterrupted(self._run, request)

    def _run(self, request: RunRequest, stop: threading.Event) -> Observation:
        program = shutil.which(PROGRAM)
        if program is None:
            raise SandboxError("The sandbox 'jail' needs bubblewrap (the program bwrap), which is not installed.")
        with contextlib.ExitStack() as cleanup:
            uid = cleanup.enter_context(self._users.one()) if os.geteuid() == 0 else None
            place = cleanup.enter_context(place_for(request))
            if uid is not None:
                give_tree(place.folder.work, uid)
                give_tree(place.folder.temp, uid)
            arguments = self._arguments(place, request.limits.disk_bytes)
            fd = _descriptor_with(b"".join(os.fsencode(argument) + b"\0" for argument in arguments))
            cleanup.callback(os.close, fd)
            walls = Walls(
                Guards(connect=False),
                uid=uid,
                own_users=True,
                keeper=(program, "--args", str(fd), "--"),
                keeper_fds=(fd,),
            )
            return run_walled(request, stop, place, walls, self._setting)

    def _arguments(self, place: Place, disk_bytes: int) -> list[str]:
        folder = place.folder
        return [
            *NAMESPACES,
            *("--die-with-parent", "--new-session", "--cap-drop", "ALL"),
            *(FOR_ROOT if os.geteuid() == 0 else FOR_USERS),
            *_files(self._setting.grants),
            *("--proc", "/proc", "--dev", "/dev"),
            *("--perms", "1777", "--size", str(disk_bytes), "--tmpfs", "/dev/shm"),  # noqa: S108
            *_parents(folder.work),
            *("--bind", str(folder.work), str(folder.work), "--bind", str(folder.temp), str(folder.temp)),
            *("--ro-bind", str(place.entry.parent), str(place.entry.parent)),
            *("--chdir", str(folder.work)),
        ]


def _descriptor_with(content: bytes) -> int:
    """A descriptor from which this can be read."""
    fd = os.memfd_create("arguments")
    os.write(fd, content)
    os.lseek(fd, 0, os.SEEK_SET)
    return fd


def _files(grants: Grants) -> Iterable[str]:
    """Arguments that lay the interpreter out at its own paths, and cover what is hidden."""
    real = Path(sys.executable).resolve()
    sources = {root: root for root in grants.roots if root.parts[1] not in _OF_THE_KERNEL}
    sources |= {real: real, Path(sys.executable): real}
    bound: list[Path] = []
    for path in sorted(sources):
        if any(other in path.parents for other in bound):
            continue
        yield from _parents(path)
        if path.is_symlink() and path != Path(sys.executable):
            yield from ("--symlink", os.readlink(path), str(path))  # noqa: PTH115
        else:
            bound.append(path)
            yield from ("--ro-bind", str(sources[path]), str(path))
    for path in grants.hidden:
        if path.is_dir() and any(root.resolve() in path.parents for root in bound):
            yield from ("--tmpfs", str(path), "--remount-ro", str(path))


def _parents(path: Path) -> Iterable[str]:
    """Make the folders above a path so that the run's own user may pass; by themselves they would be root's only."""
    for parent in reversed(path.parents[:-1]):
        yield from ("--perms", "0755", "--dir", str(parent))
