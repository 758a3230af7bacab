"""What all backends with walls share: a launcher that builds them, a witness that answers for the run.

The program is started through ``launcher.py``, which builds the walls around itself, hands the listener of its
filter to this process, and only then becomes the program. What differs between the backends are the ``Walls``.
"""

from __future__ import annotations

import array
import contextlib
import importlib.util
import json
import os
import platform
import shutil
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

from grader.errors import SandboxError
from grader.model.run import Limits, Observation, RunRequest
from grader.sandbox.connecting import ConnectGuard
from grader.sandbox.filter import Guards, build_filter
from grader.sandbox.grants import Grants, grants_for_interpreter
from grader.sandbox.marks import MarkedProcesses, new_mark, write_mark
from grader.sandbox.practice import MARK, close_pipes, descriptors, environment, interpreter, rlimits
from grader.sandbox.processes import ProcessTable, descendants, status_fields
from grader.sandbox.questions import channel_for
from grader.sandbox.supervisor import THREADS_PER_PROCESS, Abandoned, Jail, Supervisor, Watch, adopting_orphans
from grader.sandbox.syscalls import Machine, machine_named
from grader.sandbox.wire import WireRecorder
from grader.sandbox.witness import Rules, Witness
from grader.sandbox.workfolder import WorkFolder, work_folder

LAUNCHER = Path(__file__).with_name("launcher.py")
LAUNCH_S = 20.0
"""What the launcher gets to build the walls: a hundred times of what it takes."""
OPEN_FILES = 1024
NEWEST_ABI = 9
"""The newest version of Landlock whose rights the launcher knows by name."""
_MESSAGE_BYTES = 32 << 10
_WRITABLE = ("/dev/shm", "/dev/null", "/dev/zero", "/dev/full")  # noqa: S108
_POLL_S = 0.05


@dataclass(frozen=True)
class Walls:
    """What one run of one backend is surrounded with."""

    guards: Guards
    uid: int | None = None
    """The user to become, or None to stay."""
    own_users: bool = False
    """Whether the limit of a user's processes counts those of the run only."""
    keeper: tuple[str, ...] = ()
    """The program that keeps a namespace around the launcher, with its arguments."""
    keeper_fds: tuple[int, ...] = ()
    least_abi: int = 1
    most_abi: int | None = None
    shared_bytes: Callable[[], int] | None = None
    """What the run has in shared memory; None where its folder is the run's own and limited."""


@dataclass(frozen=True)
class Place:
    """Where a run happens: its folders, and the copies of the trusted programs that it may read."""

    folder: WorkFolder
    entry: Path
    launcher: Path


@dataclass
class Launched:
    """A started program whose walls stand."""

    process: subprocess.Popen[bytes]
    listener: int
    main_pid: int
    cleanup: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)


class Setting:
    """What is the same for all runs on this machine; looked up once."""

    @cached_property
    def machine(self) -> Machine:
        """The system calls of this processor."""
        return machine_named(platform.machine())

    @cached_property
    def grants(self) -> Grants:
        """What a program may read and execute."""
        return grants_for_interpreter()

    @cached_property
    def table(self) -> ProcessTable:
        """The process table."""
        return MarkedProcesses()


@contextlib.contextmanager
def place_for(request: RunRequest) -> Iterator[Place]:
    """The folders of a run, with copies of the trusted programs: the grader's own folder stays unreadable."""
    with work_folder(request.files) as made:
        root = made.root.resolve()
        folder = WorkFolder(root, root / "work", root / "temp")
        trusted = root / "trusted"
        trusted.mkdir()
        for source in (request.entry, *request.entry.parent.glob("pargrade_*.py"), LAUNCHER):
            _copy_module(source, trusted)
        yield Place(folder, trusted / request.entry.name, trusted / LAUNCHER.name)


def _copy_module(source: Path, folder: Path) -> None:
    """Copy a module with its compiled form, which is valid as long as the times of both agree."""
    try:
        shutil.copy2(source, folder)
        compiled = Path(importlib.util.cache_from_source(str(source)))
        if compiled.exists():
            (folder / compiled.parent.name).mkdir(exist_ok=True)
            shutil.copy2(compiled, folder / compiled.parent.name)
    except OSError as error:
        raise SandboxError(f"{source.name} cannot be laid into the run's folder: {error}") from error


