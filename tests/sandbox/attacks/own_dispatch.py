# attacks: 129
# what: takes its own system calls before the kernel does, changes what is known of its memory, takes odd attributes
import os

from target import LIBC, attempt, ctypes

DISPATCH, SET_MM, IO_FLUSHER, CORE_SCHEDULING, SECCOMP = 59, 35, 57, 62, 22


def prctl(*words):
    if LIBC.prctl(*map(ctypes.c_ulong, words)):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


selector = ctypes.create_string_buffer(b"\0")  # lets all calls through, and none around the filter
prctl(DISPATCH, 1, 0, 0, ctypes.addressof(selector))
for name, words in {
    "forget its arguments": (SET_MM, 8, 0, 0, 0),
    "be spared when memory is short": (IO_FLUSHER, 1, 0, 0, 0),
    "share a core with the grader": (CORE_SCHEDULING, 2, os.getppid(), 1, 0),
    "take a filter of its own": (SECCOMP, 2, 0, 0, 0),
}.items():

    @attempt(name)
    def _(words=words):
        prctl(*words)


for _ in range(100):
    if os.fork() == 0:
        os._exit(0)
    os.wait()
prctl(DISPATCH, 0, 0, 0, 0)
print("done")
