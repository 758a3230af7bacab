"""Watches one process tree from outside: reads its output, keeps its limits, ends all of it."""

from __future__ import annotations

import ctypes
import os
import select
import selectors
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from grader.model.run import Ended, Limits, Observation, ProcessRecord
from grader.sandbox.processes import ProcessTable, descendants, status_fields
from grader.sandbox.questions import Channel
from grader.sandbox.wire import WireRecorder
from grader.sandbox.witness import Witness
from grader.sandbox.workfolder import size_of

FAST_TICK_S = 0.008
"""Between two looks at the process table while the program is young and workers come and go."""
SLOW_TICK_S = 0.02
YOUNG_S = 1.0
WITNESSED_TICK_S = 0.04
"""Where a witness sees all processes, looks are for memory and CPU limits only."""
THREADS_PER_PROCESS = 16
"""Threads are limited over the whole tree: so many for each process that is allowed."""
UNCOLLECTED = 8
"""Ended processes that their parent does not collect keep their number: so many for each that is allowed."""
EVER = 100
"""How many may ever be started for each that is allowed at a time: accounts are kept of every one."""
COMMAND_LOOKS = 3
DISK_EVERY_S = 0.25
LEAVING_S = 0.25
"""What workers get to end by themselves after the main process."""
HELPERS_LEAVING_S = 3.0
"""The same for helpers of the standard library: they end for sure, on a busy machine a while later."""
TIDYING_S = 1.0
"""What a resource tracker gets, once all others are killed, to remove the semaphores they left."""
TRACKER = "multiprocessing.resource_tracker"
FORKSERVER = "multiprocessing.forkserver"
SWEEP_S = 5.0
KEEPER_S = 2.0
"""What the keeper of a jail gets to say how the main process ended."""
READ_BYTES = 1 << 16
_PR_SET_CHILD_SUBREAPER, _PR_GET_CHILD_SUBREAPER = 36, 37


@dataclass
class _Stream:
    """What was read of one pipe, up to a cap. The rest is read too, or the writer would wait, and dropped."""

    fd: int
    cap: int
    kept: bytearray = field(default_factory=bytearray)
    full: bool = False
    closed: bool = False
    events: int = selectors.EVENT_READ

    def __post_init__(self) -> None:
        """Never wait in a reading: a program may open its own end again and take what was announced."""
        os.set_blocking(self.fd, False)

    def read(self) -> None:
        try:
            data = os.read(self.fd, READ_BYTES)
        except BlockingIOError:
            return
        if not data:
            self.closed = True
            return
        room = self.cap - len(self.kept)
        self.kept += data[:room]
        self.full = self.full or len(data) > room

    def drain(self) -> None:
        """Read what is there already: a process that survived may hold the pipe open."""
        for _ in range(64):
            before = len(self.kept)
            self.read()
            if self.closed or self.full or len(self.kept) == before:
                return


@dataclass
class _Seen:
    """The last that was seen of one process."""

    ppid: int
    cpu_s: float
    first_s: float
    last_s: float
    looks: int = 0
    command: str = ""
    inner_pid: int = 0
    queued_s: float | None = None


@dataclass(frozen=True)
class Jail:
    """Processes that keep a namespace around the program, stopped until its end is known."""

    keepers: tuple[int, ...]
    main_pid: int
    end_notice: int
    """A descriptor of the main process that becomes readable at its end."""


@dataclass(frozen=True)
class Watch:
    """What the supervisor needs to know of a started program."""

    process: subprocess.Popen[bytes]
    claims_fd: int
    folder: Path
    mark: str
    limits: Limits
    started: float
    """Monotonic clock at the start, seconds."""
    stop: threading.Event
    """Set when nobody waits for the run any more."""
    witness: Witness | None = None
    """Where there is one, nothing is left to what polling happens to see."""
    jail: Jail | None = None
    """Where there is one, ``process`` is what keeps the jail, and the program runs inside."""
    channel: Channel | None = None
    """Where there is one, the program is asked questions over it."""
    wire: WireRecorder | None = None
    """Where there is one, it took note of the messages between the processes."""
    shared_bytes: Callable[[], int] | None = None
    """What the run has in shared memory, where that has no limit of its own."""


