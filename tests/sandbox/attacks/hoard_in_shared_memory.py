# attacks: 99
# what: many files of shared memory, each below the limit of one
# limits: disk_bytes=20000000 memory_bytes=50000000
# ends: out-of-memory | exited
import os
import time

block = b"x" * (1 << 20)
kept = []
try:
    for number in range(20):
        kept.append(open(f"/dev/shm/hoard{os.getpid()}-{number}", "wb", 0))  # what is closed, others may tidy away
        for _ in range(3):
            kept[-1].write(block)
except OSError as error:
    print("held", error.strerror)
else:
    time.sleep(10)
    print("LEAK, all was written")
print("done")
