"""The harness changes nothing a program can see, and tells what happened in messages that validate."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

import pytest

from grader.model.run import Ended, Observation
from grader.model.trace import Trace, read_trace

pytestmark = pytest.mark.slow

BEHAVIOURS = Path(__file__).parent / "programs" / "pool_behaviours.py"
CASES = re.findall(r"^def case_(\w+)", BEHAVIOURS.read_text(encoding="utf-8"), re.MULTILINE)
METHODS = ("fork", "spawn", "forkserver")
HANG_S = 100.0


def run_plainly(program: bytes, *args: str) -> subprocess.CompletedProcess[bytes]:
    """As a student would start it, in a folder of its own; only modules of the user are left out."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "program.py").write_bytes(program)
        return subprocess.run(
            [sys.executable, "-I", "-X", "utf8", "program.py", *args],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=HANG_S,
            check=False,
        )


# -- pools do the same ---------------------------------------------------------------------------


def by_case(stdout: bytes) -> dict[str, str]:
    parts = re.split(r"^===== (\w+)\n", stdout.decode(), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@pytest.mark.parametrize("method", METHODS)
def test_pools_behave_as_in_a_plain_run_and_all_messages_validate(run_practice, method: str) -> None:
    program = BEHAVIOURS.read_bytes()
    plain = by_case(run_plainly(program, method).stdout)
    observation = run_practice(
        "", files={"program.py": program}, args=[method], wall_s=HANG_S, cpu_s=HANG_S, memory_bytes=4 << 30
    )
    trace = read_trace(observation.claims)

    assert list(plain) == CASES
    assert by_case(observation.stdout) == plain
    assert (observation.succeeded, observation.survivors, observation.claims_cut) == (True, 0, False)
    assert (trace.rejected, trace.finished is None) == (0, False)


# -- programs end the same -----------------------------------------------------------------------

ENDINGS = {
    "at the end": "print('done')",
    "exit without a code": "import sys; sys.exit()",
    "exit 0": "import sys; sys.exit(0)",
    "exit 3": "import sys; sys.exit(3)",
    "exit None": "import sys; sys.exit(None)",
    "exit True": "import sys; sys.exit(True)",
    "exit 256": "import sys; sys.exit(256)",
    "exit -1": "import sys; sys.exit(-1)",
    "exit with a text": "import sys; sys.exit('no files given')",
    "exit with a list": "import sys; sys.exit([1, 2])",
    "exit with a fraction": "import sys; sys.exit(2.5)",
    "exit with a huge number": "import sys; sys.exit(10**5000)",
    "exit() of site": "exit(4)",
    "raise SystemExit": "raise SystemExit",
    "os._exit": "import os; print('lost'); os._exit(5)",
    "exception": "def f():\n    return 1 // 0\nf()",
    "exception without text": "raise ValueError",
    "exception with a cause": "try:\n    {}['a']\nexcept KeyError as e:\n    raise ValueError('bad') from e",
    "exception with a context": "try:\n    {}['a']\nexcept KeyError:\n    raise ValueError('bad')",
    "exception with a note": "e = ValueError('bad'); e.add_note('look here'); raise e",
    "exception group": "raise ExceptionGroup('all', [ValueError(1), KeyError(2)])",
    "exception whose text fails": "class E(Exception):\n    def __str__(self): raise OSError\nraise E",
    "exception with a huge text": "raise ValueError('x' * 100_000)",
    "exception with odd letters": "raise ValueError('\\udcff ü')",
    "endless recursion": "import sys\nsys.setrecursionlimit(100)\ndef f(): f()\nf()",
    "syntax error": "def f(:\n    pass",
    "wrong encoding": b"# -*- coding: ascii -*-\nprint('\xe9')\n",
    "indentation": "if True:\n  a = 1\n b = 2\n",
    "interrupted": "raise KeyboardInterrupt",
    "interrupted by a signal": "import os, signal; os.kill(os.getpid(), signal.SIGINT); input()",
    "terminated": "import os, signal; os.kill(os.getpid(), signal.SIGTERM)",
    "generator exit": "raise GeneratorExit",
    "atexit": "import atexit\natexit.register(print, 'a')\natexit.register(print, 'b')\nprint('main')",
    "atexit after an exception": "import atexit\natexit.register(print, 'bye')\nraise ValueError",
    "atexit that fails": "import atexit\natexit.register(lambda: 1 // 0)",
    "thread that goes on": (
        "import threading, time\ndef late():\n    time.sleep(.1)\n    print('late')\n"
        "threading.Thread(target=late).start()\nprint('main')"
    ),
    "thread that fails": "import threading\nt = threading.Thread(target=lambda: 1 // 0, name='T')\nt.start(); t.join()",
    "daemon thread": "import threading, time\nthreading.Thread(target=time.sleep, args=[60], daemon=True).start()",
    "own excepthook": "import sys\nsys.excepthook = lambda kind, e, tb: print('hook', kind, e, tb.tb_lineno)\n1 // 0",
    "own excepthook that fails": "import sys\nsys.excepthook = lambda *_: 1 // 0\n{}['a']",
    "closed output": "import sys\nsys.stdout.close()",
    "unflushed output": "import sys\nsys.stdout.write('no line end')",
    "object that ends late": "class A:\n    def __del__(self): print('gone')\na = A()",
    "forked child that returns": "import os\nif os.fork() == 0: print('child')\nelse: os.wait(); print('parent')",
    "forked child that fails": "import os\nif os.fork() == 0: 1 // 0\nelse: print(os.wait()[1])",
    "printed traceback": (
        "import traceback\ndef f():\n    raise ValueError('bad')\ntry: f()\nexcept ValueError: traceback.print_exc()"
    ),
    "warning": "import warnings\nwarnings.warn('old')",
    "annotations": "a: int = 1\nprint(__annotations__)",
    "main module": "import __main__\nb = 2\nprint(__main__.b, __name__, vars(__main__) is globals())",
    "future import": "from __future__ import annotations\ndef f(a: no_such_name): pass\nprint(f.__annotations__)",
    "no future import of ours": "def f(a: int): pass\nprint(f.__annotations__)",
    "coding cookie": b"# -*- coding: latin-1 -*-\nprint(ascii('\xe9'))",
    "byte order mark": b"\xef\xbb\xbfprint('marked')",
    "windows lines": b"a = '''x\r\ny'''\r\nprint(repr(a))\r\n",
    "old mac lines": b"a = 1\rprint(a)\r",
    "form feed": b"a = 1\n\x0cprint(a)\n",
}
ALIKE_IN_KIND = {  # error output: other words, frames of the harness on the way, or fewer frames left
    "exit with a huge number": "",
    "wrong encoding": "SyntaxError",
    "own excepthook that fails": "ZeroDivisionError",
    "endless recursion": "RecursionError",
}


def shown(stderr: bytes) -> str:
    """Error output without what differs from run to run: the folder, and addresses of objects."""
    text = re.sub(r'/[^\s"\']*/program\.py', "program.py", stderr.decode("utf-8", "replace"))
    return re.sub(r"0x[0-9a-f]+", "0x0", text)


@pytest.mark.parametrize("name", sorted(ENDINGS))
def test_a_program_ends_as_in_a_plain_run(run_practice, name: str) -> None:
    code = ENDINGS[name]
    program = code if isinstance(code, bytes) else code.encode()
    plain = run_plainly(program)
    harnessed = run_practice("", files={"program.py": program}, cpu_s=200.0, wall_s=HANG_S)

    status = -harnessed.signal if harnessed.signal else harnessed.exit_code
    assert (status, harnessed.stdout) == (plain.returncode, plain.stdout)
    assert read_trace(harnessed.claims).rejected == 0
    if name in ALIKE_IN_KIND:
        assert ALIKE_IN_KIND[name] in shown(harnessed.stderr)
        assert ALIKE_IN_KIND[name] in shown(plain.stderr)
    else:
        assert shown(harnessed.stderr) == shown(plain.stderr)


IN_A_WORKER = """
from concurrent.futures import ProcessPoolExecutor
def fail(number):
    return 1 / number
if __name__ == '__main__':
    with ProcessPoolExecutor(1) as pool:
        print(list(pool.map(fail, [0], chunksize=2)))
"""


@pytest.mark.parametrize("method", METHODS)
def test_an_error_in_a_worker_is_shown_without_lines_of_the_harness(run_practice, method: str) -> None:
    plain = run_plainly(IN_A_WORKER.encode())
    harnessed = run_practice(IN_A_WORKER, start_method=method)

    ours = [line for line in shown(harnessed.stderr).splitlines() if "program.py" in line or "Error" in line]
    theirs = [line for line in shown(plain.stderr).splitlines() if "program.py" in line or "Error" in line]
    assert "pargrade" not in shown(harnessed.stderr)
    assert ours == theirs


# -- what is told --------------------------------------------------------------------------------


def trace_of(observation: Observation) -> Trace:
    """The messages, all of which have to be valid."""
    trace = read_trace(observation.claims)
    assert trace.rejected == 0
    return trace


MAPS = """
from concurrent.futures import ProcessPoolExecutor
if __name__ == '__main__':
    with ProcessPoolExecutor(2) as pool:
        for items, chunksize in [(10, 3), (9, 3), (1, 5), (0, 2), (5, 1), (7, 100)]:
            list(pool.map(abs, range(items), chunksize=chunksize))
"""


@pytest.mark.parametrize("method", METHODS)
def test_chunks_cover_all_items_once_and_name_the_workers(run_practice, method: str) -> None:
    observation = run_practice(MAPS, start_method=method)
    trace = trace_of(observation)

    covered = [
        [(chunk.first, chunk.first + chunk.count) for chunk in trace.chunks_of(call.call)] for call in trace.maps
    ]
    assert covered == [
        [(0, 3), (3, 6), (6, 9), (9, 10)],
        [(0, 3), (3, 6), (6, 9)],
        [(0, 1)],
        [],
        [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5)],
        [(0, 7)],
    ]
    assert [(call.items, call.chunks) for call in trace.maps] == [(10, 4), (9, 3), (1, 1), (0, 0), (5, 5), (7, 1)]
    pids = {chunk.pid for chunk in trace.chunks}  # a polled process table may miss workers of a moment
    assert pids
    assert observation.main_pid not in pids
    assert [(pool.workers, pool.start_method) for pool in trace.pools] == [(2, method)]


