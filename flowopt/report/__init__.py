"""The report of a plan: one HTML file, in English or French, that opens with nothing to fetch."""

from flowopt.report.language import LANGUAGES
from flowopt.report.page import render, write
from flowopt.report.terminal import summary_lines

__all__ = ["LANGUAGES", "render", "summary_lines", "write"]
