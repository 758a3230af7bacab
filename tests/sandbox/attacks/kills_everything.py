# attacks: 19
# what: kills every process it can, then its own group
# ends: signalled | exited
import os
import time

for pid in (-1, 0):
    os.kill(pid, 9)
    time.sleep(0.5)
os._exit(3)
