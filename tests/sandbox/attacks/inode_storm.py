# attacks: 52
# what: empty files without end, which take no block of the disk
# limits: disk_bytes=8000000
# ends: too-much-disk
import os
import time

for folder in range(4):
    os.mkdir(str(folder))
    for number in range(1000):
        os.close(os.open(f"{folder}/{number}", os.O_CREAT))
time.sleep(60)