def run_walled(request: RunRequest, stop: threading.Event, place: Place, walls: Walls, setting: Setting) -> Observation:
    """Run a program inside these walls to its end or to a limit.

    Raises:
        SandboxError: The walls do not stand; nothing of the program was run.
    """
    mark = new_mark()
    write_mark(place.folder.root, mark)
    started = time.monotonic()
    with contextlib.ExitStack() as cleanup:
        cleanup.enter_context(adopting_orphans())
        read_end, write_end = os.pipe()
        cleanup.callback(os.close, read_end)
        channel = cleanup.enter_context(channel_for(request))
        launch = _Launch(request, place, walls, setting, mark, stop)
        try:
            launched = launch.start(descriptors(write_end, channel), started)
        finally:
            os.close(write_end)
            if channel is not None:
                channel.theirs.close()
        cleanup.callback(close_pipes, launched.process)
        cleanup.callback(_end, launched.process, 0)  # where what follows fails; the supervisor leaves nothing to end
        jail = _jail_of(launched, walls, cleanup)
        rules = _rules(request, place, walls, setting, launched, mark)
        witness = cleanup.enter_context(Witness(launched.listener, rules))
        launch.let_go()
        watch = Watch(
            launched.process,
            read_end,
            place.folder.root,
            str(mark),
            request.limits,
            started,
            stop,
            witness,
            jail,
            channel,
            rules.wire,
            walls.shared_bytes,
        )
        return Supervisor(watch, setting.table).watch()


class _Launch:
    """The conversation with the launcher, from its start until it has become the program."""

    def __init__(
        self, request: RunRequest, place: Place, walls: Walls, setting: Setting, mark: int, stop: threading.Event
    ) -> None:
        self._request = request
        self._place = place
        self._walls = walls
        self._setting = setting
        self._mark = mark
        self._stop = stop
        self._process: subprocess.Popen[bytes] | None = None
        self._deadline = time.monotonic() + LAUNCH_S
        self._ours, self._theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._ours.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self._ours.settimeout(_POLL_S)

    def start(self, fds: dict[str, int], started: float) -> Launched:
        """Start the launcher, tell it what to build, and take the listener of the filter from it."""
        place, walls = self._place, self._walls
        command = [*walls.keeper, sys.executable, "-I", "-S", str(place.launcher), str(self._theirs.fileno())]
        try:
            self._process = subprocess.Popen(
                command,
                cwd=place.folder.root,
                env={},  # the keeper of a jail stays visible inside, with its environment
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=(*fds.values(), self._theirs.fileno(), *walls.keeper_fds),
                start_new_session=True,
            )
        except OSError as error:
            self._ours.close()
            self._theirs.close()
            raise SandboxError(f"The program could not be started: {error}") from error
        self._theirs.close()
        try:
            self._tell(self._config(fds, started))
            listener, main_pid = self._take_listener()
        except BaseException:
            self._ours.close()
            _end(self._process)
            close_pipes(self._process)
            raise
        return Launched(self._process, listener, main_pid)

    def let_go(self) -> None:
        """Let the launcher become the program, and see that it does."""
        with self._ours:
            try:
                self._ours.send(b"k")
                answer, _ = self._receive()
            except (BrokenPipeError, ConnectionResetError):
                answer = b"E"
        if answer:
            raise SandboxError(self._reason())

    def _config(self, fds: dict[str, int], started: float) -> dict[str, list[str]]:
        request, place, walls = self._request, self._place, self._walls
        config = {
            **request.config,
            **fds,
            "started": started,
            "rlimits": rlimits(request.limits),
            "cpu_count": request.cpu_count,
        }
        folder = place.folder
        variables = environment(folder.work, folder.temp, f"{MARK}={self._mark:x}")
        return {
            "command": [*interpreter(request), str(place.entry), json.dumps(config)],
            "folder": [str(folder.work)],
            "environment": [f"{name}={value}" for name, value in variables.items()],
            "limit": [f"{name}={value}" for name, value in self._limits(request.limits).items()],
            "uid": [] if walls.uid is None else [str(walls.uid)],
            **self._landlock(),
            "filter": [build_filter(self._setting.machine, replace(walls.guards, write=request.read_wire)).hex()],
            "seccomp_call": [str(self._setting.machine.number("seccomp"))],
        }

    def _limits(self, limits: Limits) -> dict[str, int]:
        values = {"CORE": 0, "NOFILE": OPEN_FILES, "RTTIME": self._mark}
        if self._walls.own_users:
            values["NPROC"] = limits.processes * THREADS_PER_PROCESS
        return values

    def _landlock(self) -> dict[str, list[str]]:
        grants, folder = self._setting.grants, self._place.folder
        return {
            "least_abi": [str(self._walls.least_abi)],
            "most_abi": [str(self._walls.most_abi or NEWEST_ABI)],
            "read": [*map(str, grants.read), str(self._place.entry.parent)],
            "list": [*map(str, grants.names)],
            "run": [*map(str, grants.run)],
            "write": [str(folder.work), str(folder.temp), *_WRITABLE],
        }

    def _tell(self, config: dict[str, list[str]]) -> None:
        words = b"".join(os.fsencode(f"{key}\0{value}\0") for key, values in config.items() for value in values)
        try:
            for start in range(0, len(words), _MESSAGE_BYTES):
                self._send(words[start : start + _MESSAGE_BYTES])
            self._send(b"\n")
        except (BrokenPipeError, ConnectionResetError):
            raise SandboxError(self._reason()) from None

    def _send(self, message: bytes) -> None:
        while True:
            try:
                self._ours.send(message)
            except TimeoutError:
                self._check_patience()
            else:
                return

    def _receive(self) -> tuple[bytes, list[tuple[int, int, bytes]]]:
        while True:
            try:
                message, ancillary, _, _ = self._ours.recvmsg(1, 256)
            except TimeoutError:
                self._check_patience()
            else:
                return message, ancillary

    def _check_patience(self) -> None:
        if self._stop.is_set():
            raise Abandoned
        if time.monotonic() > self._deadline:
            raise SandboxError(f"The sandbox was not ready after {LAUNCH_S:g} seconds.")

    def _take_listener(self) -> tuple[int, int]:
        """The listener, and the number of the process that sent it, as the kernel tells it."""
        try:
            message, ancillary = self._receive()
        except ConnectionResetError:
            raise SandboxError(self._reason()) from None
        listener, pid = -1, 0
        for level, kind, data in ancillary:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                listener = array.array("i", data[:4])[0]
            elif (level, kind) == (socket.SOL_SOCKET, socket.SCM_CREDENTIALS):
                pid = struct.unpack_from("=i", data)[0]
        if message != b"L" or listener < 0:
            raise SandboxError(self._reason())
        return listener, pid

    def _reason(self) -> str:
        """What the launcher, or what keeps the jail, said before it gave up."""
        assert self._process is not None
        _end(self._process)
        assert self._process.stderr is not None
        said = self._process.stderr.read(4096).decode("utf-8", "replace").strip()
        return f"The walls of the sandbox cannot be built here: {said or 'no reason was given'}"


