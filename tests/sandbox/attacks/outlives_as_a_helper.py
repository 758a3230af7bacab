# attacks: 124
# what: goes on after the end of the program under the name of a helper, which gets some seconds, and hoards memory
# limits: memory_bytes=150000000 wall_s=20
import os
import sys
import time

HOARDS = """
import time
kept = []
for _ in range(120):
    kept.append(bytearray(8 << 20))
    time.sleep(0.02)
"""

if os.fork() == 0:
    os.execv(sys.executable, [sys.executable, "-c", HOARDS, "multiprocessing.resource_tracker"])
time.sleep(0.2)
print("done", flush=True)
os._exit(0)
