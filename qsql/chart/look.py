"""How a chart looks: sizes, colours and letters, as Vega-Lite's config."""

HEIGHT = 260  # CSS pixels, where names do not make it higher
ROW = 24  # CSS pixels, of a bar with its space, or of a square
BANDS = 6  # fewer columns than so many stand apart
ACCENT = "#0d9488"
# Told apart also by those who see colours otherwise, on white and on black.
PALETTE = (ACCENT, "#e08214", "#5b7fd4", "#c2528b", "#8a9a2b", "#8c6bb1", "#b5813f", "#64748b")
INK, FAINT = "#475569", "#cbd5e1"
FONT = "system-ui, -apple-system, 'Segoe UI', 'Noto Sans', 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif"

CONFIG = {
    "font": FONT,
    "view": {"stroke": None},
    "axis": {
        "labelColor": INK,
        "labelFontSize": 11,
        "labelLimit": 150,
        "titleColor": INK,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "titlePadding": 8,
        "domainColor": FAINT,
        "tickColor": FAINT,
        "gridColor": FAINT,
        "gridOpacity": 0.6,
    },
    "axisX": {"grid": False},
    "legend": {
        "orient": "top",
        "labelColor": INK,
        "labelLimit": 150,
        "titleColor": INK,
        "titleFontWeight": "normal",
        "symbolType": "circle",
        "symbolSize": 60,
    },
}
