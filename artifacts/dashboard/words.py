"""Which kinds of parts a request names, in English or Chinese words: a small model forgets some that it was asked for. Pure."""

import re

# A word of a kind must not be a part of another's: "heat map" before "map", "time line" is no line.
_WORDS = {
    "heatmap": r"heat ?-?maps?|热力图|热图",
    "map": r"(?<!heat)(?<!heat[ -])\bmaps?\b|地图",
    "histogram": r"\bhistograms?|直方图|分布图",
    "scatter": r"\bscatter(?:ed)?(?: ?plots?| ?charts?)?|\bagainst\b|\bversus\b|\bvs\b|散点图",
    "pie": r"\bpies?(?: charts?)?\b|donuts?|doughnuts?|饼图|环形图",
    "area": r"\barea (?:charts?|graphs?|plots?)|面积图",
    "line": r"\blines?(?: charts?| graphs?| plots?)?\b|curves?\b|折线图|曲线图|折线",
    "bar": r"\b(?:stacked )?(?:bars?|columns? charts?)(?: charts?| graphs?| plots?)?\b|柱状图|条形图|柱形图",
    "table": r"\btables?\b|list of (?:the |all )?rows|表格|明细表",
    "figure": r"key figures?|kpis?\b|the totals?\b|total number|grand total|sum total|关键指标|指标卡|总数|总计|合计",
}
_KINDS = {kind: re.compile(pattern, re.I) for kind, pattern in _WORDS.items()}
_OPEN = re.compile(r"dashboard|overview|仪表盘|仪表板|看板|概览|总览", re.I)


def named_kinds(request: str) -> tuple[str, ...]:
    """The kinds that the request names, in its order, each once; none where it leaves open what else is on the page."""
    if _OPEN.search(request):
        return ()
    found = {kind: match.start() for kind, pattern in _KINDS.items() if (match := pattern.search(request))}
    named = tuple(sorted(found, key=found.__getitem__))
    return () if named == ("figure",) else named
