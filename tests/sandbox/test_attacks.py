"""Attacks from inside, on every backend with walls: none may work, and an honest program right after passes.

Each file in ``attacks`` is a program; its first line names the attacks by their numbers in ``docs/security.md``.
A program prints a line for each attempt, with LEAK where something worked, and "done" when it tried all.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import secrets
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import grader
from grader.model.run import Ended, Guarantee, Observation, Sandbox
from tests.sandbox.conftest import WALLED, make_request, processes_naming

pytestmark = pytest.mark.slow

ATTACKS = Path(__file__).with_name("attacks")
PROGRAMS = sorted(path for path in ATTACKS.glob("*.py") if path.name != "target.py")
HANG_S = 60.0
SOCKETS_OF_EVERYONE = ("LEAK a socket by", "LEAK hand a descriptor")
"""Attempts that work where a gap in the guarantee of the network says so."""
HONEST = """
from concurrent.futures import ProcessPoolExecutor

def square(number):
    return number * number

if __name__ == "__main__":
    with ProcessPoolExecutor(2) as pool:
        print(sum(pool.map(square, range(10), chunksize=5)))
"""


@pytest.fixture(params=sorted(WALLED))
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """Every backend with walls in turn. After each attack an honest program passes in it."""
    backend = WALLED[request.param]()

    yield backend

    assert backend.run(make_request(HONEST)).stdout == b"285\n"


@pytest.fixture
def run(sandbox: Sandbox) -> Callable[..., Observation]:
    return lambda code, **options: sandbox.run(make_request(code, **options))


@dataclass
class Targets:
    """What a program may attack, and what would show that it succeeded."""

    facts: dict[str, Any]
    outside: Path
    heard: list[str]

    def unharmed(self, open_sockets: bool) -> bool:
        """Whether nothing outside was changed, nor reached but for sockets that are known to be open."""
        names = sorted(path.name for path in self.outside.iterdir())
        return (
            names == ["keep", "secret", "socket-datagram", "socket-stream"]
            and (self.outside / "keep").read_text() == "kept"
            and (self.outside / "keep").stat().st_mode & 0o7777 == 0o666
            and (open_sockets or self.heard == [])
            and not {"tcp", "datagram"} & set(self.heard)
        )


@pytest.fixture
def targets(temp_folder: Path) -> Iterator[Targets]:
    """Files that everyone may change in a folder that everyone may change, and listeners of each kind."""
    outside = temp_folder / "outside"
    outside.mkdir()
    for name, content in (("keep", "kept"), ("secret", "the hidden inputs")):
        (outside / name).write_text(content)
        (outside / name).chmod(0o666)
    outside.chmod(0o777)
    heard: list[str] = []
    abstract = f"pargrade-test-{os.getpid()}-{time.monotonic_ns()}"
    with contextlib.ExitStack() as cleanup:
        network = cleanup.enter_context(socket.create_server(("127.0.0.1", 0)))
        _listen(cleanup, network, heard, "tcp")
        for kind, address in ((socket.SOCK_STREAM, "\0" + abstract), (socket.SOCK_STREAM, f"{outside}/socket-stream")):
            server = cleanup.enter_context(socket.socket(socket.AF_UNIX, kind))
            server.bind(address)
            server.listen(8)
            _listen(cleanup, server, heard, address)
        datagrams = cleanup.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
        datagrams.bind(f"{outside}/socket-datagram")
        _listen(cleanup, datagrams, heard, "datagram")
        for name in ("socket-stream", "socket-datagram"):
            (outside / name).chmod(0o666)
        yield Targets(_facts(outside, temp_folder, network.getsockname()[1], abstract), outside, heard)


def _listen(cleanup: contextlib.ExitStack, server: socket.socket, heard: list[str], name: str) -> None:
    """Note whoever comes, until the test is over."""
    server.settimeout(0.05)
    stop = threading.Event()

    def serve() -> None:
        while not stop.is_set():
            with contextlib.suppress(TimeoutError):
                if server.type == socket.SOCK_DGRAM:
                    server.recv(100)
                else:
                    server.accept()[0].close()
                heard.append(name)

    thread = threading.Thread(target=serve)
    thread.start()
    cleanup.callback(thread.join)
    cleanup.callback(stop.set)


SECRET_IN_MEMORY = ctypes.create_string_buffer(b"the expected values")


def _facts(outside: Path, parent: Path, port: int, abstract: str) -> dict[str, Any]:
    checkout = Path(grader.__file__).parents[1]
    return {
        "outside": str(outside),
        "keep": str(outside / "keep"),
        "secret": str(outside / "secret"),
        "solution": str(next((checkout / "solutions").rglob("*.py"))),
        "exercise": str(next((checkout / "exercises").rglob("*.toml"))),
        "package": grader.__file__,
        "shadow": "/etc/passwd",
        "home": str(Path.home()),
        "parent": str(parent),
        "checkout": str(checkout),
        "port": port,
        "abstract": abstract,
        "socket": str(outside / "socket-stream"),
        "datagram": str(outside / "socket-datagram"),
        "grader": os.getpid(),
        "address": ctypes.addressof(SECRET_IN_MEMORY),
        "marker": "PYTEST_CURRENT_TEST",
    }


def attacked_by(program: Path, sandbox: Sandbox, targets: Targets, **options: Any) -> Observation:
    """Run an attack, with what it needs to know beside it."""
    files = {
        "target.json": json.dumps(targets.facts).encode(),
        "target.py": (ATTACKS / "target.py").read_bytes(),
    }
    return sandbox.run(make_request(program.read_text(), files=files, wall_s=HANG_S, **options))


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_an_attack_fails(program: Path, sandbox: Sandbox, targets: Targets) -> None:
    observation = attacked_by(program, sandbox, targets)

    lines = observation.stdout.decode("utf-8", "replace").splitlines()
    told = Guarantee.NETWORK in sandbox.guarantees().gaps
    open_here = SOCKETS_OF_EVERYONE if told else ()
    assert [line for line in lines if "LEAK" in line and not line.startswith(open_here)] == []
    assert lines[-1:] == ["done"], observation.stderr.decode("utf-8", "replace")
    assert targets.unharmed(open_sockets=told), targets.heard


def test_the_attacks_are_real(targets: Targets) -> None:
    """Without walls most of them work, or they would prove nothing."""
    from grader.sandbox.practice import PracticeSandbox

    observation = attacked_by(ATTACKS / "links.py", PracticeSandbox(), targets)

    assert observation.stdout.count(b"LEAK") >= 5


# -- processes -----------------------------------------------------------------------------------


def test_killing_everything_it_can_ends_only_the_run_itself(run) -> None:
    observation = run("import os, time\nfor pid in (-1, 0):\n    os.kill(pid, 9)\n    time.sleep(0.5)")

    assert observation.ended in (Ended.SIGNALLED, Ended.EXITED)
    assert observation.exit_code != 0


WIPES_ITS_ENVIRONMENT = """
import ctypes, os, time
libc = ctypes.CDLL(None)
libc.prctl(4, 0, 0, 0, 0)
libc.prctl(1, 0, 0, 0, 0)
environ = ctypes.POINTER(ctypes.c_void_p).in_dll(libc, 'environ')
at = 0
while environ[at]:
    ctypes.memset(environ[at], 120, len(ctypes.string_at(environ[at])))
    at += 1
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(3600)
    os.kill(os.getpid(), 9)
