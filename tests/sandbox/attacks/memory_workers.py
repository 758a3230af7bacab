# attacks: 47
# what: memory without end, spread over workers
# limits: memory_bytes=120000000 wall_s=20
# ends: out-of-memory
import time

import os

for _ in range(5):
    if os.fork() == 0:
        keep = bytearray(b'x') * (50 << 20)
        break
time.sleep(60)
