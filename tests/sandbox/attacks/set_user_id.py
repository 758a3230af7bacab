# attacks: 128
# what: leaves a program that runs as its owner, whoever starts it, filled by every way that might keep the right
import mmap
import os

from target import attempt

SET_USER_ID = 0o4000
source = os.open(os.__file__, os.O_RDONLY)


def spliced(file):
    reader, writer = os.pipe()
    os.write(writer, b"program")
    os.splice(reader, file, 7)


def mapped(file):
    os.posix_fallocate(file, 0, 4096)
    with mmap.mmap(file, 4096) as memory:
        memory[:7] = b"program"


WAYS = {
    "write": lambda file: os.write(file, b"program"),
    "pwrite": lambda file: os.pwrite(file, b"program", 0),
    "truncate": lambda file: os.ftruncate(file, 4096),
    "sendfile": lambda file: os.sendfile(file, source, 0, 100),
    "copy_file_range": lambda file: os.copy_file_range(source, file, 100),
    "splice": spliced,
    "mmap": mapped,
    "chmod": lambda file: (mapped(file), os.fchmod(file, 0o4755)),
}
os.umask(0)
for folder in (".", "/dev/shm"):
    for name, way in WAYS.items():

        @attempt(f"{name} in {folder}")
        def _(way=way, path=f"{folder}/pargrade-{os.getpid()}-{name}"):
            file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o4755)
            try:
                way(file)
                if not (os.fstat(file).st_mode & SET_USER_ID and os.fstat(file).st_size):
                    raise OSError(1, "the right was lost")
            finally:
                os.unlink(path)


print("done")
