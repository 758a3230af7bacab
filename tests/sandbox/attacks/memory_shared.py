# attacks: 47
# what: memory without end, in shared pages
# limits: memory_bytes=120000000 wall_s=20
# ends: out-of-memory
import time

import mmap

keep = mmap.mmap(-1, 200 << 20)
keep.write(b'x' * (200 << 20))
time.sleep(60)
