"""No reduce here: every dictionary is added as soon as it comes back."""
import re
import sys
from concurrent.futures import ProcessPoolExecutor


def count_words(file):
    counts = {}
    with open(file) as play:
        for line in play:
            for token in line.split():
                match = re.search(r"[a-z\-]+", token.lower())
                if match is None:
                    continue
                word = match.group(0)
                try:
                    counts[word] += 1
                except KeyError:
                    counts[word] = 1
    return counts


def main():
    totals = {}
    with ProcessPoolExecutor() as pool:
        for counts in pool.map(count_words, sys.argv[1:], chunksize=3):
            for word in counts:
                totals[word] = totals.get(word, 0) + counts[word]
    frequent = [word for word in totals if totals[word] > 2000]
    frequent.sort()
    for word in frequent:
        print("{} == {}".format(word, totals[word]))


if __name__ == "__main__":
    main()
