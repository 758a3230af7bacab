"""The ``uid`` backend: for root where no namespaces can be made, as in most containers.

Each run gets a user that nobody else is, so the kernel's oldest walls keep it from all files, processes and
shared memory of others; Landlock and seccomp stand in front of them.
"""

from __future__ import annotations

import os
import threading

from grader.errors import SandboxError
from grader.model.run import Guarantee, Guarantees, Observation, RunRequest
from grader.sandbox.filter import Guards
from grader.sandbox.landlock import LEAST_ABI
from grader.sandbox.shared_memory import shared_bytes
from grader.sandbox.uninterrupted import uninterrupted
from grader.sandbox.users import FreshUsers, give_tree
from grader.sandbox.walled import Setting, Walls, place_for, run_walled


class UidSandbox:
    """Runs each program as a user of its own. ``guard_connect=False`` leaves sockets by path alone."""

    name = "uid"

    def __init__(
        self, guard_connect: bool = True, users: FreshUsers | None = None, setting: Setting | None = None
    ) -> None:
        self._guard_connect = guard_connect
        self._users = users or FreshUsers()
        self._setting = setting or Setting()

    def guarantees(self) -> Guarantees:
        """All of them; without the guard, sockets that everyone may use stay open."""
        gaps = {}
        if not self._guard_connect:
            gaps[Guarantee.NETWORK] = (
                "Local sockets that every user of this machine may connect to can be reached; "
                "a container usually has none."
            )
        return Guarantees(backend=self.name, given=tuple(Guarantee), gaps=gaps)

    def run(self, request: RunRequest) -> Observation:
        """Run the program to its end or to a limit.

        Raises:
            SandboxError: The walls could not be built; nothing of the program was run.
        """
        return uninterrupted(self._run, request)

    def _run(self, request: RunRequest, stop: threading.Event) -> Observation:
        if os.geteuid() != 0:
            raise SandboxError("The sandbox 'uid' needs root: only root can give a run a user of its own.")
        with self._users.one() as uid, place_for(request) as place:
            place.folder.root.chmod(0o711)
            for folder in (place.folder.work, place.folder.temp):
                folder.chmod(0o700)  # what is in it is for no other user of the machine
                give_tree(folder, uid)
            walls = Walls(
                Guards(connect=self._guard_connect),
                uid=uid,
                own_users=True,
                least_abi=LEAST_ABI,
                shared_bytes=lambda: shared_bytes(uid, {}),
            )
            return run_walled(request, stop, place, walls, self._setting)
