# attacks: 24, 30
# what: a daemon wipes its environment, leaves its session and ends its parent by a signal
import ctypes
import os
import time

libc = ctypes.CDLL(None)
libc.prctl(4, 0, 0, 0, 0)
libc.prctl(1, 0, 0, 0, 0)
environ = ctypes.POINTER(ctypes.c_void_p).in_dll(libc, "environ")
at = 0
while environ[at]:
    ctypes.memset(environ[at], 120, len(ctypes.string_at(environ[at])))
    at += 1
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(3600)
    os.kill(os.getpid(), 9)
os.wait()
time.sleep(0.3)
print("done")
