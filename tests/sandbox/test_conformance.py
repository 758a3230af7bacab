"""Every backend keeps the contract of ``Sandbox.run``: limits, endings, a private place, nothing left."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from grader.errors import SandboxError
from grader.model.run import Ended, Observation, Sandbox
from grader.sandbox.jail import JailSandbox
from grader.sandbox.processes import LinuxProcesses
from grader.sandbox.workfolder import stock
from tests.sandbox.conftest import WALLED

pytestmark = pytest.mark.slow

HANG_S = 60.0
"""Far more than any of these runs takes; only a run that does not end reaches it."""


def processes_naming(text: str) -> list[int]:
    """Living processes with this text in their environment: those of runs below a temp folder."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if text.encode() in (folder / "environ").read_bytes():
                found.append(int(folder.name))
    return found


def told(observation: Observation) -> object:
    """What the program printed as one JSON value."""
    return json.loads(observation.stdout)


# -- how a program ends --------------------------------------------------------------------------


@pytest.mark.parametrize("code", [0, 1, 3, 255])
def test_the_exit_code_is_the_programs(run, code: int) -> None:
    observation = run(f"import sys; sys.exit({code})")

    assert (observation.ended, observation.exit_code, observation.signal) == (Ended.EXITED, code, None)


def test_an_uncaught_exception_is_exit_code_1_with_its_traceback(run) -> None:
    observation = run("raise ValueError('no such play')")

    assert observation.exit_code == 1
    assert observation.stderr.endswith(b"ValueError: no such play\n")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM])
def test_a_signal_that_ends_the_program_is_told(run, number: signal.Signals) -> None:
    observation = run(f"import os; os.kill(os.getpid(), {int(number)})")

    assert (observation.ended, observation.exit_code, observation.signal) == (
        Ended.SIGNALLED,
        None,
        number,
    )


def test_output_and_error_output_are_kept_apart(run) -> None:
    observation = run("import sys; print('out'); print('err', file=sys.stderr)")

    assert (observation.stdout, observation.stderr) == (b"out\n", b"err\n")


def test_bytes_that_are_no_text_come_through_unchanged(run) -> None:
    observation = run("import sys; sys.stdout.buffer.write(bytes(range(256)))")

    assert observation.stdout == bytes(range(256))


# -- limits --------------------------------------------------------------------------------------


def test_a_program_that_sleeps_too_long_is_timed_out(run) -> None:
    observation = run("import time; time.sleep(3600)", wall_s=0.5)

    assert (observation.ended, observation.exit_code) == (Ended.TIMED_OUT, None)
    assert 0.5 <= observation.wall_s < HANG_S


def test_a_program_that_stops_itself_is_timed_out(run) -> None:
    observation = run("import os, signal; os.kill(os.getpid(), signal.SIGSTOP)", wall_s=0.5)

    assert observation.ended is Ended.TIMED_OUT


def test_what_was_printed_before_the_wall_limit_is_kept(run) -> None:
    observation = run("import time; print('begun', flush=True); time.sleep(3600)", wall_s=1.0)

    assert observation.stdout == b"begun\n"


def test_a_busy_program_meets_the_cpu_limit(run) -> None:
    observation = run("while True: pass", cpu_s=0.4, wall_s=HANG_S)

    assert observation.ended is Ended.CPU_LIMIT


def test_a_busy_program_that_ignores_the_signals_meets_the_cpu_limit(run) -> None:
    observation = run(
        """
        import signal
        for number in (signal.SIGXCPU, signal.SIGTERM, signal.SIGINT):
            signal.signal(number, signal.SIG_IGN)
        while True: pass
        """,
        cpu_s=0.4,
        wall_s=HANG_S,
    )

    assert observation.ended is Ended.CPU_LIMIT


def test_the_cpu_time_of_all_processes_counts_together(run) -> None:
    observation = run(
        """
        import os
        for _ in range(3):
            if os.fork() == 0:
                while True: pass
        while True: pass
        """,
        cpu_s=0.8,
        wall_s=HANG_S,
    )

    assert observation.ended is Ended.CPU_LIMIT


