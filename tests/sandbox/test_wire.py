"""The queues of real pools, read from outside while honest and other programs run."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from grader.model.run import Observation, Sandbox
from tests.sandbox.conftest import COUNTING, WALLED, graded, make_request

pytestmark = pytest.mark.slow

START_METHODS = ("fork", "forkserver", "spawn")
HONEST = """
from concurrent.futures import ProcessPoolExecutor

def square(number):
    return {"square": number * number, "long": "x" * 5000}

def cube(number):
    return number ** 3

if __name__ == "__main__":
    with ProcessPoolExecutor(3) as pool:
        print(len(list(pool.map(square, range(20), chunksize=6))))
        print(pool.submit(cube, 3).result())
        print(len(list(pool.map(cube, range(4000), chunksize=2000))))
"""


@pytest.fixture(params=sorted(WALLED))
def read(request: pytest.FixtureRequest) -> Callable[..., Observation]:
    """Run a program in every backend with walls, reading its queues."""
    sandbox: Sandbox = WALLED[request.param]()
    return lambda code, **options: sandbox.run(replace(make_request(code, **options), read_wire=True))


@pytest.mark.parametrize("start_method", START_METHODS)
def test_maps_are_read_with_their_chunks_and_who_worked_them_off(read, start_method: str) -> None:
    observation = read(HONEST, start_method=start_method)

    assert observation.stdout == b"20\n27\n4000\n", observation.stderr
    assert observation.wire is not None
    assert observation.wire.whole, observation.wire.reason
    found = [(seen.method, seen.function, seen.chunks) for seen in observation.wire.maps]
    assert found == [("map", "square", (6, 6, 6, 2)), ("submit", "cube", (1,)), ("map", "cube", (2000, 2000))]
    pids = {process.pid for process in observation.processes} - {observation.main_pid}
    for seen in observation.wire.maps:
        assert sum(seen.items_by_worker.values()) == seen.items
        assert seen.items_by_worker.keys() <= pids


def test_without_being_asked_nothing_is_read(read) -> None:
    sandbox = next(iter(WALLED.values()))()

    assert sandbox.run(make_request("print(1)")).wire is None


def test_many_small_writes_to_files_and_pipes_go_through(read) -> None:
    observation = read(
        """
        import os, pickle
        with open("notes", "wb", buffering=0) as file:
            for number in range(2000):
                file.write(b"x" * (number % 50))
        reading, writing = os.pipe()
        class Mean:
            def __reduce__(self):
                return os.system, ("echo carried out",)
        os.write(writing, pickle.dumps(Mean()))
        print(os.path.getsize("notes"), len(os.read(reading, 10000)) > 10)
        """
    )

    assert observation.stdout == b"49000 True\n", observation.stderr
    assert observation.wire is not None
    assert observation.wire.maps == ()


def test_a_writer_that_is_killed_while_it_waits_stops_nothing(read) -> None:
    observation = read(
        """
        import os, signal, time
        pids = []
        for _ in range(6):
            pid = os.fork()
            if pid == 0:
                out = os.open("/dev/null", os.O_WRONLY)
                while True:
                    os.write(out, b"y" * 4096)
            pids.append(pid)
        time.sleep(0.3)
        for pid in pids:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        print("done")
        """
    )

    assert observation.stdout == b"done\n", observation.stderr


# attacks: 117
def test_a_write_from_an_address_that_is_none_stops_nobody(read) -> None:
    observation = read(
        """
        import ctypes, os
        reader, writer = os.pipe()
        for address in (0, 2**63 - 1, 2**63, 2**64 - 1):
            for length in (0, 4, 600, 2**31, 2**63, 2**64 - 1):
                words = map(ctypes.c_ulong, (writer, address, length))
                ctypes.CDLL(None).syscall(1 if os.uname().machine == "x86_64" else 64, *words)
        if os.fork() == 0:
            os._exit(0)
        os.wait()
        print("done")
        """,
        wall_s=20.0,
    )

    assert observation.stdout == b"done\n", observation.stderr


# attacks: 61
def test_a_message_that_changes_while_it_is_read_harms_nobody(read) -> None:
    observation = read(
        """
        import ctypes, os, pickle, struct, threading
        from concurrent.futures import process
        from functools import partial

        chunk = tuple((number,) for number in range(50))
        item = pickle.dumps(process._CallItem(0, partial(process._process_chunk, abs), (chunk,), {}))
        message = bytearray(struct.pack("!i", len(item)) + item)
        stop = threading.Event()

        def spoil():
            turn = 0
            while not stop.is_set():
                turn += 1
                message[4 + turn % len(item)] ^= 0xFF
        threading.Thread(target=spoil).start()
        reading, writing = os.pipe()
        for _ in range(300):
            os.write(writing, message)
            os.read(reading, len(message))
        stop.set()
        print("done")
        """
    )

    assert observation.stdout == b"done\n", observation.stderr
    assert observation.wire is not None
    assert all(seen.answered == 0 for seen in observation.wire.maps)


def test_of_chunks_that_are_too_long_the_function_and_the_answers_are_known(read) -> None:
    observation = read(
        """
        from concurrent.futures import ProcessPoolExecutor

        if __name__ == "__main__":
            with ProcessPoolExecutor(2) as pool:
                print(sum(pool.map(len, [letter * 700_000 for letter in "abcdef"], chunksize=2)))
        """
    )

    assert observation.stdout == b"4200000\n", observation.stderr
    assert observation.wire is not None
    (seen,) = observation.wire.maps
    assert (seen.function, seen.chunks, seen.answered, seen.is_counted) == ("len", (0, 0, 0), 3, False)


WITHOUT_TRACING = """
from dataclasses import replace
from grader.sandbox.uid import UidSandbox
from tests.sandbox.conftest import make_request
from tests.sandbox.test_wire import HONEST

