# attacks: 100
# what: files in a folder that cannot be listed
# limits: disk_bytes=20000000 wall_s=20
# ends: too-much-disk
import os
import time

block = b"x" * (1 << 20)
os.mkdir("blind", 0o300)
for number in range(10):
    with open(f"blind/{number}", "wb") as file:
        for _ in range(3):
            file.write(block)
time.sleep(60)
