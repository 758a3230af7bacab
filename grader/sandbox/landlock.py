"""The ``landlock`` backend: walls for an ordinary user, made of the kernel's own means and nothing installed.

Files by Landlock, calls by seccomp, forks and connections answered one by one. The program has the user of the
grader: what neither of the three covers between processes of one user is told among the gaps.
"""

from __future__ import annotations

import ctypes
import os
import threading

from grader.errors import SandboxError
from grader.model.run import Guarantee, Guarantees, Observation, RunRequest
from grader.sandbox.filter import Guards
from grader.sandbox.shared_memory import shared_bytes, swept_shared_memory
from grader.sandbox.uninterrupted import uninterrupted
from grader.sandbox.walled import Setting, Walls, place_for, run_walled

SIGNALS_SINCE = 6
"""The first version of Landlock that keeps signals inside."""
LEAST_ABI = 3
"""Before it, a file outside could be cut short."""


class LandlockSandbox:
    """Runs programs as the same user, behind Landlock and seccomp.

    ``most_abi`` makes it behave as on a kernel that knows Landlock only up to this version.
    """

    name = "landlock"

    def __init__(self, most_abi: int | None = None, setting: Setting | None = None) -> None:
        self._most_abi = most_abi
        self._setting = setting or Setting()

    def guarantees(self) -> Guarantees:
        """All of them; sharing the user leaves the gap that is told."""
        return Guarantees(
            backend=self.name,
            given=tuple(Guarantee),
            gaps={
                Guarantee.FILES: "Shared memory by name (/dev/shm) of other programs of the same user can be reached.",
            },
        )

    def run(self, request: RunRequest) -> Observation:
        """Run the program to its end or to a limit.

        Raises:
            SandboxError: The walls could not be built; nothing of the program was run.
        """
        return uninterrupted(self._run, request)

    def _run(self, request: RunRequest, stop: threading.Event) -> Observation:
        if os.geteuid() == 0:
            raise SandboxError("The sandbox 'landlock' is for ordinary users; root has 'jail' and 'uid'.")
        abi = min(kernel_abi(), self._most_abi or kernel_abi())
        with swept_shared_memory() as before, place_for(request) as place:
            walls = Walls(
                Guards(connect=True, kill=abi < SIGNALS_SINCE),
                least_abi=LEAST_ABI,
                most_abi=self._most_abi,
                shared_bytes=lambda: shared_bytes(os.geteuid(), before),
            )
            return run_walled(request, stop, place, walls, self._setting)


def kernel_abi() -> int:
    """The version of Landlock in this kernel, or a negative number."""
    return int(ctypes.CDLL(None).syscall(ctypes.c_long(444), None, ctypes.c_long(0), ctypes.c_long(1)))
