# attacks: 46
# what: every process forks until it is refused
# limits: processes=20
# ends: too-many-processes
import os
import time

while True:
    try:
        os.fork()
    except OSError:
        time.sleep(60)