seen = UidSandbox(guard_connect=False).run(replace(make_request(HONEST), read_wire=True))
wire = seen.wire
print(seen.stdout, wire.readable, wire.messages > 10, wire.bytes > 10_000, wire.maps, wire.reason)
"""


@pytest.mark.skipif("uid" not in WALLED or shutil.which("setpriv") is None, reason="needs root and setpriv")
def test_without_the_right_to_trace_only_numbers_are_known(temp_folder) -> None:
    bounded = ["setpriv", "--bounding-set=-sys_ptrace", "--inh-caps=-sys_ptrace"]
    environment = {"PYTHONPATH": str(Path(__file__).parents[2]), "TMPDIR": str(temp_folder), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [*bounded, sys.executable, "-c", WITHOUT_TRACING], capture_output=True, text=True, env=environment, timeout=60
    )

    told = "b'20\\n27\\n4000\\n' False True True () The memory of the run's processes cannot be read: "
    assert done.stdout.startswith(told), done.stdout + done.stderr


# -- forged, graded for real -------------------------------------------------------------------------

TELLS_OF_A_MAP = (
    COUNTING
    + """
import gc, os
if __name__ == "__main__":
    files = sys.argv[1:]
    pool = ProcessPoolExecutor(4)
    recorder = next(found for found in gc.get_objects() if type(found).__name__ == "Recorder")
    now = recorder.now()
    recorder.emit("map", call=77, pool=1, kind="process", method="map", function="count_words", module="__main__",
                  items=len(files), chunks=1, chunksize=len(files), explicit=True, line=5, column=0, at=now)
    recorder.emit("chunk", False, call=77, index=0, first=0, count=len(files), pid=os.getpid() + 1, start=now, end=now,
                  cpu_s=3.0, error="")
    report(map(count_words, files))
"""
)
HIDES_ITS_CHUNK_SIZE = (
    COUNTING
    + """
import gc
if __name__ == "__main__":
    with ProcessPoolExecutor(4) as pool:
        recorder = next(found for found in gc.get_objects() if type(found).__name__ == "Recorder")
        plain = recorder.emit
        recorder.emit = lambda kind, /, *more, **told: plain(kind, *more, **{**told, "chunksize": 5, "explicit": True}
                                                         if kind == "map" else told)
        report(pool.map(count_words, sys.argv[1:]))
