# attacks: 106
# what: signals to the grader by groups, descriptors, owners of files, timers and terminals
import ctypes
import fcntl
import os
import signal
import struct
import time

from target import HELD, LIBC, T, attempt, call

G = T["grader"]
ALIEN = G not in (0, 1, os.getpid()) and os.path.exists(f"/proc/{G}")

if ALIEN and os.getpgid(G) > 1:  # 0: it leads one outside of the container

    @attempt("the grader's group")
    def _():
        os.kill(-os.getpgid(G), 0)


if ALIEN:

    @attempt("the grader's group by descriptor")
    def _():
        call(424, 424, os.pidfd_open(G), 0, 0, 4)

    @attempt("join the grader's group")
    def _():
        os.setpgid(0, os.getpgid(G) or 1)

    @attempt("a timer that signals the grader")
    def _():
        event = ctypes.create_string_buffer(struct.pack("=QiiiI", 0, signal.SIGUSR1, 4, G, 0), 64)
        if LIBC.timer_create(1, ctypes.byref(event), ctypes.byref(ctypes.c_void_p())) < 0:
            raise OSError(ctypes.get_errno(), "refused")

    for command, name in ((8, "owner"), (15, "owner and kind")):

        @attempt(f"a signal as {name} of a pipe")
        def _(command=command):
            reading, writing = os.pipe()
            owner = G if command == 8 else struct.pack("=ii", 1, G)
            fcntl.fcntl(reading, command, owner)
            fcntl.fcntl(reading, 10, signal.SIGUSR1)  # F_SETSIG: it would end the grader
            fcntl.fcntl(reading, fcntl.F_SETFL, os.O_ASYNC | os.O_NONBLOCK)
            os.write(writing, b"x")
            time.sleep(0.05)
            return HELD  # the grader, which lives, tells


@attempt("everybody")
def _():
    pid = os.fork()
    if pid == 0:
        os.setsid()
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)
        os._exit(0)
    os.waitpid(pid, 0)
    return HELD


@attempt("the foreground group of a terminal")
def _():
    fcntl.ioctl(0, 0x5410, struct.pack("=i", G))


print("done")
