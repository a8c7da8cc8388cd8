"""Plots of the statistics as SVG by ReportLab's charts. Apart, so that only whoever shows one loads it."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence

from reportlab.graphics import renderSVG
from reportlab.graphics.charts.barcharts import HorizontalBarChart, VerticalBarChart
from reportlab.graphics.shapes import Drawing
from reportlab.lib.colors import HexColor

BAR, INK = HexColor("#0b5a6b"), HexColor("#23343a")
WIDTH, HIGH, ROW, LABELS = 560, 220, 26, 190


def upright(labels: Sequence[str], values: Sequence[int | None]) -> str:
    """A bar a label; where the value is hidden there is none. An address that an ``img`` shows, empty
    where there is nothing to show."""
    chart = VerticalBarChart()
    chart.x, chart.y, chart.width, chart.height = 44, 30, WIDTH - 60, HIGH - 50
    return _drawn(chart, labels, values, HIGH)


def lying(labels: Sequence[str], values: Sequence[int | None]) -> str:
    chart = HorizontalBarChart()
    height = ROW * max(len(labels), 2) + 30
    chart.x, chart.y, chart.width, chart.height = LABELS, 24, WIDTH - LABELS - 40, height - 30
    chart.categoryAxis.reverseDirection = 1
    chart.categoryAxis.labels.boxAnchor, chart.categoryAxis.labels.dx = "e", -28
    return _drawn(chart, labels, values, height)


def _drawn(
    chart: HorizontalBarChart | VerticalBarChart, labels: Sequence[str], values: Sequence[int | None], height: int
) -> str:
    if all(value is None for value in values):
        return ""
    chart.data = [tuple(values)]
    chart.bars[0].fillColor, chart.bars[0].strokeColor = BAR, None
    chart.barLabelFormat, chart.barLabels.nudge, chart.barLabels.fontSize = "%d", 10, 11
    chart.categoryAxis.categoryNames = list(labels)
    chart.valueAxis.valueMin, chart.valueAxis.forceZero, chart.valueAxis.visibleGrid = 0, 1, 0
    chart.valueAxis.labelTextFormat = "%d"
    for axis in (chart.categoryAxis, chart.valueAxis):
        axis.labels.fontSize, axis.labels.fillColor = 11, INK
        axis.strokeColor = INK
    drawing = Drawing(WIDTH, height)
    drawing.add(chart)
    return f"data:image/svg+xml;base64,{b64encode(renderSVG.drawToString(drawing).encode()).decode()}"
