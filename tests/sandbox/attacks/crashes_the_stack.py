# attacks: 56
# what: a fault in the main program's memory
# ends: signalled
import ctypes

ctypes.string_at(0)
