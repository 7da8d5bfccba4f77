"""Whether a question goes on from the one before it ("only for JFK", "by airline instead"), by its words. Pure.

A rule, not a model: what it decided is told with the answer, and a person can decide otherwise.
"""

import re

SHORT = 9  # words of a question that is too short to stand alone when it begins like a follow-up
SHORT_CHINESE = 16  # characters
ALWAYS = re.compile(
    r"^(only|just|instead|now only|what about|how about|same (but|for|by|with)|the same|and (what|how|for|in|by|only|from|to|the)\b|but\b|not for\b)"
    r"|\binstead\W*$|^(只|仅|那么?|改成|换成|换为|改为|同样|再按|再加|去掉|不要|其中)|呢[?？]?$",
    re.IGNORECASE,
)
OFTEN = re.compile(
    r"^(and|or|also|then|now|for|in|at|on|from|to|by|per|with|without|except|excluding|including|of (those|these|them)|sort|order|group|split"
    r"|break|which (one|of (those|these|them))|how many are there|how many of (those|these|them)|top \d+|(show|list|give me) (the )?(top|first|last|bottom|only)\b)"
    r"|\b(those|these|them|that one|again|as well|too)\b|^(按|再|也|还|和|以及|排序|从|到|在|列出前|显示前|前|后|如果|加上)|(这些|那些|它们|上面|刚才|这个结果)",
    re.IGNORECASE,
)
STANDS_ALONE = re.compile(r"^(in|for|from|at|on|to|of|by|per|and)\W+(which|what|each|every|how)\b|\?.*\?", re.IGNORECASE)
CHINESE = re.compile(r"[\u4e00-\u9fff]")


def goes_on(text: str) -> bool:
    """Whether this reads as going on from a question before it, rather than as one of its own."""
    text = text.strip()
    if not _short(text) or STANDS_ALONE.search(text):
        return False
    return bool(ALWAYS.search(text) or OFTEN.search(text))


def _short(text: str) -> bool:
    signs = len(CHINESE.findall(text))
    return signs <= SHORT_CHINESE if signs else len(text.split()) <= SHORT