class Abandoned(Exception):
    """The run was ended because nobody waits for it any more."""


class _Adoption:
    """Counts the runs of this process that adopt orphans: the setting is one for all its threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._runs = 0
        self._before = ctypes.c_int()

    def change(self, by: int) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        with self._lock:
            if self._runs == 0:
                libc.prctl(_PR_GET_CHILD_SUBREAPER, ctypes.byref(self._before), 0, 0, 0)
            self._runs += by
            libc.prctl(_PR_SET_CHILD_SUBREAPER, 1 if self._runs else self._before.value, 0, 0, 0)


_ADOPTION = _Adoption()


@contextmanager
def adopting_orphans() -> Iterator[None]:
    """Let processes whose parent ends become our children, so that none can slip away. Linux only."""
    if sys.platform != "linux":
        yield
        return
    _ADOPTION.change(+1)
    try:
        yield
    finally:
        _ADOPTION.change(-1)


class Supervisor:
    """Watches one program from its start until nothing of it is left."""

    def __init__(self, watch: Watch, table: ProcessTable) -> None:
        self._watch = watch
        self._table = table
        self._pid = watch.jail.main_pid if watch.jail else watch.process.pid
        self._keepers = watch.jail.keepers if watch.jail else ()
        self._seen: dict[int, _Seen] = {}
        self._strangers: set[int] = set()
        self._peak = 0
        self._next_disk = 0.0
        assert watch.process.stdout is not None and watch.process.stderr is not None  # noqa: PT018
        limits = watch.limits
        self._stdout = _Stream(watch.process.stdout.fileno(), limits.output_bytes)
        self._stderr = _Stream(watch.process.stderr.fileno(), limits.output_bytes)
        self._claims = _Stream(watch.claims_fd, limits.claim_bytes)
        self._channel = watch.channel
        if self._channel is not None:
            self._channel.main_pid = self._pid

    def watch(self) -> Observation:
        """Wait for the end or a limit; then end the rest of the tree and say what was seen.

        Whatever interrupts the waiting, the tree is ended before the interruption goes on.
        """
        stopped: Ended | None = None
        survivors = 0
        try:
            stopped = self._wait()
            wall = self._now()
            if stopped is None:
                if self._channel is not None:
                    self._channel.drain()  # before the rest of the tree has time to say something late
                survivors = self._wait_for_helpers()
        finally:
            self._end_tree(stopped)
        for stream in (self._stdout, self._stderr, self._claims):
            stream.drain()
        if stopped is None:  # it may have ended before the last look
            stopped = Ended.TOO_MUCH_OUTPUT if self._too_much_output() else self._refused_forks()
        return self._observation(stopped, wall, survivors)

    # -- waiting ---------------------------------------------------------------------------------

    def _now(self) -> float:
        return time.monotonic() - self._watch.started

    def _wait(self) -> Ended | None:
        """Serve pipes and look at the tree until the main process ends (None) or a limit is reached."""
        with selectors.DefaultSelector() as selector:
            for stream in (self._stdout, self._stderr, self._claims):
                selector.register(stream.fd, stream.events, stream)
            if self._channel is not None:
                selector.register(self._channel.fd, self._channel.events, self._channel)
            if self._watch.jail is not None:
                selector.register(self._watch.jail.end_notice, selectors.EVENT_READ, None)
                return self._serve(selector)
            end = _end_notice(self._pid)
            if end is not None:
                selector.register(end, selectors.EVENT_READ, None)
            try:
                return self._serve(selector)
            finally:
                if end is not None:
                    os.close(end)

    def _serve(self, selector: selectors.BaseSelector) -> Ended | None:
        next_look = 0.0
        while True:
            if self._watch.stop.is_set():
                raise Abandoned
            now = self._now()
            if now >= next_look:
                reason = self._look(now)
                if reason is not None:
                    return reason
                next_look = self._now() + self._tick(now)
            for key, _ in selector.select(max(0.0, next_look - self._now())):
                source: _Stream | Channel | None = key.data
                if source is None:
                    continue
                source.read()
                if source.closed:
                    selector.unregister(source.fd)
                elif source.events != key.events:
                    selector.modify(source.fd, source.events, source)
            if self._too_much_output():
                return Ended.TOO_MUCH_OUTPUT
            if self._has_ended():
                return None

    def _tick(self, now: float) -> float:
        if self._watch.witness is not None:
            return WITNESSED_TICK_S
        return FAST_TICK_S if now < YOUNG_S else SLOW_TICK_S

    def _has_ended(self) -> bool:
        if self._watch.jail is not None:
            return bool(select.select([self._watch.jail.end_notice], [], [], 0)[0])
        return _has_ended(self._pid)

    def _refused_forks(self) -> Ended | None:
        witness = self._watch.witness
        return Ended.TOO_MANY_PROCESSES if witness is not None and witness.refused_forks else None

    def _too_much_output(self) -> bool:
        return self._stdout.full or self._stderr.full

    def _look(self, now: float) -> Ended | None:
        """Note what every process of the tree has used so far; say which limit is exceeded, if any."""
        limits = self._watch.limits
        living, private, threads = 0, 0, 0
        members = self._members()
        for pid in members:
            state = self._table.state(pid)
            if state is None:
                continue
            living += 1
            private += state.private_bytes
            threads += state.threads
            seen = self._seen.setdefault(pid, _Seen(state.ppid, 0.0, now, now))
            seen.cpu_s, seen.last_s = max(seen.cpu_s, state.cpu_s), now
            if seen.looks < COMMAND_LOOKS:  # at the first look it may not yet have started its program
                seen.command = self._table.command(pid)
                seen.inner_pid = self._inner_pid(pid)
            seen.looks += 1
        self._note_exits()
        if now > limits.wall_s:
            return Ended.TIMED_OUT
        if self._refused_forks() or (self._watch.witness is None and living > limits.processes):
            return Ended.TOO_MANY_PROCESSES
        if len(members) > UNCOLLECTED * limits.processes or len(self._seen) > EVER * limits.processes:
            return Ended.TOO_MANY_PROCESSES
        if self._watch.witness is not None and threads > THREADS_PER_PROCESS * limits.processes:
            return Ended.TOO_MANY_PROCESSES
        if sum(seen.cpu_s for seen in self._seen.values()) > limits.cpu_s:
            return Ended.CPU_LIMIT
        return self._memory(private) or self._disk(now, members)

    def _note_exits(self) -> None:
        """Take over what the witness saw of processes at their end."""
        if self._watch.witness is None:
            return
        for end in list(self._watch.witness.exits.values()):
            at = max(0.0, end.at - self._watch.started)
            seen = self._seen.setdefault(end.pid, _Seen(end.ppid, 0.0, at, at))
            seen.cpu_s, seen.last_s = max(seen.cpu_s, end.cpu_s), max(seen.last_s, at)
            seen.inner_pid, seen.queued_s = end.inner_pid, end.queued_s
            seen.command = seen.command or end.command

    def _inner_pid(self, pid: int) -> int:
        """The number by which the program itself knows the process."""
        if self._watch.jail is None:
            return pid
        with suppress(OSError, KeyError):
            return int(status_fields(pid, "NSpid")["NSpid"].split()[-1])
        return 0

    def _members(self) -> list[int]:
        """The main process, all below it, and orphans of the tree that have become our own children."""
        found = [self._pid]
        for root in (*(self._keepers or (self._pid,)), *self._orphans()):
            found += [root, *descendants(self._table, root)]
        return [pid for pid in dict.fromkeys(found) if pid not in self._keepers]

    def _orphans(self) -> list[int]:
        """Our own children that come from the tree; other children of this process are left alone."""
        found = []
        for pid in self._table.children(os.getpid()):
            if pid in (self._pid, *self._keepers) or pid in self._strangers:
                continue
            if pid in self._seen or self._table.belongs(pid, self._pid, self._watch.mark):
                found.append(pid)
            elif self._table.state(pid) is not None:
                self._strangers.add(pid)
        return found

    def _memory(self, private: int) -> Ended | None:
        """Compare memory with the limit; pages shared after a fork count once, so confirm before judging."""
        if private > self._watch.limits.memory_bytes:
            private = sum(self._bytes_of(pid) for pid in self._members())
        self._peak = max(self._peak, private)
        return Ended.OUT_OF_MEMORY if private > self._watch.limits.memory_bytes else None

    def _bytes_of(self, pid: int) -> int:
        """The process's part of the memory; its private bytes where the system does not tell, 0 when it has ended."""
        part = self._table.proportional_bytes(pid)
        if part is None:
            state = self._table.state(pid)
            part = 0 if state is None else state.private_bytes
        return part

    def _disk(self, now: float, members: list[int]) -> Ended | None:
        if now < self._next_disk:
            return None
        self._next_disk = now + DISK_EVERY_S
        most = self._watch.limits.disk_bytes
        hidden: dict[tuple[int, int], int] = {}
        for pid in members:
            hidden |= self._table.nameless_files(pid)
        if sum(hidden.values()) + size_of(self._watch.folder, most) > most:
            return Ended.TOO_MUCH_DISK
        shared = self._watch.shared_bytes() if self._watch.shared_bytes else 0
        return Ended.OUT_OF_MEMORY if shared > self._watch.limits.memory_bytes else None

    # -- ending ----------------------------------------------------------------------------------

    def _others(self) -> list[int]:
        """Living processes of the tree besides the one we started, also after it has ended."""
        started = self._watch.process.pid
        members = {*self._members(), *(pid for pid in self._seen if self._is_ours(pid))} - {started}
        return [pid for pid in members if self._table.state(pid) is not None]

    def _is_ours(self, pid: int) -> bool:
        """A process seen earlier whose number was not given to another one meanwhile."""
        state = self._table.state(pid)
        return state is not None and self._table.belongs(pid, self._pid, self._watch.mark)

    def _wait_for_helpers(self) -> int:
        """Give the others a moment to end by themselves, within the limits; return how many workers did not."""
        ended = time.monotonic()
        while True:
            others = self._others()
            workers = [pid for pid in others if not self._is_helper(pid)]
            patience = LEAVING_S if workers else HELPERS_LEAVING_S
            if not others or time.monotonic() > ended + patience:
                return len(workers)
            if self._look(self._now()) is not None:  # a helper is known by a name that a program can take
                return len(workers)
            self._reap(others)
            time.sleep(0.005)

    def _is_helper(self, pid: int) -> bool:
        """A process of the standard library. A forkserver's workers have its command line, but another parent."""
        seen = self._seen.get(pid)
        if seen is None:
            return False
        return TRACKER in seen.command or (FORKSERVER in seen.command and seen.ppid == self._pid)

    def _end_tree(self, stopped: Ended | None) -> None:
        """Kill every process of the tree, and look again until none is left.

        Resource trackers come last: when all others are gone they remove named semaphores and end.
        """
        process = self._watch.process
        started = time.monotonic()
        if self._watch.witness is not None:
            self._watch.witness.brake()
        if self._watch.jail is not None:
            self._open_jail(stopped)
        process.kill()
        while time.monotonic() < started + SWEEP_S:
            others = self._others()
            trackers = [pid for pid in others if TRACKER in self._table.command(pid)]
            doomed = [pid for pid in others if pid not in trackers]
            if not doomed and time.monotonic() > started + TIDYING_S:
                doomed = trackers
            for pid in doomed:
                _kill(pid, signal.SIGSTOP)  # stopped processes cannot fork while the rest is found
            newcomers = set(self._others()).difference(others)
            for pid in {*doomed, *newcomers}:
                _kill(pid, signal.SIGKILL)
            process.poll()
            self._reap([*self._seen, *others, *self._keepers, *self._orphans()])
            if process.returncode is not None and not self._others() and not self._keepers_live():
                break
            self._stderr.drain()  # or a tracker waits for ever to print its warning
            time.sleep(0.002)
        process.wait()
        self._note_exits()

    def _open_jail(self, stopped: Ended | None) -> None:
        """Let the jail's keeper tell how the main process ended, then end all inside with one signal."""
        _kill(self._watch.process.pid, signal.SIGCONT)
        if stopped is None and self._has_ended():
            with suppress(subprocess.TimeoutExpired):
                self._watch.process.wait(KEEPER_S)
        for pid in self._keepers:
            _kill(pid, signal.SIGKILL)

    def _keepers_live(self) -> bool:
        """The process 1 of a jail ends after all others in it."""
        return any(self._table.state(pid) is not None for pid in self._keepers)

    def _reap(self, pids: list[int]) -> None:
        """Collect the ended processes that became our children."""
        for pid in pids:
            if pid != self._pid:
                try:
                    os.waitpid(pid, os.WNOHANG)
                except ChildProcessError:
                    continue

    # -- telling ---------------------------------------------------------------------------------

    def _observation(self, stopped: Ended | None, wall: float, survivors: int) -> Observation:
        code = self._code()
        main = self._seen.get(self._pid)
        others = sorted((seen.first_s, pid) for pid, seen in self._seen.items() if pid != self._pid)
        order = ([self._pid] if main else []) + [pid for _, pid in others]
        processes = tuple(
            ProcessRecord(
                self._told_pid(pid),
                self._told_pid(s.ppid),
                round(s.cpu_s, 6),
                round(s.first_s, 4),
                round(s.last_s, 4),
                s.command,
                s.queued_s,
            )
            for pid in order
            for s in (self._seen[pid],)
        )
        lines = bytes(self._claims.kept).split(b"\n")
        return Observation(
            ended=stopped or _how_it_ended(code, self._cpu(), self._watch.limits),
            exit_code=code if stopped is None and code >= 0 else None,
            signal=-code if stopped is None and code < 0 else None,
            wall_s=round(wall, 4),
            cpu_s=round(self._cpu(), 4),
            peak_bytes=self._peak,
            main_pid=self._told_pid(self._pid),
            processes=processes,
            survivors=survivors,
            stdout=bytes(self._stdout.kept),
            stderr=bytes(self._stderr.kept),
            claims=tuple(line for line in lines if line),
            claims_cut=self._claims.full,
            answers=self._channel.answers() if self._channel is not None else (),
            wire=self._watch.wire.wire(self._told_pid) if self._watch.wire else None,
        )

    def _code(self) -> int:
        """The exit code, or minus the signal. The keeper of a jail tells a signal as 128 and more."""
        code: int = self._watch.process.returncode
        if self._watch.jail is None or self._watch.witness is None:
            return code
        end = self._watch.witness.exits.get(self._pid)
        if end is not None:
            return end.code
        return 128 - code if code > 128 else code

    def _told_pid(self, pid: int) -> int:
        """The number by which the program knows a process; 1 is what keeps its jail."""
        if self._watch.jail is None:
            return pid
        seen = self._seen.get(pid)
        return 1 if seen is None else seen.inner_pid

    def _cpu(self) -> float:
        return sum(seen.cpu_s for seen in self._seen.values())


def _end_notice(pid: int) -> int | None:
    """A descriptor that becomes readable when the process ends, where the system has one."""
    if hasattr(os, "pidfd_open"):
        try:
            return os.pidfd_open(pid)
        except OSError:
            return None
    return None


def _has_ended(pid: int) -> bool:
    """Whether the process has ended, leaving it unreaped: its last CPU time can still be read."""
    try:
        return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    except ChildProcessError:
        return True


def _how_it_ended(code: int, cpu_s: float, limits: Limits) -> Ended:
    if code >= 0:
        return Ended.EXITED
    if -code in (signal.SIGXCPU, signal.SIGKILL) and cpu_s >= limits.cpu_s * 0.95:
        return Ended.CPU_LIMIT
    return Ended.SIGNALLED


def _kill(pid: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)
