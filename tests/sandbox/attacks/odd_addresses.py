# attacks: 117
# what: calls that the grader answers, with addresses, lengths and descriptors that are none
import os
import socket
from concurrent.futures import ProcessPoolExecutor

from target import LIBC, X86_64, attempt, call, ctypes

ADDRESSES = (0, 1, 2**63 - 1, 2**63, 2**64 - 1)
LENGTHS = (0, 1, 110, 2**31, 2**32 - 1, 2**63, 2**64 - 1)
CONNECT, CLONE, THREAD = (42, 56, 0x10000) if X86_64 else (203, 220, 0x10000)

for descriptor in (socket.socket(socket.AF_UNIX).fileno(), 0, 2**31 - 1, 2**64 - 1):
    for address in ADDRESSES:
        for length in LENGTHS:

            @attempt(f"connect {descriptor:x} to {address:x}, {length:x} long")
            def _(words=(descriptor, address, length)):
                return call(CONNECT, CONNECT, *map(ctypes.c_ulong, words))


@attempt("a call that no kernel has")
def _():
    call(10**6, 10**6)


LIBC.syscall(CLONE, THREAD, 0, 0, 0, 0)

if __name__ == "__main__":
    with ProcessPoolExecutor(2) as pool:  # hangs where nobody answers any more
        assert list(pool.map(abs, range(4))) == list(range(4))
    print("done")
