# attacks: 41
# what: another thread changes the address while the connection is made
import ctypes
import os
import socket
import threading
import time

from target import LIBC, T

GOOD = b"\x01\x00" + b"own".ljust(100, b"\0")
BAD = b"\x01\x00" + os.fsencode(T["socket"]).ljust(100, b"\0")
buffer = ctypes.create_string_buffer(GOOD, len(GOOD))
server = socket.socket(socket.AF_UNIX)
server.bind("own")
server.listen(1000)
stop = False


def flip():
    while not stop:
        ctypes.memmove(buffer, BAD, len(BAD))
        ctypes.memmove(buffer, GOOD, len(GOOD))


thread = threading.Thread(target=flip)
thread.start()
end = time.monotonic() + 1.5
connected = 0
while time.monotonic() < end and connected < 800:
    with socket.socket(socket.AF_UNIX) as client:
        connected += LIBC.connect(client.fileno(), buffer, len(GOOD)) == 0
stop = True
thread.join()
print("held" if connected else "LEAK: the race was not run", connected)  # who was reached, the listener tells
print("done")
