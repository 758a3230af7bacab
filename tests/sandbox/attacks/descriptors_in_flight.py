# attacks: 108
# what: sockets sent through each other in rings, so that nobody holds them
import array
import os
import socket

sent = 0
try:
    for _ in range(3000):
        one, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        for ours, through in ((one, other), (other, one)):
            through.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [ours.fileno()]))])
        sent += 1
        one.close()
        other.close()
except OSError as error:
    print("held", error.strerror, sent)
print("done")