os.wait()
time.sleep(0.3)
print('done', at > 3)
"""


def test_a_daemon_that_wipes_all_its_marks_is_found_and_ended(run) -> None:
    token = secrets.token_hex(8)

    observation = run(WIPES_ITS_ENVIRONMENT, args=[token])

    assert observation.stdout == b"done True\n"
    assert observation.survivors == 1
    assert processes_with_argument(token) == []


def processes_with_argument(token: str) -> list[int]:
    """Living processes with this text in their command line."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if token.encode() in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
    return found


def test_a_chain_of_forks_is_ended_at_once(run) -> None:
    started = time.monotonic()
    observation = run(
        """
        import os
        for _ in range(4):
            if os.fork() == 0:
                break
        else:
            os._exit(0)
        while True:
            if os.fork():
                os._exit(0)
        """,
        wall_s=2.0,
    )

    assert observation.ended in (Ended.EXITED, Ended.TIMED_OUT, Ended.TOO_MANY_PROCESSES)
    assert time.monotonic() - started < 8


def test_a_fork_bomb_never_gets_above_the_limit(run) -> None:
    observation = run(
        """
        import os, time
        while True:
            try:
                os.fork()
            except OSError:
                time.sleep(60)
        """,
        processes=20,
        wall_s=HANG_S,
    )

    assert observation.ended is Ended.TOO_MANY_PROCESSES
    assert len(observation.processes) <= 20


def test_workers_of_a_moment_are_all_seen_with_their_cpu_time(run) -> None:
    observation = run(
        """
        import os
        for _ in range(100):
            if os.fork() == 0:
                os._exit(0)
            os.wait()
        """
    )

    workers = observation.processes[1:]
    assert len(workers) == 100
    assert all(worker.cpu_s > 0 and worker.ppid == observation.main_pid for worker in workers)