@pytest.mark.parametrize(
    ("given", "size", "explicit"),
    [
        ("", 1, False),
        (", chunksize=1", 1, True),
        (", chunksize=4", 4, True),
        (", **{'chunksize': 4}", 4, True),
        (", chunksize=True", 1, True),
    ],
)
def test_the_chunk_size_is_told_and_whether_it_was_given(run_practice, given: str, size: int, explicit: bool) -> None:
    observation = run_practice(
        f"""
        from concurrent.futures import ProcessPoolExecutor
        with ProcessPoolExecutor(1) as pool:
            list(pool.map(abs, range(8){given}))
        """,
        start_method="fork",
    )

    (call,) = trace_of(observation).maps
    assert (call.chunksize, call.explicit, call.items) == (size, explicit, 8)


@pytest.mark.parametrize("method", METHODS)
def test_the_chunk_size_of_every_map_can_be_overridden(run_practice, method: str) -> None:
    observation = run_practice(
        """
        from concurrent.futures import ProcessPoolExecutor
        if __name__ == '__main__':
            with ProcessPoolExecutor(2) as pool:
                print(list(pool.map(abs, range(9))))
                print(list(pool.map(pow, range(8), range(8), chunksize=2)))
        """,
        start_method=method,
        chunksize=5,
    )
    trace = trace_of(observation)

    assert [(call.chunksize, call.chunks) for call in trace.maps] == [(5, 2), (5, 2)]
    assert observation.stdout.decode().splitlines() == [
        str(list(range(9))),
        str([number**number for number in range(8)]),
    ]


