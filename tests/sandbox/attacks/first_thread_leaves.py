# attacks: 115
# what: the first thread of a process ends before the others, so that it looks ended, and computes on out of sight
import os
import threading
import time

from target import LIBC, X86_64

EXIT = 60 if X86_64 else 93


def goes_on(first_is_there):
    end = time.process_time() + 0.3
    while time.process_time() < end:
        pass
    print("held the first thread" if first_is_there.wait(0.2) else "LEAK the first thread has gone", flush=True)
    os._exit(0)


def stays():
    time.sleep(3600)  # whoever lives on is found by the test


for second in (goes_on, stays):
    if os.fork() == 0:
        if second is stays:
            os.setsid()
        here = threading.Event()
        threading.Thread(target=second, args=(here,) if second is goes_on else ()).start()
        LIBC.syscall(EXIT, 0)
        here.set()
        time.sleep(3600)
    if second is goes_on:
        os.wait()
print("done", flush=True)
os._exit(0)
