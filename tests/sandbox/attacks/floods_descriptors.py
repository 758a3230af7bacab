# attacks: 51
# what: megabytes without a line end to every other descriptor there is
import os

block = b"x" * (1 << 16)
for fd in range(3, 1024):
    for _ in range(512):
        try:
            os.write(fd, block)
        except OSError:
            break
print("done")
