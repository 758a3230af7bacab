"""Attacks from inside, on every backend with walls: none may work, and an honest program right after passes.

Each file in ``attacks`` is a program, with a header that says what it tries and how it may end (``attack_list``).
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import secrets
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
from grader.model.run import Ended, Guarantee, Limits, Observation, Sandbox
from tests.sandbox.attack_list import FOLDER, Attack, attack_programs
from tests.sandbox.conftest import WALLED, make_request, processes_naming

pytestmark = pytest.mark.slow

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


@pytest.fixture(params=sorted(WALLED.keys() - {"uid-without-tracing"}))  # the others' tests try that one
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """Every backend with walls in turn. After each attack an honest program passes in it, and no descriptor is lost."""
    backend = WALLED[request.param]()
    opened = len(list(Path("/proc/self/fd").iterdir()))

    yield backend

    assert backend.run(make_request(HONEST)).stdout == b"285\n"
    assert len(list(Path("/proc/self/fd").iterdir())) <= opened


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
        "target.py": (FOLDER / "target.py").read_bytes(),
    }
    return sandbox.run(make_request(program.read_text(), files=files, **{"wall_s": HANG_S, **options}))


# -- what the header of a program cannot say -----------------------------------------------------


def _says_done(seen: Observation) -> None:
    lines = seen.stdout.decode("utf-8", "replace").splitlines()
    assert lines[-1:] == ["done"], seen.stderr.decode("utf-8", "replace")


def _all_are_counted(seen: Observation) -> None:
    _says_done(seen)
    assert len(seen.processes) == 101
    assert all(worker.cpu_s > 0 and worker.ppid == seen.main_pid for worker in seen.processes[1:])


def _the_child_is_charged(seen: Observation) -> None:
    _says_done(seen)
    assert max(process.cpu_s for process in seen.processes[1:]) > 0.29


def _most_of_the_time_is_charged(seen: Observation) -> None:
    """A process that a signal ends is seen at the last look before: 40 ms are lost, on a busy machine more."""
    _says_done(seen)
    assert seen.cpu_s > 0.5


def _the_daemon_is_told(seen: Observation) -> None:
    _says_done(seen)
    assert seen.survivors >= 1


def _the_daemon_is_told_and_the_child_charged(seen: Observation) -> None:
    _the_child_is_charged(seen)
    _the_daemon_is_told(seen)


def _not_successful(seen: Observation) -> None:
    assert not seen.succeeded


def _at_most(processes: int) -> Callable[[Observation], None]:
    def check(seen: Observation) -> None:
        assert len(seen.processes) <= processes

    return check


def _waited(seen: Observation) -> None:
    assert seen.cpu_s < seen.wall_s


def _no_process_alone_had_used_it_up(seen: Observation) -> None:
    assert max(process.cpu_s for process in seen.processes) < 1 < seen.cpu_s


def _memory_stays_near_its_limit(seen: Observation) -> None:
    _says_done(seen)
    assert seen.peak_bytes < 450_000_000


def _output_is_cut(seen: Observation) -> None:
    assert max(len(seen.stdout), len(seen.stderr)) <= Limits().output_bytes


def _claims_are_cut(seen: Observation) -> None:
    assert sum(map(len, seen.claims)) <= Limits().claim_bytes
    assert seen.claims_cut


CHECKS: dict[str, Callable[[Observation], None]] = {
    "burns_in_many": _no_process_alone_had_used_it_up,
    "daemon_holds_output": _the_daemon_is_told,
    "daemon_without_marks": _the_daemon_is_told,
    "floods_descriptors": _claims_are_cut,
    "floods_stderr": _output_is_cut,
    "floods_stdout": _output_is_cut,
    "first_thread_leaves": _the_daemon_is_told_and_the_child_charged,
    "fork_bomb": _at_most(20),
    "ignored_children": _the_child_is_charged,
    "kills_everything": _not_successful,
    "own_dispatch": _all_are_counted,
    "outlives_as_a_helper": _memory_stays_near_its_limit,
    "siblings": _at_most(10),
    "threads_end_processes": _all_are_counted,
    "waits_forever": _waited,
    "workers_kill_themselves": _most_of_the_time_is_charged,
    "workers_of_a_moment": _all_are_counted,
}
"""What is asked of an observation besides its end. Without an entry, a program that may exit has to say "done"."""


def _asked_of(attack: Attack, seen: Observation) -> None:
    assert seen.ended in attack.ends, (seen.ended, seen.stdout[-1000:], seen.stderr[-1000:])
    check = CHECKS.get(str(attack))
    if check is not None:
        check(seen)
    elif seen.ended is Ended.EXITED and attack.ends == (Ended.EXITED,):
        _says_done(seen)


@pytest.mark.parametrize("attack", attack_programs(), ids=str)
def test_an_attack_fails(
    attack: Attack, sandbox: Sandbox, targets: Targets, record_property: Callable[[str, object], None]
) -> None:
    record_property("attacks", ", ".join(map(str, attack.numbers)))
    token = secrets.token_hex(8)

    seen = attacked_by(attack.path, sandbox, targets, args=[token], **attack.limits)

    told = Guarantee.NETWORK in sandbox.guarantees().gaps
    open_here = SOCKETS_OF_EVERYONE if told else ()
    lines = seen.stdout.decode("utf-8", "replace").splitlines()
    assert [line for line in lines if "LEAK" in line and not line.startswith(open_here)] == []
    _asked_of(attack, seen)
    assert targets.unharmed(open_sockets=told), targets.heard
    assert processes_with_argument(token) == []


def processes_with_argument(token: str) -> list[int]:
    """Living processes with this text in their command line."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if token.encode() in (folder / "cmdline").read_bytes():
                found.append(int(folder.name))
    return found


def test_the_attacks_are_real(targets: Targets) -> None:
    """Without walls most of them work, or they would prove nothing."""
    from grader.sandbox.practice import PracticeSandbox

    observation = attacked_by(FOLDER / "links.py", PracticeSandbox(), targets)

    assert observation.stdout.count(b"LEAK") >= 5


# attacks: 12, 13
def test_the_next_run_finds_nothing_of_the_one_before(run, record_property) -> None:
    record_property("attacks", "12, 13")
    name = f"/dev/shm/message-{secrets.token_hex(8)}"
    left = f"""
        import os, tempfile
        open({name!r}, 'w').write('x')
        os.makedirs({name!r} + '-folder/inner')
        open(os.path.join(tempfile.gettempdir(), 'left'), 'w').close()
        print('done')
        """
    assert run(left).stdout == b"done\n"

    observation = run(f"import os; print(os.path.exists({name!r}))")

    assert observation.stdout == b"False\n"
    assert list(Path("/dev/shm").glob(Path(name).name + "*")) == []


# -- the marks of a run --------------------------------------------------------------------------


def test_the_interpreter_is_the_one_of_the_grader_with_its_packages(run) -> None:
    observation = run("import sys, site; print(sys.version_info[:2] , sys.flags.isolated)")

    assert observation.stdout == f"{sys.version_info[:2]} 1\n".encode()


def test_no_process_names_the_run_afterwards(run, temp_folder: Path) -> None:
    run("import os, time\nif os.fork() == 0: time.sleep(60)")

    assert processes_naming(f"TMPDIR={temp_folder}/pargrade-") == []
