# attacks: 104
# what: ended children that nobody collects, to use up the numbers of processes
# limits: processes=8 wall_s=20
# ends: too-many-processes
import os
import time

for _ in range(3000):
    try:
        if os.fork() == 0:
            os._exit(0)
    except OSError:
        time.sleep(0.01)
time.sleep(60)
