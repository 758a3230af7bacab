# attacks: 52
# what: a file of 20 GB with nothing in it, and one that reserves them
import os

from target import attempt

for folder in (".", "/dev/shm"):
    descriptor = os.open(f"{folder}/sparse{os.getpid()}", os.O_CREAT | os.O_RDWR)

    @attempt("truncate")
    def _():
        os.ftruncate(descriptor, 20 << 30)

    @attempt("fallocate")
    def _():
        os.posix_fallocate(descriptor, 0, 20 << 30)

    @attempt("write far away")
    def _():
        os.pwrite(descriptor, b"x", 20 << 30)


print("done")
