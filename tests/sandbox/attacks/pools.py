# attacks: 45
# what: no attack, it has to work: managers, shared memory, listeners and pools of every kind
import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import shared_memory
from multiprocessing.connection import Client, Listener
from threading import Thread


def square(number):
    return number * number


def main():
    for method in ("fork", "spawn", "forkserver"):
        context = multiprocessing.get_context(method)
        with ProcessPoolExecutor(2, mp_context=context) as pool:
            assert list(pool.map(square, range(10), chunksize=5)) == [n * n for n in range(10)]
        with context.Pool(2) as pool:
            assert pool.map(square, range(10)) == [n * n for n in range(10)]
        with context.Manager() as manager:
            shared = manager.dict(a=1)
            assert shared["a"] == 1
    memory = shared_memory.SharedMemory(create=True, size=100)
    memory.buf[0] = 7
    other = shared_memory.SharedMemory(memory.name)
    assert other.buf[0] == 7
    other.close()
    memory.close()
    memory.unlink()
    with Listener("listening", "AF_UNIX") as listener:
        thread = Thread(target=lambda: Client("listening", "AF_UNIX").send("hello"))
        thread.start()
        with listener.accept() as connection:
            assert connection.recv() == "hello"
        thread.join()
    print("done")


if __name__ == "__main__":
    sys.exit(main())
