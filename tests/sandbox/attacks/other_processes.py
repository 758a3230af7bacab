# attacks: 18, 20, 21, 22, 23
# what: signals, traces, reads and slows down the grader
import ctypes
import os
import resource
import signal

from target import HELD, T, attempt, call

G = T["grader"]
PARENT = os.getppid()


def alien(pid):
    """In a namespace of its own the number may belong to a process of the run itself."""
    return pid not in (0, 1, os.getpid())


for name, pid in (("the grader", G), ("the parent", PARENT)):
    if not alien(pid):
        continue
    for number in (0, signal.SIGSTOP, signal.SIGUSR1, signal.SIGKILL):

        @attempt(f"signal {number} to {name}")
        def _(pid=pid, number=number):
            os.kill(pid, number)

    @attempt(f"signal to a thread of {name}")
    def _(pid=pid):
        call(234, 131, pid, pid, 0)

    @attempt(f"queued signal to {name}")
    def _(pid=pid):
        info = ctypes.create_string_buffer(128)
        info[8] = 0xFF
        call(129, 138, pid, 0, ctypes.byref(info))

    @attempt(f"signal by descriptor to {name}")
    def _(pid=pid):
        signal.pidfd_send_signal(os.pidfd_open(pid), 0)

    @attempt(f"descriptor of {name}")
    def _(pid=pid):
        return call(438, 438, os.pidfd_open(pid), 0, 0)

    @attempt(f"seize {name}")
    def _(pid=pid):
        call(101, 117, 0x4206, pid, 0, 0)

    @attempt(f"attach to {name}")
    def _(pid=pid):
        call(101, 117, 16, pid, 0, 0)

    @attempt(f"read the memory of {name}")
    def _(pid=pid):
        local = ctypes.create_string_buffer(8)
        here = (ctypes.c_void_p * 2)(ctypes.addressof(local), 8)
        there = (ctypes.c_void_p * 2)(T["address"], 8)
        return call(310, 270, pid, ctypes.byref(here), 1, ctypes.byref(there), 1, 0)

    @attempt(f"open the memory of {name}")
    def _(pid=pid):
        with open(f"/proc/{pid}/mem", "rb+"):
            pass

    @attempt(f"environment of {name}")
    def _(pid=pid):
        with open(f"/proc/{pid}/environ", "rb") as file:
            return file.read() or HELD

    @attempt(f"command line of {name}")
    def _(pid=pid):
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read() or HELD

    @attempt(f"descriptors of {name}")
    def _(pid=pid):
        return os.listdir(f"/proc/{pid}/fd")

    @attempt(f"limits of {name}")
    def _(pid=pid):
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (64, 64))

    @attempt(f"priority of {name}")
    def _(pid=pid):
        os.setpriority(os.PRIO_PROCESS, pid, 19)

    @attempt(f"affinity of {name}")
    def _(pid=pid):
        os.sched_setaffinity(pid, {0})

    @attempt(f"owner of a descriptor is {name}")
    def _(pid=pid):
        import fcntl

        read, write = os.pipe()
        fcntl.fcntl(read, fcntl.F_SETOWN, pid)
        fcntl.fcntl(read, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
        os.write(write, b"x")
        return HELD  # accepted is not yet sent: the grader ignores or survives it, see the test


@attempt("environment and command line of process 1")
def _():
    found = b""
    for name in ("environ", "cmdline"):
        with open(f"/proc/1/{name}", "rb") as file:
            found += file.read()
    for secret in (T["marker"], T["checkout"], T["outside"]):
        if secret.encode() in found:
            return found
    return HELD


@attempt("secrets in the command line of oneself")
def _():
    with open("/proc/self/cmdline", "rb") as file:
        found = file.read()
    return found if T["marker"].encode() in found or T["checkout"].encode() in found else HELD


print("done")
