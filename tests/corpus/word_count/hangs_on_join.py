"""Four processes and a queue, without any pool."""
import re
import sys
from multiprocessing import Process, Queue


def count_words(file):
    counts = {}
    with open(file, encoding="utf-8") as f:
        for token in f.read().split():
            match = re.search(r"[a-z\-]+", token.lower())
            if match:
                counts[match.group()] = counts.get(match.group(), 0) + 1
    return counts


def reduce_dicts(a, b):
    for word in b:
        a[word] = a.get(word, 0) + b[word]
    return a


def work(files, queue):
    for file in files:
        queue.put(count_words(file))


if __name__ == "__main__":
    files = sys.argv[1:]
    queue = Queue()
    processes = [Process(target=work, args=(files[i::4], queue)) for i in range(4)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    totals = {}
    for file in files:
        totals = reduce_dicts(totals, queue.get())
    for word in sorted(totals):
        if totals[word] > 2000:
            print(f"{word} == {totals[word]}")
