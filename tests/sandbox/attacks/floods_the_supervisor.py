# attacks: 101
# what: many threads make nothing but calls that the supervisor has to answer
# limits: wall_s=1.5 processes=20
# ends: timed-out | too-many-processes | cpu-limit
import contextlib
import os
import socket
import threading


def flood():
    while True:
        with contextlib.suppress(OSError):
            os.kill(os.getppid(), 0)
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as ours:
            ours.connect("nobody")


for _ in range(12):
    threading.Thread(target=flood, daemon=True).start()
while True:
    if (pid := os.fork()) == 0:
        os._exit(0)
    os.waitpid(pid, 0)
