# attacks: 51
# what: a gigabyte to stderr, in one endless line
# ends: too-much-output
import os

block = b"x" * (1 << 20)
for _ in range(1 << 10):
    os.write(2, block)