def test_a_pool_that_breaks_while_chunks_are_handed_out_hides_none_of_them(run_practice) -> None:
    seen = run_practice(
        """
        from concurrent.futures import ProcessPoolExecutor
        from concurrent.futures.process import BrokenProcessPool

        class Breaking(ProcessPoolExecutor):
            taken = 0

            def submit(self, *args, **kwargs):
                self.taken += 1
                if self.taken > 2:
                    raise BrokenProcessPool
                return super().submit(*args, **kwargs)

        if __name__ == "__main__":
            with Breaking(2) as pool:
                list(pool.map(abs, list(range(20)), chunksize=3))
        """
    )

    (call,) = read_trace(seen.claims).maps
    assert (call.items, call.chunks) == (20, 7)


def test_places_are_line_and_column_of_the_students_call(run_practice) -> None:
    observation = run_practice(
        """\
        import functools
        from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
        def call(pool):
            return list(pool.map(abs, range(4), chunksize=2))
        with ProcessPoolExecutor(1) as pool:
            call(pool)
            x = 1; list(pool.map(abs, range(4)))
            pool.submit(abs, 1).result()
            list(functools.partial(pool.map, abs)([1, 2]))
        with ThreadPoolExecutor(1) as threads:
            threads.map(abs, [1])
        """,
        start_method="fork",
    )
    trace = trace_of(observation)

    assert [(call.line, call.column) for call in trace.maps] == [(4, 16), (7, 16), (9, 9), (11, 4)]
    assert [(pool.line, pool.column) for pool in trace.pools] == [(5, 5), (10, 5)]
    assert [(event.line, event.column) for event in trace.submits] == [(8, 4)]


