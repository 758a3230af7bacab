# attacks: 53
# what: ends so that its memory would be written to a file
# ends: signalled
import os
import resource

if resource.getrlimit(resource.RLIMIT_CORE) == (0, 0):
    os.abort()
