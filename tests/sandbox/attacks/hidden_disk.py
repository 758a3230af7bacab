# attacks: 98
# what: files that are removed while they are open, so that no folder lists them
# limits: disk_bytes=20000000 wall_s=20
# ends: too-much-disk
import os
import time

block = b"x" * (1 << 20)
kept = []
for number in range(20):
    kept.append(os.open(f"hidden{number}", os.O_CREAT | os.O_RDWR))
    os.unlink(f"hidden{number}")
    for _ in range(3):
        os.write(kept[-1], block)
time.sleep(60)