def test_the_moments_of_submitting_and_reading_are_told_in_order(run_practice) -> None:
    observation = run_practice(
        """
        from concurrent.futures import ProcessPoolExecutor
        with ProcessPoolExecutor(1) as pool:
            first, second, third = (pool.map(abs, range(4), chunksize=2) for _ in range(3))
            next(second); list(first)
        """,
        start_method="fork",
    )
    trace = trace_of(observation)

    numbers = [call.call for call in trace.maps]
    events = [(numbers.index(event.call), event.what) for event in trace.consumed]
    assert events == [(1, "first"), (0, "first"), (0, "all")]
    assert max(call.at for call in trace.maps) <= min(event.at for event in trace.consumed)


def test_an_error_is_told_with_its_lines_its_causes_and_the_workers_traceback(run_practice) -> None:
    observation = run_practice(IN_A_WORKER, start_method="fork")

    (error,) = trace_of(observation).errors
    assert (error.error, error.message) == ("ZeroDivisionError", "division by zero")
    assert [(frame.line, frame.function) for frame in error.frames] == [(7, "<module>")]
    assert error.causes == ("_RemoteTraceback",)
    assert 'program.py", line 4, in fail' in error.remote


def test_a_chunk_that_failed_says_why(run_practice) -> None:
    observation = run_practice(IN_A_WORKER, start_method="fork")

    (chunk,) = trace_of(observation).chunks
    assert (chunk.pid, chunk.error) == (0, "ZeroDivisionError: division by zero")


def test_other_ways_to_hand_out_work_are_told_by_their_kind(run_practice) -> None:
    observation = run_practice(
        """
        import multiprocessing
        from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(abs, range(3)))
            pool.submit(len, '')
        with multiprocessing.Pool(1) as pool:
            pool.map(abs, range(4), 2)
            pool.apply_async(len, ['']).get()
        with ProcessPoolExecutor(1) as pool:
            for _ in range(3):
                pool.submit(len, '').result()
        """,
        start_method="fork",
    )
    trace = trace_of(observation)

    assert [(call.kind, call.method, call.items, call.chunksize, call.explicit) for call in trace.maps] == [
        ("thread", "map", 3, 1, False),
        ("multiprocessing", "map", 4, 2, True),
    ]
    assert [(event.kind, event.method, event.function, event.count) for event in trace.submits] == [
        ("thread", "submit", "len", 1),
        ("multiprocessing", "apply_async", "len", 1),
        ("process", "submit", "len", 3),
    ]


