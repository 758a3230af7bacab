"""Runs a student's script as ``__main__``, or imports it as a worker would, and tells what happened.

Started by path in an isolated interpreter: ``python -I pargrade_run.py CONFIG`` with CONFIG a JSON object:

script      the program's file name in the current folder
mode        "script", "import", or "reference": as a script whose ``map`` is a pool's (see ``pargrade_reference``)
workers     in reference mode: of that pool
args        its command-line arguments
claims_fd   the private descriptor for the JSON lines, which no child keeps open
started     the parent's monotonic clock at the start of the run, seconds; all times count from it
rlimits     limits of this process and its children, names as in the ``resource`` module
cpu_count   what the program is told, or null
start_method  the start method to use where the program names none, or null
questions_fd  absent, or in import mode the private descriptor for questions to the program's functions and their
            answers, one JSON line each, one at a time; the lines are described in ``grader.model.answers``
chunksize   left out, or the chunk size of every ``ProcessPoolExecutor.map``, whatever the program asks for
"""

from __future__ import annotations

import atexit
import builtins
import json
import multiprocessing
import multiprocessing.context
import os
import re
import resource
import sys
import time
import types

TYPE_CHECKING = False  # as in ``typing``, whose import every run would pay for
if TYPE_CHECKING:
    from typing import Any

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(HERE)

import pargrade_trace  # noqa: E402, found by the line above

OWN_FRAMES = re.compile(rf'  File "{re.escape(HERE)}[^"]*", line .*\n(?:    .*\n)*')
LARGEST = 10**18
"""Larger numbers are no counts, and Python refuses to write very large ones as text."""
LINE_BYTES = 64 << 10
"""The longest answer that is accepted."""


class ExitCode:
    """The exit code the interpreter will end with, as far as it is known."""

    value = 0


def apply_limits(limits: dict[str, int]) -> None:
    """Set the limits of this process and its children."""
    for name, value in limits.items():
        limit = getattr(resource, "RLIMIT_" + name)
        most = resource.getrlimit(limit)[1]  # what the user may have; only root may raise it
        value = value if most == resource.RLIM_INFINITY else min(value, most)
        resource.setrlimit(limit, (value, value))


def tell_cpu_count(count: int | None) -> None:
    """Give a default pool this many workers, on every host. From 3.13 on an interpreter option does it."""
    if count is None or sys.version_info >= (3, 13):
        return

    def cpu_count() -> int | None:
        return count

    os.cpu_count = cpu_count


def use_start_method(method: str | None) -> None:
    """Make it the default, as another platform would have it: the program may still set its own."""
    if method is None:
        return
    context = multiprocessing.get_context(method)
    default_context()._default_context = context


def default_context() -> Any:
    """The object behind ``multiprocessing``'s own functions; it holds the default start method."""
    return multiprocessing.context._default_context


def frames_in(script: str, traceback: types.TracebackType | None) -> list[dict[str, Any]]:
    """The lines of a traceback that lie in the script, the innermost last."""
    found = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        if code.co_filename == script:
            found.append({"line": traceback.tb_lineno, "function": pargrade_trace.cut(code.co_name)})
        traceback = traceback.tb_next
    return found[-20:]


def without_harness(error: BaseException | None) -> None:
    """Leave out this program's own frames, so that the traceback is the one a plain run would show."""
    seen = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        frames, traceback = [], error.__traceback__
        while traceback is not None:
            if os.path.dirname(traceback.tb_frame.f_code.co_filename) != HERE:
                frames.append(traceback)
            traceback = traceback.tb_next
        kept = None
        for frame in reversed(frames):
            kept = types.TracebackType(kept, frame.tb_frame, frame.tb_lasti, frame.tb_lineno)
        error.__traceback__ = kept
        remote = error.__dict__.get("tb")  # the text of a worker's traceback
        if isinstance(remote, str):
            error.__dict__["tb"] = OWN_FRAMES.sub("", remote)
        error = error.__cause__ or error.__context__


def causes_of(error: BaseException | None) -> list[str]:
    """The types of the exceptions that an exception was raised from, the nearest first."""
    found: list[str] = []
    seen = set()
    while error is not None and id(error) not in seen and len(found) < 10:
        seen.add(id(error))
        error = error.__cause__ or error.__context__
        if error is not None:
            found.append(type(error).__name__)
    return found


def remote_of(error: BaseException) -> str:
    """The end of the traceback text that came from a worker process, or an empty string."""
    text = getattr(error.__cause__, "tb", "")
    return pargrade_trace.whole_characters(text[-1500:])[-1500:] if isinstance(text, str) else ""


def tell_error(recorder: pargrade_trace.Recorder, error: BaseException) -> None:
    """Tell which exception ended the program."""
    recorder.emit(
        "error",
        error=pargrade_trace.cut(type(error).__name__),
        message=pargrade_trace.safe_text(error),
        frames=frames_in(recorder.script, error.__traceback__),
        causes=causes_of(error),
        remote=remote_of(error),
        at=recorder.now(),
    )


def execute(name: str, path: str, **names: Any) -> types.ModuleType:
    """Run the script at ``path`` in a new module that workers, and what they send back, find as ``__main__``.

    ``names`` are there before its first line.
    """
    module = types.ModuleType(name)
    module.__file__ = path
    module.__dict__.update(names, __builtins__=builtins)
    sys.modules["__main__"] = sys.modules["__mp_main__"] = module  # spawned workers know it by the second name
    with open(path, "rb") as file:
        source = file.read()
    exec(compile(source, path, "exec", dont_inherit=True), module.__dict__)
    return module


