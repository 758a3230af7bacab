"""The ``practice`` backend: for one's own code. It keeps limits and cleans up, it is no wall.

The program gets its own session and process group, private work and temp folders, resource limits, an
empty standard input and a small environment. It can still read and write what its user can, and use
the network; ``guarantees`` says so.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

from grader.errors import SandboxError
from grader.model.run import Guarantee, Guarantees, Limits, Observation, RunRequest
from grader.sandbox.processes import ProcessTable, process_table
from grader.sandbox.questions import Channel, channel_for
from grader.sandbox.supervisor import Supervisor, Watch, adopting_orphans
from grader.sandbox.uninterrupted import uninterrupted
from grader.sandbox.workfolder import WorkFolder, work_folder

MARK = "PARGRADE_RUN"


class PracticeSandbox:
    """Runs programs with limits and a clean end, without isolation."""

    name = "practice"

    def __init__(self, table: ProcessTable | None = None) -> None:
        self._table = table or process_table()

    def guarantees(self) -> Guarantees:
        """Limits and a clean end; no isolation of files, network or the grader."""
        return Guarantees(
            backend=self.name,
            given=(Guarantee.LIMITS,),
            gaps={
                Guarantee.FILES: "A program can read and change your files.",
                Guarantee.NETWORK: "A program can use the network.",
                Guarantee.GRADER_SAFETY: "A program can signal the grader.",
                Guarantee.KILL: "A program that hides on purpose can outlive its run.",
                Guarantee.PROCESS_TABLE: "Processes are polled: one that lives a few milliseconds can be missed.",
                Guarantee.PROCESS_LIMIT: "The number of processes is polled: a storm is stopped a moment late.",
            },
        )

    def run(self, request: RunRequest) -> Observation:
        """Run the program to its end or to a limit.

        Raises:
            SandboxError: It could not be started.
        """
        return uninterrupted(self._run, request)

    def _run(self, request: RunRequest, stop: threading.Event) -> Observation:
        with work_folder(request.files) as folder, adopting_orphans():
            mark = f"{MARK}={os.urandom(8).hex()}"
            read_end, write_end = os.pipe()
            started = time.monotonic()
            with contextlib.ExitStack() as cleanup:
                cleanup.callback(os.close, read_end)
                channel = cleanup.enter_context(channel_for(request))
                try:
                    process = self._start(request, folder, mark, write_end, channel, started)
                finally:
                    os.close(write_end)
                    if channel is not None:
                        channel.theirs.close()
                cleanup.callback(close_pipes, process)
                watch = Watch(process, read_end, folder.root, mark, request.limits, started, stop, channel=channel)
                return Supervisor(watch, self._table).watch()

    def _start(
        self,
        request: RunRequest,
        folder: WorkFolder,
        mark: str,
        claims_fd: int,
        channel: Channel | None,
        started: float,
    ) -> subprocess.Popen[bytes]:
        fds = descriptors(claims_fd, channel)
        config = {
            **request.config,
            **fds,
            "started": started,
            "rlimits": rlimits(request.limits),
            "cpu_count": request.cpu_count,
        }
        command = [*interpreter(request), str(request.entry), json.dumps(config)]
        try:
            return subprocess.Popen(
                command,
                cwd=folder.work,
                env=environment(folder.work, folder.temp, mark),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=tuple(fds.values()),
                start_new_session=True,
            )
        except OSError as error:
            raise SandboxError(f"The program could not be started: {error}") from error


def interpreter(request: RunRequest) -> list[str]:
    """The isolated interpreter: no user site, no ``PYTHON*`` variables, no current folder on the path."""
    options = ["-I", "-X", "utf8"]
    if not request.packages:
        options.append("-S")  # importing ``site`` is half of an interpreter's start
    if request.cpu_count is not None and sys.version_info >= (3, 13):
        options += ["-X", f"cpu_count={request.cpu_count}"]
    return [sys.executable, *options]


def descriptors(claims_fd: int, channel: Channel | None) -> dict[str, int]:
    """The private descriptors of a run, by their names in the configuration of the harness."""
    return {"claims_fd": claims_fd} | ({} if channel is None else {"questions_fd": channel.theirs.fileno()})


def environment(home: Path, temp: Path, mark: str) -> dict[str, str]:
    """All the program sees of an environment."""
    name, _, value = mark.partition("=")
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(home),
        "TMPDIR": str(temp),
        "LANG": "C.UTF-8",
        name: value,
    }


def rlimits(limits: Limits) -> dict[str, int]:
    """Limits that the program's own processes carry: back-stops behind what the supervisor watches."""
    values = {"CPU": math.ceil(limits.cpu_s) + 1, "FSIZE": limits.disk_bytes, "CORE": 0}
    if sys.platform == "linux":
        values["AS"] = max(4 << 30, 4 * limits.memory_bytes)
    return values


def close_pipes(process: subprocess.Popen[bytes]) -> None:
    """Close our ends of a process's output pipes."""
    for pipe in (process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()