def test_the_program_is_told_the_number_of_cpus(run_practice) -> None:
    observation = run_practice(
        """
        import multiprocessing, os
        from concurrent.futures import ProcessPoolExecutor
        print(os.cpu_count(), multiprocessing.cpu_count(), ProcessPoolExecutor()._max_workers)
        """,
        cpu_count=7,
    )

    assert observation.stdout == b"7 7 7\n"


@pytest.mark.parametrize("chosen", [[], ["spawn"], ["fork"]])
@pytest.mark.parametrize("method", METHODS)
def test_the_start_method_is_the_default_and_the_program_may_set_its_own(
    run_practice, method: str, chosen: list[str]
) -> None:
    observation = run_practice(
        """
        import multiprocessing, sys
        if sys.argv[1:]:
            multiprocessing.set_start_method(sys.argv[1])
        print(multiprocessing.get_start_method())
        """,
        start_method=method,
        args=chosen,
    )

    assert observation.stdout.decode().split() == (chosen or [method])
    assert (hello := trace_of(observation).hello) is not None
    assert hello.start_method == method


def test_very_many_chunks_are_told_up_to_a_limit(run_practice) -> None:
    observation = run_practice(
        """
        import sys
        from concurrent.futures import ProcessPoolExecutor
        sys.modules['pargrade_trace'].MAX_CHUNK_EVENTS = 50
        with ProcessPoolExecutor(1) as pool:
            print(len(list(pool.map(abs, range(60)))))
        """,
        start_method="fork",
    )
    trace = trace_of(observation)

    assert observation.stdout == b"60\n"
    assert (len(trace.chunks), trace.maps[0].chunks) == (50, 60)
    assert trace.finished is not None
    assert trace.finished.dropped == 10


# -- importing and asking ------------------------------------------------------------------------

FUNCTIONS = """
import collections, os, sys, time
if __name__ == '__main__':
    print('not on import')
print(__name__, flush=True)
def text(name): return 'to be'
def number(name): return 3
def counts(name): return {'a': 1, 'b': 2}
def counter(name): return collections.Counter('aab')
def odd_keys(name): return {1: 2}
def odd_values(name): return {'a': 1.5}
def many(name): return [1, 2]
def nothing(name): return None
def huge(name): return 10**5000
def huge_count(name): return {'a': 10**5000}
def half_letter(name): return '\\udcff'
def fails(name): raise ValueError('bad ' + name)
def leaves(name): sys.exit(3)
def reads(name): return open(name).read()
class Liar(dict):
    def items(self): raise OSError('no')
def lies(name): return Liar()
def too_long(name): return 'a' * 65536
def forks(name):
    os.fork()
    return 7
not_a_function = 5
"""


def test_an_import_runs_no_main_part_and_answers_questions(run_practice) -> None:
    names = [*re.findall(r"^def (\w+)", FUNCTIONS, re.MULTILINE), "missing", "not_a_function"]
    questions = [{"function": name, "arguments": ["play.txt"]} for name in names]
    observation = run_practice(FUNCTIONS, mode="import", questions=questions, files={"play.txt": b"hello"})

    answers = {names[a.question]: (a.said.value, a.text if a.value is None else a.value) for a in observation.answers}
    assert (observation.stdout, observation.succeeded) == (b"__mp_main__\n", True)
    assert answers == {
        "text": ("value", "to be"),
        "number": ("value", 3),
        "counts": ("value", {"a": 1, "b": 2}),
        "counter": ("value", {"a": 2, "b": 1}),
        "odd_keys": ("kind", "dict"),
        "odd_values": ("kind", "dict"),
        "many": ("kind", "list"),
        "nothing": ("kind", "NoneType"),
        "huge": ("kind", "int"),
        "huge_count": ("kind", "dict"),
        "half_letter": ("kind", "str"),
        "too_long": ("kind", "str too large to be told"),
        "fails": ("error", "ValueError: bad play.txt"),
        "leaves": ("error", "SystemExit: 3"),
        "reads": ("value", "hello"),
        "lies": ("error", "OSError: no"),
        "forks": ("value", 7),
        "missing": ("missing", ""),
        "not_a_function": ("missing", ""),
    }
    assert all(answer.wall_s is not None for answer in observation.answers)
    assert read_trace(observation.claims).rejected == 0


