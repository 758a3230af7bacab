# parallel word count: collect a list first, then reduce it
import sys
import re
from functools import reduce
from concurrent.futures import ProcessPoolExecutor


def count_words(file):
    counts = {}
    for token in open(file).read().lower().split():
        m = re.search(r'[a-z\-]+', token)
        if not m:
            continue
        counts[m.group()] = counts.get(m.group(), 0) + 1
    return counts


def reduce_dicts(a, b):
    return {**a, **{k: a.get(k, 0) + v for k, v in b.items()}}


if __name__ == '__main__':
    filenames = sys.argv[1:]
    with ProcessPoolExecutor() as pool:
        all_counts = list(pool.map(count_words, filenames, chunksize=2))

    word_counts = reduce(reduce_dicts, all_counts)

    for word, count in sorted(word_counts.items(), key=lambda item: item[0]):
        if count > 2000:
            print(word + " == " + str(count))