def _end(process: subprocess.Popen[bytes], patience_s: float = 0.5) -> None:
    """Let a failing launcher finish its last line, then make sure that it is gone."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(patience_s)
    process.kill()
    process.wait()


def _rules(request: RunRequest, place: Place, walls: Walls, setting: Setting, launched: Launched, mark: int) -> Rules:
    table = setting.table

    def living() -> list[int]:
        found = [launched.main_pid, *descendants(table, launched.main_pid)]
        parents = [os.getpid()]
        if walls.keeper:  # orphans go to the keeper inside
            parents.append(int(status_fields(launched.main_pid, "PPid")["PPid"]))
        for parent in parents:
            for pid in table.children(parent):
                if table.belongs(pid, 0, str(mark)) and pid != launched.process.pid:
                    found += [pid, *descendants(table, pid)]
        return [pid for pid in dict.fromkeys(found) if table.state(pid) is not None]

    guard = ConnectGuard(place.folder.root) if walls.guards.connect else None
    wire = WireRecorder() if request.read_wire else None
    return Rules(setting.machine, request.limits.processes, living, table.command, guard, wire)


def _jail_of(launched: Launched, walls: Walls, cleanup: contextlib.ExitStack) -> Jail | None:
    """Stop the outer keeper: while it is stopped the jail stands, and with it the end of the main process."""
    if not walls.keeper:
        return None
    end_notice = os.pidfd_open(launched.main_pid)
    cleanup.callback(os.close, end_notice)
    init = int(status_fields(launched.main_pid, "PPid")["PPid"])
    os.kill(launched.process.pid, signal.SIGSTOP)
    return Jail((launched.process.pid, init), launched.main_pid, end_notice)