def test_an_import_that_fails_is_told(run_practice) -> None:
    observation = run_practice("\nimport no_such_module", mode="import")

    (error,) = trace_of(observation).errors
    assert observation.exit_code == 1
    assert (error.error, error.frames[-1].line) == ("ModuleNotFoundError", 2)


def test_a_pool_made_on_import_is_told(run_practice) -> None:
    observation = run_practice(
        """
        from concurrent.futures import ProcessPoolExecutor
        with ProcessPoolExecutor(1) as pool:
            list(pool.map(abs, [1]))
        """,
        mode="import",
        start_method="fork",
    )
    trace = trace_of(observation)

    assert (len(trace.pools), len(trace.maps)) == (1, 1)


# -- forged lines --------------------------------------------------------------------------------

FORGERIES = {
    "bytes": rb"\x00\xff\xfe" * 100,
    "half a line": b'{"type": "map", "call": 1, ',
    "unknown type": b'{"type": "grade", "score": 10}',
    "too many fields": b'{"type": "consumed", "call": 1, "what": "first", "at": 1, "score": 10}',
    "not a number": b'{"type": "consumed", "call": 1, "what": "first", "at": NaN}',
    "infinity": b'{"type": "consumed", "call": 1, "what": "first", "at": 1e999}',
    "negative": b'{"type": "consumed", "call": -1, "what": "first", "at": 1}',
    "huge number": b'{"type": "consumed", "call": 1' + b"0" * 5000 + b', "what": "first", "at": 1}',
    "deep nesting": b'{"type": ' + b"[" * 50_000,
    "long text": b'{"type": "error", "error": "' + b"x" * 5000 + b'", "message": "", "at": 0}',
    "wrong kinds": b'{"type": "chunk", "call": "1", "index": [], "first": {}, "count": null}',
    "a list": b"[1, 2, 3]",
    "empty object": b"{}",
}


@pytest.mark.parametrize("name", sorted(FORGERIES))
def test_a_forged_line_is_counted_and_hides_no_other(run_practice, name: str) -> None:
    observation = run_practice(
        f"""
        import os
        from concurrent.futures import ProcessPoolExecutor
        forged = {FORGERIES[name]!r}
        for fd in range(3, 64):
            try:
                os.write(fd, b'\\n' + forged + b'\\n')
            except OSError:
                pass
        with ProcessPoolExecutor(1) as pool:
            print(list(pool.map(abs, range(3), chunksize=2)))
        """,
        start_method="fork",
    )
    trace = read_trace(observation.claims)

    assert observation.stdout == b"[0, 1, 2]\n"
    assert trace.rejected >= 1
    assert trace.hello is not None
    assert trace.finished is not None
    assert len(trace.maps) == 1


@pytest.mark.parametrize(
    "attack",
    [
        "os.closerange(3, 64)",
        "[os.dup2(os.open('/dev/null', os.O_WRONLY), fd) for fd in range(3, 20)]",
        "[os.dup2(os.open('/dev/full', os.O_WRONLY), fd) for fd in range(3, 20)]",
        "sys.modules['pargrade_trace'].Recorder.emit = None",
        "sys.modules.pop('pargrade_trace')",
        "json.dumps = None",
        "time.monotonic = lambda: float('nan')",
    ],
)
def test_a_program_that_meddles_with_the_recording_is_only_a_value(run_practice, attack: str) -> None:
    observation = run_practice(f"import json, os, sys, time\n{attack}\nprint('done')")

    trace = read_trace(observation.claims)
    assert observation.ended is Ended.EXITED
    assert observation.stdout == b"done\n"
    assert trace.hello is not None


def test_a_forked_child_cannot_speak_for_the_main_process(run_practice) -> None:
    observation = run_practice(
        textwrap.dedent(
            """
            import os, sys
            from concurrent.futures import ThreadPoolExecutor
            if os.fork() == 0:
                ThreadPoolExecutor(1)
                sys.exit(9)
            os.wait()
            """
        )
    )
    trace = trace_of(observation)

    assert trace.pools == ()
    assert trace.finished is not None
    assert trace.finished.exit_code == 0
