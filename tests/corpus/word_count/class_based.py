"""An object-oriented word count: the method of the object is what the workers run."""
import re
import sys
from concurrent.futures import ProcessPoolExecutor


class WordCounter:
    # exercise: word_count

    def __init__(self, files, limit=2000, chunk=4):
        self.files = files
        self.limit = limit
        self.chunk = chunk
        self.pattern = re.compile(r"[a-z\-]+")
        self.totals = {}

    def count_file(self, file):
        counts = {}
        with open(file, encoding="utf-8") as f:
            for token in f.read().split():
                match = self.pattern.search(token.lower())
                if match:
                    counts[match.group()] = counts.get(match.group(), 0) + 1
        return counts

    def run(self):
        with ProcessPoolExecutor() as pool:
            for counts in pool.map(self.count_file, list(self.files), chunksize=self.chunk):
                for word, n in counts.items():
                    self.totals[word] = self.totals.get(word, 0) + n

    def report(self):
        for word in sorted(self.totals):
            if self.totals[word] > self.limit:
                print(f"{word} == {self.totals[word]}")


if __name__ == "__main__":
    counter = WordCounter(sys.argv[1:])
    counter.run()
    counter.report()