def exit_code_of(code: object) -> int:
    """What the parent will see of ``sys.exit(code)``: one byte of a number, 1 for a text."""
    if not isinstance(code, int):
        return int(code is not None)
    return code & 0xFF if -(2**63) <= code < 2**63 else 0xFF


def show_without_harness() -> None:
    """Let an uncaught exception be shown as in a plain run, by the hook the program may have set."""
    hook = sys.excepthook

    def show(kind: type[BaseException], error: BaseException, _: types.TracebackType | None) -> None:
        without_harness(error)
        hook(kind, error, error.__traceback__)

    sys.excepthook = show


def run_script(recorder: pargrade_trace.Recorder, **names: Any) -> None:
    """Run the script as the interpreter would run it, with ``names`` in place of built-in ones."""
    try:
        execute("__main__", recorder.script, **names)
    except SystemExit as end:
        ExitCode.value = exit_code_of(end.code)
        raise
    except BaseException as error:
        ExitCode.value = 1
        tell_error(recorder, error)
        show_without_harness()
        raise


class Questions:
    """The private descriptor over which this process, and no child of it, is asked."""

    def __init__(self, fd: int | None) -> None:
        self.fd = fd
        self.rest = b""
        if fd is not None:
            os.set_inheritable(fd, False)  # an exec'd child must not hold it open
            os.register_at_fork(after_in_child=self.leave)

    def leave(self) -> None:
        """A forked child is no longer the process that may answer."""
        if self.fd is not None:
            os.close(self.fd)
            self.fd = None

    def write(self, line: str) -> None:
        """Write one line, whole."""
        data = line.encode("ascii") + b"\n"
        while data and self.fd is not None:
            data = data[os.write(self.fd, data) :]

    def next(self) -> dict[str, Any] | None:
        """The next question, or None when there is none."""
        while b"\n" not in self.rest:
            data = os.read(self.fd, LINE_BYTES) if self.fd is not None else b""
            if not data:
                return None
            self.rest += data
        line, self.rest = self.rest.split(b"\n", 1)
        question: dict[str, Any] = json.loads(line)
        return question


def plain_value(value: object) -> dict[str, Any]:
    """The answer as JSON if it is of a plain kind, else the name of its type."""
    if isinstance(value, dict):
        pairs = dict(value.items())
        if all(is_text(k) and type(v) is int and abs(v) < LARGEST for k, v in pairs.items()):
            return {"value": pairs}
    elif is_text(value) or (type(value) is int and abs(value) < LARGEST):
        return {"value": value}
    return {"kind": tellable(type(value).__name__) or "nameless"}


def tellable(text: str) -> str:
    """A text cut to a length and without half letters."""
    short: str = pargrade_trace.cut(text)
    return short.encode("utf-8", "replace").decode()


def is_text(value: object) -> bool:
    """Text without half letters, which JSON for others cannot hold."""
    if type(value) is not str:
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def answer_to(module: types.ModuleType, question: dict[str, Any]) -> dict[str, Any]:
    """Put one question to one of the program's functions, if there is such a function."""
    function = module.__dict__.get(question["function"])
    if not callable(function):
        return {"missing": True}
    try:
        return plain_value(function(*question["arguments"]))
    except BaseException as error:
        return {"error": tellable(f"{type(error).__name__}: {pargrade_trace.safe_text(error)}")}


def answer_all(module: types.ModuleType, questions: Questions) -> None:
    """Say that the program is ready, and answer what is asked until nothing more is."""
    questions.write(json.dumps({"ready": True}))
    while (question := questions.next()) is not None:
        answer = answer_to(module, question)
        line = json.dumps({"id": question["id"], **answer}, allow_nan=False)
        if len(line) >= LINE_BYTES:
            kind = f"{type(next(iter(answer.values()))).__name__} too large to be told"
            line = json.dumps({"id": question["id"], "kind": kind})
        questions.write(line)


def import_script(recorder: pargrade_trace.Recorder, questions: Questions) -> None:
    """Import the script as a spawned worker does, then put the questions to its functions."""
    try:
        module = execute("__mp_main__", recorder.script)
    except BaseException as error:
        tell_error(recorder, error)
        ExitCode.value = 1
        sys.exit(1)
    recorder.emit("imported", cpu_s=time.process_time(), at=recorder.now())
    if questions.fd is not None:
        try:
            answer_all(module, questions)
        except OSError:  # the program has closed the descriptor: the questions stay unanswered
            ExitCode.value = 1
            sys.exit(1)


def main() -> None:
    """Read the configuration, start recording, and run or import the script."""
    config = json.loads(sys.argv[1])
    script = os.path.abspath(config["script"])
    recorder = pargrade_trace.Recorder(config["claims_fd"], config["started"], script)
    questions = Questions(config.get("questions_fd"))
    apply_limits(config["rlimits"])
    tell_cpu_count(config["cpu_count"])
    use_start_method(config["start_method"])
    if config["mode"] != "reference":  # whose chunks nobody asks for
        pargrade_trace.trace_all(recorder, config.get("chunksize"))
    atexit.register(lambda: recorder.finish(ExitCode.value))
    recorder.emit(
        "hello",
        python=".".join(map(str, sys.version_info[:3])),
        start_method=default_context()._default_context.get_start_method(),
        pid=os.getpid(),
        at=recorder.now(),
    )
    sys.argv = [config["script"], *config["args"]]
    sys.path.append(os.path.dirname(script))
    if config["mode"] == "script":
        run_script(recorder)
    elif config["mode"] == "reference":
        import pargrade_reference

        run_script(recorder, map=pargrade_reference.parallel_map(config["workers"]))
    else:
        import_script(recorder, questions)


if __name__ == "__main__":
    main()
