# attacks: 110
# what: threads fork while another thread ends the process
# limits: processes=30 wall_s=20
# ends: exited | too-many-processes
import contextlib
import os
import threading
import time


def forks():
    while True:
        with contextlib.suppress(OSError):
            if os.fork() == 0:
                time.sleep(0.01)
                os._exit(0)


import warnings

warnings.simplefilter("ignore")
for _ in range(6):
    if os.fork() == 0:
        for _ in range(3):
            threading.Thread(target=forks, daemon=True).start()
        time.sleep(0.05)
        os._exit(0)
for _ in range(6):
    with contextlib.suppress(ChildProcessError):
        os.wait()
print("done", flush=True)
os._exit(0)
