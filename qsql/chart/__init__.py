"""Rows -> a chart that shows them, where one does: what to draw by rule, whether a choice by hand can be drawn, and the Vega-Lite of it.

    chart = suggest(rows, "How many flights a month?")      None where no chart is better than the rows
    begin_with(rows)                                        where to begin by hand
    check(chart, rows)                                      raises BadInput for what cannot be drawn
    drawn = spec(chart, rows)                               a dict of Vega-Lite, with its data
    to_png(drawn), to_svg(drawn), to_vega_lite(drawn)

Knows nothing of a screen. Names and cells of the rows are data in what it makes: never a field's name, an address or an expression.
"""

from qsql.chart.draw import spec
from qsql.chart.points import check
from qsql.chart.records import AGGREGATES, SORTS, TYPES, Chart
from qsql.chart.rules import begin_with, suggest
from qsql.chart.save import to_png, to_svg, to_vega_lite

__all__ = ["AGGREGATES", "SORTS", "TYPES", "Chart", "begin_with", "check", "spec", "suggest", "to_png", "to_svg", "to_vega_lite"]
