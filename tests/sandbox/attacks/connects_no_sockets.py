# attacks: 126
# what: connects descriptors that are no sockets, so that the grader takes them and may forget to give them back
import os
import struct

from target import LIBC, ctypes

with open("there", "w"):
    pass
address = struct.pack("=H", 1) + b"there\0"
buffer = ctypes.create_string_buffer(address, len(address))
ends = (*os.pipe(), os.open(".", os.O_PATH), os.open("there", os.O_RDWR), 0)
for _ in range(40):
    for descriptor in ends:
        print("held" if LIBC.connect(descriptor, buffer, len(address)) else "LEAK", descriptor)
print("done")
