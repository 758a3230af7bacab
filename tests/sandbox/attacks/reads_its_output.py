# attacks: 118
# what: opens its output for reading, and takes away what the grader is about to read, so that it waits for ever
# limits: wall_s=3
# ends: timed-out | exited
import os
import time

try:
    fd = os.open("/proc/self/fd/1", os.O_RDONLY | os.O_NONBLOCK)
except OSError as error:
    print("held", error.strerror)
    print("done", flush=True)
    os._exit(0)
began = time.monotonic()
while time.monotonic() < began + 4:  # if it still runs then, the grader waits for a byte that never comes
    for wait in range(0, 200, 5):
        os.write(1, b"x")
        for _ in range(wait):
            pass
        try:
            os.read(fd, 1 << 16)
        except BlockingIOError:
            pass
        time.sleep(0.0005)
time.sleep(3600)
