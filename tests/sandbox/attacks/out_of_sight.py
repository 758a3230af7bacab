# attacks: 100
# what: files below a path that is too long to name, then in a folder that cannot be listed
# limits: disk_bytes=20000000 wall_s=20
# ends: too-much-disk
import os
import time

block = b"x" * (1 << 20)
top = os.getcwd()
for _ in range(20):
    os.mkdir("d" * 250)
    os.chdir("d" * 250)
for number in range(10):
    with open(str(number), "wb") as file:
        for _ in range(3):
            file.write(block)
os.chdir(top)
time.sleep(60)
