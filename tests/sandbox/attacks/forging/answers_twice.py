# 59 65: returns a wrong answer, and corrects it later from a thread and at the end
# results: returns `0`; malformed
import atexit
import os
import threading
import time


def write(number, value):
    for descriptor in range(3, 64):
        try:
            os.write(descriptor, b'{"id": %d, "value": %d}\n' % (number, value))
        except OSError:
            pass


def add(a, b):
    def later():
        time.sleep(0.05)
        write(0, a + b)

    threading.Thread(target=later).start()
    atexit.register(write, 0, a + b)
    return 0


def product(a, b):
    time.sleep(0.2)
    return a * b
