# attacks: 113
# what: processes one after the other without end, each of which the grader has to keep accounts of
# limits: processes=8
# ends: too-many-processes
import os
import sys

sys.setswitchinterval(1)
for _ in range(2):
    if os.fork() == 0:
        break
while True:
    if (pid := os.fork()) == 0:
        os._exit(0)
    os.waitpid(pid, 0)