def test_one_process_that_takes_too_much_memory_is_stopped(run) -> None:
    observation = run("import time; hoard = bytearray(b'x') * (200 << 20); time.sleep(60)", memory_bytes=100 << 20)

    assert observation.ended is Ended.OUT_OF_MEMORY
    assert observation.peak_bytes > 100 << 20


def test_memory_spread_over_workers_counts_together(run) -> None:
    observation = run(
        """
        import os, time
        for _ in range(4):
            if os.fork() == 0:
                hoard = bytearray(b'x') * (50 << 20)
                time.sleep(60)
        time.sleep(60)
        """,
        memory_bytes=120 << 20,
    )

    assert observation.ended is Ended.OUT_OF_MEMORY


def test_memory_that_forked_workers_share_counts_once_even_beside_zombies(run_practice) -> None:
    observation = run_practice(
        """
        import os, time
        hoard = bytearray(b'x') * (100 << 20)
        children = []
        for number in range(5):
            children.append(os.fork())
            if children[-1] == 0:
                time.sleep(0.5 if number else 0)
                os._exit(0)
        time.sleep(0.4)
        for child in children:
            os.waitpid(child, 0)
        """,
        memory_bytes=250 << 20,
    )

    assert observation.ended is Ended.EXITED


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_a_flood_of_output_is_stopped_and_its_beginning_kept(run, stream: str) -> None:
    observation = run(f"import sys\nwhile True: print('flood', file=sys.{stream})", output_bytes=10_000, wall_s=HANG_S)

    assert observation.ended is Ended.TOO_MUCH_OUTPUT
    assert len(getattr(observation, stream)) == 10_000
    assert getattr(observation, stream).startswith(b"flood\nflood\n")


def test_an_endless_line_is_stopped_too(run) -> None:
    observation = run("import os\nwhile True: os.write(1, b'x' * 65536)", output_bytes=1 << 20, wall_s=HANG_S)

    assert observation.ended is Ended.TOO_MUCH_OUTPUT
    assert observation.stdout == b"x" * (1 << 20)


def test_too_much_output_is_told_even_when_the_program_ends_at_once(run) -> None:
    observation = run("import os; os.write(1, b'x' * 5000); os._exit(0)", output_bytes=1000)

    assert observation.ended is Ended.TOO_MUCH_OUTPUT
    assert len(observation.stdout) == 1000


def test_a_storm_of_processes_is_stopped(run) -> None:
    observation = run(
        """
        import os, time
        for _ in range(60):
            if os.fork() == 0:
                time.sleep(60)
                os._exit(0)
            time.sleep(0.002)
        time.sleep(60)
        """,
        processes=20,
    )

    assert observation.ended is Ended.TOO_MANY_PROCESSES


def test_too_many_bytes_in_files_are_stopped(run) -> None:
    observation = run(
        """
        import time
        for number in range(40):
            with open(f'part{number}', 'wb') as file:
                file.write(b'x' * (1 << 20))
        time.sleep(60)
        """,
        disk_bytes=8 << 20,
    )

    assert observation.ended is Ended.TOO_MUCH_DISK


def test_one_file_cannot_grow_above_the_disk_limit(run_practice) -> None:
    observation = run_practice(
        """
        with open('huge', 'wb') as file:
            try:
                file.truncate((3 << 20) + 1)
            except OSError as error:
                print(error.strerror)
        """,
        disk_bytes=3 << 20,
    )

    assert observation.stdout == b"File too large\n"


def test_limits_of_the_users_own_that_are_tighter_are_kept(request_for, temp_folder: Path) -> None:
    script = temp_folder / "tight.py"
    script.write_text(
        "import resource\nfrom grader.sandbox.practice import PracticeSandbox\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))\n"
        "from grader.model.run import RunRequest\nfrom pathlib import Path\n"
        f"request = RunRequest('x', Path({str(request_for('').entry)!r}), {dict(request_for('').config)!r},"
        " {'program.py': b'import resource; print(resource.getrlimit(resource.RLIMIT_FSIZE))'})\n"
        "seen = PracticeSandbox().run(request)\nprint(seen.stdout, seen.stderr)\n"
    )

    done = in_own_python(script)

    assert done.stdout == "b'(1048576, 1048576)\\n' b''\n"


# -- a private, small place ----------------------------------------------------------------------


