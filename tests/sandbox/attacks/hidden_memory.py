# attacks: 97
# what: memory in files without a name, which no process has mapped
# limits: memory_bytes=120000000 disk_bytes=20000000 wall_s=20
# ends: exited | out-of-memory | too-much-disk
import os
import time

block = b"x" * (1 << 20)
hoarded = 0
for _ in range(20):
    try:
        memory = os.memfd_create("hoard")
        for _ in range(10):
            hoarded += os.write(memory, block)
    except OSError as error:
        print("held", error.strerror)
if hoarded > 150 << 20:
    time.sleep(3)  # long enough to be noticed
    print("LEAK", hoarded)
print("done")
