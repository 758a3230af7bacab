# attacks: 47
# what: memory without end, in one process
# limits: memory_bytes=120000000 wall_s=20
# ends: out-of-memory
import time

keep = bytearray(b'x') * (200 << 20)
time.sleep(60)
