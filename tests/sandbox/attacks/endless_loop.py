# attacks: 30, 48
# what: an endless loop that blocks and ignores every signal
# limits: cpu_s=0.5
# ends: cpu-limit
import ctypes
import signal

ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
for number in (signal.SIGTERM, signal.SIGXCPU, signal.SIGCHLD):
    signal.signal(number, signal.SIG_IGN)
while True:
    pass