def test_cpu_time_counts_though_the_program_ignores_its_children(run) -> None:
    observation = run(
        """
        import os, signal, time
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        if os.fork() == 0:
            end = time.process_time() + 0.3
            while time.process_time() < end: pass
            os._exit(0)
        try:
            os.wait()
        except ChildProcessError:
            pass
        """
    )

    assert observation.cpu_s > 0.3
    assert max(process.cpu_s for process in observation.processes[1:]) > 0.29


def test_a_program_that_ignores_all_signals_and_accounts_is_ended(run) -> None:
    observation = run(
        """
        import ctypes, signal
        ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)
        signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        while True: pass
        """,
        cpu_s=0.5,
        wall_s=HANG_S,
    )

    assert observation.ended is Ended.CPU_LIMIT


def test_a_storm_of_threads_hurts_only_the_program(run) -> None:
    observation = run(
        """
        import threading, time
        try:
            for _ in range(20000):
                threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
        except RuntimeError:
            print('refused')
        import os; os._exit(0)
        """,
        processes=8,
        wall_s=HANG_S,
    )

    assert observation.ended in (Ended.EXITED, Ended.OUT_OF_MEMORY)


# -- what is left --------------------------------------------------------------------------------


def test_nothing_is_left_in_temp_and_in_shared_memory(run) -> None:
    token = secrets.token_hex(8)

    observation = run(
        f"""
        import os, tempfile
        open('/dev/shm/{token}-file', 'w').write('x')
        os.makedirs('/dev/shm/{token}-folder/inner')
        open(os.path.join(tempfile.gettempdir(), 'left'), 'w').close()
        print('done')
        """
    )

    assert observation.stdout == b"done\n"
    assert list(Path("/dev/shm").glob(f"{token}*")) == []


def test_the_next_run_finds_nothing_of_the_one_before(run) -> None:
    name = f"/dev/shm/message-{secrets.token_hex(8)}"
    run(f"open({name!r}, 'w').write('x')")

    observation = run(f"import os; print(os.path.exists({name!r}))")

    assert observation.stdout == b"False\n"


def test_odd_file_names_and_fifos_do_not_disturb_the_end(run) -> None:
    observation = run(
        r"""
        import os
        for name in (b'new\nline', b'\x1b[31mred', b'x' * 255, b'\xff\xfe', b'-rf'):
            open(name, 'w').close()
        os.mkfifo('results.json')
        print('done')
        """
    )

    assert observation.stdout == b"done\n"


def test_there_is_no_terminal(run) -> None:
    observation = run("open('/dev/tty')")

    assert observation.exit_code == 1


def test_a_core_file_is_not_written(run) -> None:
    observation = run("import os, resource; print(resource.getrlimit(resource.RLIMIT_CORE)); os.abort()")

    assert observation.signal == signal.SIGABRT


# -- memory --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "hoard",
    [
        "keep = bytearray(b'x') * (200 << 20)",
        "import os\nfor _ in range(5):\n  if os.fork() == 0:\n    keep = bytearray(b'x') * (50 << 20)\n    break",
        "import mmap\nkeep = mmap.mmap(-1, 200 << 20)\nkeep.write(b'x' * (200 << 20))",
        "open('/dev/shm/hoard', 'wb').write(b'x' * (200 << 20))",
    ],
    ids=["one-process", "spread-over-workers", "shared-pages", "files-of-shared-memory"],
)
def test_memory_is_limited_however_it_is_taken(run, hoard: str) -> None:
    observation = run(hoard + "\nimport time; time.sleep(60)", memory_bytes=120 << 20, disk_bytes=100 << 20, wall_s=5.0)

    assert observation.ended in (Ended.OUT_OF_MEMORY, Ended.TOO_MUCH_DISK) or b"Error" in observation.stderr


# -- the marks of a run --------------------------------------------------------------------------


def test_the_interpreter_is_the_one_of_the_grader_with_its_packages(run) -> None:
    observation = run("import sys, site; print(sys.version_info[:2] , sys.flags.isolated)")

    assert observation.stdout == f"{sys.version_info[:2]} 1\n".encode()


def test_no_process_names_the_run_afterwards(run, temp_folder: Path) -> None:
    run("import os, time\nif os.fork() == 0: time.sleep(60)")

    assert processes_naming(f"TMPDIR={temp_folder}/pargrade-") == []
