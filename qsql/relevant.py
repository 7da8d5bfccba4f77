"""Which tables of a schema that is too large for a prompt a question speaks of, by its words and theirs. Pure.

Knows words only: a table that is called otherwise than the question says is not found.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence

from qsql.records import Table

MOST = 24  # tables that are chosen by their words
NEAR = 0.25  # of the best one's weight, for a table to be chosen
NAME = 3.0  # how much more a word of a table's name tells than one of its columns or comments
COMMON = 0.5  # the share of tables beyond which a word tells nothing
SAYS_NOTHING = frozenset(
    """a an and any are as at be been between by did do does each every for from had has have how in is it its list many me most much no
    not of on or per show than that the their then there these this those to was were what when where which who whose why with""".split()
)
WORD = re.compile(r"[\u3400-\u9fff]+|[A-Z]?[^\W\d_A-Z\u3400-\u9fff]+|[A-Z]+(?![a-z])|\d+")


def relevant(tables: Sequence[Table], text: str) -> list[Table]:
    """Those that share telling words with the text, the most telling first, then those that their keys point at; all where none does."""
    asked = set(_words(text))
    names = [set(_words(table.name)) for table in tables]
    others = [set(_words(" ".join((table.comment, *(f"{one.name} {one.comment}" for one in table.columns))))) for table in tables]
    counts = Counter(word for one, other in zip(names, others) for word in (one | other) & asked)
    tells = {word: math.log(len(tables) / count) for word, count in counts.items() if count <= COMMON * len(tables)}
    weights = [sum(tells.get(word, 0.0) * (NAME if word in one else 1.0) for word in one | other) for one, other in zip(names, others)]
    ranked = sorted(range(len(tables)), key=lambda place: -weights[place])
    best = weights[ranked[0]] if ranked else 0.0
    if best == 0.0:
        return list(tables)
    chosen = [tables[place] for place in ranked[:MOST] if weights[place] >= NEAR * best]
    targets = {key.to_table for table in chosen for key in table.foreign_keys} - {table.name for table in chosen}
    return chosen + [table for table in tables if table.name in targets]


def _words(text: str) -> Iterator[str]:
    """Those that say something, in small letters and without a plural's ending; of Chinese, which has no spaces, each two characters."""
    for found in WORD.findall(text):
        if found.lower() in SAYS_NOTHING:
            continue
        if found[0] >= "\u3400":
            yield from (found[at : at + 2] for at in range(max(1, len(found) - 1)))
        else:
            yield re.sub(r"ies$", "y", found.lower()).removesuffix("s") if len(found) > 3 else found.lower()
