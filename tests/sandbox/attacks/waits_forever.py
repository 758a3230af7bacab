# attacks: 49
# what: a worker waits on a queue that stays empty, the main program on the worker
# limits: wall_s=1.5
# ends: timed-out
import multiprocessing
from concurrent.futures import ProcessPoolExecutor


def wait_for(queue):
    return queue.get()


if __name__ == "__main__":
    with multiprocessing.get_context("fork").Manager() as manager, ProcessPoolExecutor(2) as pool:
        print(list(pool.map(wait_for, [manager.Queue()])))
