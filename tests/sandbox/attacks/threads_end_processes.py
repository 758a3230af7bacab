# attacks: 116
# what: processes that end as a thread does, without a word of the whole process
import os

from target import LIBC, X86_64

for _ in range(100):
    if os.fork() == 0:
        LIBC.syscall(60 if X86_64 else 93, 0)
    os.wait()
print("done")