"""
)


@pytest.mark.skipif(not WALLED, reason="no sandbox with walls holds here")
class TestForged:
    @pytest.fixture
    def sandbox(self) -> Sandbox:
        return next(iter(WALLED.values()))()

    def test_an_honest_program_passes_by_what_was_read(self, sandbox: Sandbox, tmp_path) -> None:
        honest = COUNTING + (
            "if __name__ == '__main__':\n    with ProcessPoolExecutor(4) as pool:\n"
            "        report(pool.map(count_words, sys.argv[1:], chunksize=2))\n"
        )

        grade, checks = graded(honest, tmp_path, sandbox)

        assert grade.status == "graded", grade.review_reasons
        for name in ("pool-map", "chunksize", "chunk-balance"):
            assert (checks[name].verdict, checks[name].evidence) == ("passed", "wire"), checks[name].headline

    # attacks: 62
    def test_a_map_that_is_only_told_earns_nothing_and_is_looked_at(self, sandbox: Sandbox, tmp_path) -> None:
        grade, checks = graded(TELLS_OF_A_MAP, tmp_path, sandbox)

        assert checks["counts"].verdict == "passed", checks["counts"].headline
        assert {checks[name].points for name in ("pool-map", "chunksize", "chunk-balance", "workers")} == {0}
        assert grade.status == "needs_review"
        assert checks["pool-map"].cause == "map-not-sent"
        assert any("count_words" in reason and "no map at all" in reason for reason in grade.review_reasons)

    def test_a_program_that_breaks_off_earns_nothing_by_claiming_results(self, sandbox: Sandbox, tmp_path) -> None:
        grade, checks = graded(TELLS_OF_A_MAP + "    sys.exit(1)\n", tmp_path, sandbox)

        assert {checks[name].points for name in ("pool-map", "chunksize", "chunk-balance", "workers")} == {0}
        assert grade.status == "needs_review"

    # attacks: 76
    def test_a_map_of_next_to_nothing_beside_a_serial_program_is_a_dummy(self, sandbox: Sandbox, tmp_path) -> None:
        dummy = COUNTING + (
            "if __name__ == '__main__':\n    files = sys.argv[1:]\n    with ProcessPoolExecutor(4) as pool:\n"
            "        list(pool.map(abs, range(40), chunksize=5))\n"
            "    report(map(count_words, files))\n"
        )

        grade, checks = graded(dummy, tmp_path, sandbox)

        assert (checks["pool-map"].verdict, checks["pool-map"].cause) == ("failed", "dummy-map")
        assert checks["chunksize"].points == 0
        assert grade.status == "graded", grade.review_reasons

    def test_another_chunk_size_than_the_one_told_is_judged_as_it_was_sent(self, sandbox: Sandbox, tmp_path) -> None:
        grade, checks = graded(HIDES_ITS_CHUNK_SIZE, tmp_path, sandbox)

        assert checks["counts"].verdict == "passed", checks["counts"].headline
        assert (checks["chunksize"].points, checks["chunksize"].evidence) == (0, "wire"), checks["chunksize"].headline
        assert grade.status == "needs_review"
        assert "38 chunks, 38 of them answered" in grade.review_reasons[0]

    # attacks: 70
    def test_calls_that_are_written_by_hand_and_answered_by_nobody_are_no_map(self, sandbox: Sandbox, tmp_path) -> None:
        forged = COUNTING + (
            "import os, pickle, struct\nfrom concurrent.futures import process\nfrom functools import partial\n"
            "if __name__ == '__main__':\n    reading, writing = os.pipe()\n"
            "    for number in range(19):\n"
            "        item = process._CallItem(number, partial(process._process_chunk, count_words),\n"
            "                                 (tuple((file,) for file in sys.argv[1:3]),), {})\n"
            "        data = pickle.dumps(item)\n"
            "        os.write(writing, struct.pack('!i', len(data)) + data)\n"
            "    report(map(count_words, sys.argv[1:]))\n"
        )

        _, checks = graded(forged, tmp_path, sandbox)

        assert checks["counts"].verdict == "passed", checks["counts"].headline
        assert {checks[name].points for name in ("pool-map", "chunksize", "chunk-balance", "workers")} == {0}