def test_input_gets_the_end_of_the_file(run) -> None:
    observation = run("input('Your name? ')")

    assert observation.exit_code == 1
    assert observation.stderr.endswith(b"EOFError: EOF when reading a line\n")


def test_standard_input_is_empty(run) -> None:
    observation = run("import sys; print(repr(sys.stdin.read()))")

    assert observation.stdout == b"''\n"


def test_folder_home_and_temp_are_private_to_the_run(run, temp_folder: Path) -> None:
    observation = run(
        """
        import json, os, tempfile
        print(json.dumps([os.getcwd(), os.path.expanduser('~'), tempfile.gettempdir()]))
        """
    )

    work, home, temp = map(Path, told(observation))
    assert work.parent.parent == temp_folder
    assert home == work
    assert temp == work.parent / "temp"


def test_two_runs_have_different_folders(run) -> None:
    folders = {run("import os; print(os.getcwd())").stdout for _ in range(2)}

    assert len(folders) == 2


def test_the_environment_is_small_and_holds_nothing_of_ours(run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LMS_TOKEN", "secret")
    monkeypatch.setenv("PYTHONPATH", "/nowhere")

    names = told(run("import json, os; print(json.dumps(sorted(os.environ)))"))

    assert names == ["HOME", "LANG", "PARGRADE_RUN", "PATH", "TMPDIR"]


def test_the_program_has_its_own_session(run) -> None:
    observation = run("import json, os; print(json.dumps([os.getpid(), os.getsid(0), os.getpgid(0)]))")

    assert told(observation) == [observation.main_pid] * 3


def test_only_the_standard_descriptors_and_the_private_one_are_open(run_practice) -> None:
    observation = run_practice("import os; print(len(os.listdir('/proc/self/fd')) - 1)")

    assert observation.stdout == b"4\n"


def test_a_module_of_the_student_hides_no_standard_module(run) -> None:
    observation = run("import random; print(random.random() < 1)", files={"random.py": b"raise SystemExit('hijacked')"})

    assert observation.stdout == b"True\n"


def test_a_module_of_the_student_can_be_imported(run) -> None:
    observation = run("import counting; print(counting.RULE)", files={"counting.py": b"RULE = 'first match'"})

    assert observation.stdout == b"first match\n"


# -- files laid out and removed ------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a b.txt", "ü/é.txt", "-n", "*", "new\nline", "a/b/c/d.txt", "\udcff"])
def test_odd_file_names_are_laid_out(run_practice, name: str) -> None:
    observation = run_practice(f"print(open({name!r}, encoding='utf-8').read())", files={name: b"found"})

    assert observation.stdout == b"found\n"


@pytest.mark.parametrize("name", ["../out.txt", "/out.txt", "a/../../out.txt", "..", "a/.."])
def test_file_names_that_lead_out_of_the_folder_are_refused(run_practice, name: str) -> None:
    with pytest.raises(SandboxError, match="leads out of the work folder"):
        run_practice("", files={name: b""})


@pytest.mark.parametrize("name", ["", ".", "null\0byte", "x" * 300, "x" * 300 + "/file", "program.py/file"])
def test_file_names_that_cannot_be_written_are_refused(run_practice, name: str) -> None:
    with pytest.raises(SandboxError, match="cannot be laid into the work folder"):
        run_practice("", files={name: b""})


def test_files_that_several_runs_share_are_there_in_each(run) -> None:
    with stock({"a/1.txt": b"one\n", "a/2.txt": b"two\n", "a/3.txt": b"one\n"}) as files:
        outputs = [
            run(
                """
                import os
                print([open(f"a/{name}").read() for name in sorted(os.listdir("a"))])
                os.remove("a/1.txt")
                open("a/4.txt", "w").close()
                """,
                files=files,
            ).stdout
            for _ in range(2)
        ]

    assert outputs == [b"['one\\n', 'two\\n', 'one\\n']\n"] * 2


def test_a_missing_temp_folder_is_said(run_practice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", "/nowhere/at/all")

    with pytest.raises(SandboxError, match="No folder for the run can be made"):
        run_practice("")


def test_folders_without_rights_are_removed(run_practice) -> None:
    observation = run_practice(
        """
        import os
        os.makedirs('locked/inner/more')
        open('locked/inner/file', 'w').close()
        folders = []
        for name in ('locked/inner/more', 'locked/inner', 'locked', '.', '..'):
            try:
                folders.append(os.open(name, os.O_RDONLY))
            except PermissionError:  # behind a wall
                pass
        for folder in folders:
            os.fchmod(folder, 0)
        """
    )

    assert observation.succeeded


def test_folders_nested_without_end_are_removed(run_practice) -> None:
    observation = run_practice(
        """
        import os, time
        for _ in range(1500):
            os.mkdir('d')
            os.chdir('d')
        open('bottom', 'w').close()
        time.sleep(0.3)
        """
    )

    assert observation.succeeded


def test_a_link_out_of_the_folder_is_removed_and_its_target_kept(run_practice, temp_folder: Path) -> None:
    target = temp_folder / "precious"
    target.mkdir(mode=0o755)
    (target / "file").write_text("kept")

    observation = run_practice(
        f"""
        import os
        os.mkdir('locked')
        os.symlink({str(target)!r}, 'locked/link')
        os.chmod('locked', 0)
        """
    )

    assert observation.succeeded
    assert (target / "file").read_text() == "kept"
    assert target.stat().st_mode & 0o777 == 0o755


def parent_inside(sandbox: Sandbox) -> int:
    """Whom a program sees as its parent: the grader, or what keeps its jail."""
    return 1 if isinstance(sandbox, JailSandbox) else os.getpid()


# -- the process tree ----------------------------------------------------------------------------


def test_a_timeout_kills_grandchildren_too(run) -> None:
    observation = run(
        """
        import os, time
        if os.fork() == 0:
            os.fork()
        time.sleep(3600)
        """,
        wall_s=2.0,  # forking may take a while on a busy machine
    )

    assert observation.ended is Ended.TIMED_OUT
    assert len(observation.processes) == 3


def test_the_main_process_comes_first_with_its_parent_and_cpu_time(run, sandbox: Sandbox) -> None:
    observation = run("sum(range(3_000_000))")

    main = observation.processes[0]
    assert (main.pid, main.ppid) == (observation.main_pid, parent_inside(sandbox))
    assert main.cpu_s > 0.01
    assert "pargrade_run.py" in main.command


def test_a_daemon_in_a_session_of_its_own_is_killed_and_counted(run) -> None:
    observation = run(
        """
        import os, time
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                for fd in (0, 1, 2):
                    os.close(fd)
                time.sleep(3600)
            os._exit(0)
        os.wait()
        time.sleep(0.1)
        """
    )

    assert observation.succeeded
    assert observation.survivors == 1


def test_a_daemon_that_keeps_the_output_open_does_not_delay_the_end(run) -> None:
    observation = run(
        """
        import os, time
        if os.fork() == 0:
            os.setsid()
            time.sleep(3600)
        print('done')
        """,
        wall_s=HANG_S,
    )

    assert observation.succeeded
    assert observation.stdout == b"done\n"
    assert observation.survivors == 1


def test_all_processes_that_outlive_the_main_one_are_counted(run) -> None:
    observation = run(
        """
        import os, time
        for _ in range(3):
            if os.fork() == 0:
                time.sleep(3600)
        time.sleep(0.1)
        os._exit(0)
        """
    )

    assert observation.survivors == 3


def test_a_program_that_waits_for_its_children_leaves_none(run) -> None:
    observation = run(
        """
        import os
        for _ in range(3):
            if os.fork() == 0:
                os._exit(0)
        for _ in range(3):
            os.wait()
        """
    )

    assert (observation.succeeded, observation.survivors) == (True, 0)


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_helpers_of_the_standard_library_are_no_survivors(run_practice, method: str) -> None:
    observation = run_practice(
        """
        from concurrent.futures import ProcessPoolExecutor
        if __name__ == '__main__':
            with ProcessPoolExecutor(2) as pool:
                list(pool.map(abs, range(4), chunksize=2))
        """,
        start_method=method,
    )

    assert (observation.succeeded, observation.survivors) == (True, 0)


def test_workers_of_a_forkserver_that_outlive_the_main_process_are_counted(run_practice) -> None:
    observation = run_practice(
        """
        import os, time
        from concurrent.futures import ProcessPoolExecutor
        if __name__ == '__main__':
            pool = ProcessPoolExecutor(2)
            pool.submit(abs, 1).result()
            pool.submit(time.sleep, 3600)
            time.sleep(0.2)
            os._exit(0)
        """,
        start_method="forkserver",
    )

    assert observation.survivors >= 1


SEMAPHORES_AND_HANG = """
import multiprocessing, time
from multiprocessing import shared_memory
if __name__ == '__main__':
    context = multiprocessing.get_context('spawn')
    locks = [context.Lock() for _ in range(3)]
    memory = shared_memory.SharedMemory(create=True, size=100)
    names = [lock._semlock.name.strip('/') for lock in locks] + [memory.name]
    print(' '.join(names), flush=True)
    {ending}
"""


@pytest.mark.parametrize(
    "ending", ["time.sleep(3600)", "import os; os._exit(0)", "while True: __import__('os').write(2, b'x' * 9000)"]
)
def test_named_semaphores_and_shared_memory_are_removed(run, ending: str) -> None:
    observation = run(SEMAPHORES_AND_HANG.replace("{ending}", ending), wall_s=2.0, output_bytes=100_000)

    names = observation.stdout.decode().split()
    assert len(names) == 4
    assert [name for name in names if any(Path("/dev/shm").glob(f"*{name}"))] == []


def test_other_children_of_the_grader_are_not_touched_and_not_counted(run) -> None:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(3600)"]) as other:
        observation = run("import time; time.sleep(0.1)")
        still_running = other.poll() is None
        other.kill()

    assert still_running
    assert observation.survivors == 0
    assert other.pid not in {process.pid for process in observation.processes}


def test_a_child_of_the_grader_that_ends_meanwhile_keeps_its_exit_code(run) -> None:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(0.1); exit(7)"]) as other:
        run("import time; time.sleep(0.5)")

        assert other.wait() == 7


def test_after_its_runs_the_grader_adopts_no_orphans(run) -> None:
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(run, ["import time; time.sleep(0.1)"] * 3))

    leaver = [sys.executable, "-c", "import os, time\nif os.fork() == 0: time.sleep(2)"]
    subprocess.run(leaver, check=True)

    children = LinuxProcesses().children(os.getpid())
    assert [pid for pid in children if "time.sleep(2)" in LinuxProcesses().command(pid)] == []


# -- interruptions -------------------------------------------------------------------------------


def in_own_python(script: Path, **options: object) -> subprocess.CompletedProcess[str]:
    """Run a script that uses the grader in a process of its own."""
    checkout = str(Path(__file__).parents[2])
    environment = {**os.environ, "PYTHONPATH": checkout}
    return subprocess.run(
        [sys.executable, str(script)],
        env=environment,
        capture_output=True,
        text=True,
        timeout=HANG_S,
        **options,  # type: ignore[call-overload]
    )


INTERRUPTED = """
import signal, sys
from pathlib import Path
from grader.model.run import RunRequest
from grader.sandbox import choose_sandbox

def interrupt(number, frame):
    raise KeyboardInterrupt

signal.signal(signal.SIGALRM, interrupt)
code = b"import os, time\\nfor _ in range(2): os.fork()\\ntime.sleep(3600)\\n"
config = {{"script": "program.py", "mode": "script", "args": [], "start_method": None}}
request = RunRequest("x", Path({entry!r}), config, {{"program.py": code}})
sandbox = choose_sandbox({backend!r})
for delay in {delays}:
    try:
        signal.setitimer(signal.ITIMER_REAL, delay)
        sandbox.run(request)
    except KeyboardInterrupt:
        print("interrupted")
"""


@pytest.mark.parametrize(
    "delays", [(0.3, 0.5), tuple(0.0005 * step for step in range(1, 40))], ids=["while-running", "while-starting"]
)
@pytest.mark.parametrize("backend", ["practice", *sorted({"jail", "uid", "landlock"} & WALLED.keys())])
def test_an_interruption_leaves_nothing_behind(
    request_for, temp_folder: Path, delays: tuple[float, ...], backend: str
) -> None:
    script = temp_folder / "interrupted.py"
    script.write_text(INTERRUPTED.format(entry=str(request_for("").entry), delays=delays, backend=backend))

    done = in_own_python(script)

    assert (done.stdout, done.stderr) == ("interrupted\n" * len(delays), "")
    assert list(temp_folder.glob("pargrade-*")) == []
    assert processes_naming(f"TMPDIR={temp_folder}/pargrade-") == []


# -- claims --------------------------------------------------------------------------------------


FIND_CLAIMS = """
import os, stat
def is_pipe(fd):
    try:
        return stat.S_ISFIFO(os.fstat(fd).st_mode)
    except OSError:
        return False
claims = max(fd for fd in range(3, 64) if is_pipe(fd))
"""


def test_claims_are_capped_and_the_rest_is_read_and_dropped(run) -> None:
    observation = run(
        FIND_CLAIMS + "for _ in range(100): os.write(claims, b'x' * 65536)\nprint('done')", claim_bytes=100_000
    )

    assert observation.stdout == b"done\n"
    assert sum(map(len, observation.claims)) <= 100_000
    assert observation.claims_cut


def test_lines_of_garbage_come_through_beside_the_harness_lines(run) -> None:
    observation = run(FIND_CLAIMS + "os.write(claims, b'\\x00\\xff garbage\\n\\n{}\\n')")

    assert b"\x00\xff garbage" in observation.claims
    assert b"{}" in observation.claims
    assert any(b'"finished"' in line for line in observation.claims)


LISTS_ITS_PIPES = """
import os, subprocess, sys
from concurrent.futures import ProcessPoolExecutor

def pipes(_=None):
    found = []
    for fd in os.listdir('/proc/self/fd'):
        try:
            found.append(os.readlink(f'/proc/self/fd/{fd}'))
        except OSError:
            pass
    return {name for name in found if name.startswith('pipe:')}

def in_fork():
    read, write = os.pipe()
    if os.fork() == 0:
        os.write(write, ' '.join(pipes()).encode())
        os._exit(0)
    os.wait()
    return set(os.read(read, 9000).decode().split())

def in_exec():
    lists = "import os; print(*(os.readlink(fd.path) for fd in os.scandir('/proc/self/fd') if os.path.exists(fd.path)))"
    ls = subprocess.run([sys.executable, '-c', lists], stdout=subprocess.PIPE, close_fds=False, check=True)
    return set(ls.stdout.decode().split())

def in_pool():
    with ProcessPoolExecutor(1) as pool:
        return list(pool.map(pipes, [1]))[0]

if __name__ == '__main__':
    private = pipes() - {os.readlink('/proc/self/fd/1'), os.readlink('/proc/self/fd/2')}
    seen = {'fork': in_fork, 'exec': in_exec, 'pool': in_pool}[sys.argv[1]]()
    print(len(private), len(seen) > 0, len(private & seen))
"""


@pytest.mark.parametrize(
    ("kind", "method"),
    [("exec", None), ("fork", None), ("pool", "fork"), ("pool", "spawn"), ("pool", "forkserver")],
)
def test_no_child_has_the_private_descriptor_open(run_practice, kind: str, method: str | None) -> None:
    observation = run_practice(LISTS_ITS_PIPES, args=[kind], start_method=method)

    assert observation.stdout == b"1 True 0\n"


def test_a_program_that_closes_the_private_descriptor_runs_on(run) -> None:
    observation = run("import os; os.closerange(3, 64); print('done')")

    assert observation.stdout == b"done\n"


def test_runs_of_several_threads_do_not_disturb_each_other(run) -> None:
    programs = [f"import time; time.sleep(0.2); print({number})" for number in range(3)]
    with ThreadPoolExecutor(3) as pool:
        observations = list(pool.map(run, programs))

    assert [observation.stdout for observation in observations] == [b"0\n", b"1\n", b"2\n"]
    assert [len(observation.processes) for observation in observations] == [1, 1, 1]


def test_the_wall_time_is_that_of_the_program(run) -> None:
    before = time.monotonic()
    observation = run("import time; time.sleep(0.3)")

    assert 0.3 <= observation.wall_s <= time.monotonic() - before
