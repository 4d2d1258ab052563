"""Shows formulas as MathML, which browsers need no script for.

A page writes them as ```` ```math ```` blocks, one equation a line, and as ``$x$`` within a line; a
docstring as numpydoc has it, ``.. math::`` and ``:math:`x` ``.
"""

from __future__ import annotations

import re
from typing import Any
from xml.etree.ElementTree import Element

from latex2mathml.converter import convert
from markdown import Extension, Markdown
from markdown.inlinepatterns import InlineProcessor
from markdown.preprocessors import Preprocessor

BEFORE_FENCES = 27  # of 25, and after the clean-up of 30, which would take the places away
BEFORE_BACKTICKS = 195  # of 190
INLINE = {"role": r":math:`([^`]+)`", "dollars": r"(?<![\\$`\w])\$([^\s$`][^$\n`]*)\$(?![\w`])"}


def on_config(config: Any) -> Any:
    """Teach the site the ways in which formulas are written."""
    blocks = config.mdx_configs.setdefault("pymdownx.superfences", {})
    blocks["custom_fences"] = [{"name": "math", "class": "math", "format": fenced}]
    config.markdown_extensions.append(DocstringMath())
    return config


def fenced(source: str, *_: object, **__: object) -> str:
    """Return the HTML of a block with an equation on each line."""
    return "".join(f"<p>{convert(line, display='block')}</p>" for line in source.splitlines())


class InlineMath(InlineProcessor):
    """Reads a formula within a line."""

    def handleMatch(self, m: re.Match[str], data: str) -> tuple[Element | str, int, int]:
        """Return the formula's place in the page."""
        return self.md.htmlStash.store(convert(m[1])), m.start(0), m.end(0)


class DisplayedMath(Preprocessor):
    """Reads a formula on lines of its own: the directive's line and the indented ones below."""

    DIRECTIVE = re.compile(r"^\.\. math::(.*(?:\n+ +.*)*)", flags=re.MULTILINE)

    def run(self, lines: list[str]) -> list[str]:
        """Return the lines with each formula as HTML."""
        return self.DIRECTIVE.sub(self._formula, "\n".join(lines)).split("\n")

    def _formula(self, match: re.Match[str]) -> str:
        html = f"<p>{convert(' '.join(match[1].split()), display='block')}</p>"
        return f"\n{self.md.htmlStash.store(html)}\n"


class DocstringMath(Extension):
    """Reads the formulas of docstrings."""

    def extendMarkdown(self, md: Markdown) -> None:
        """Put the readers in place."""
        md.preprocessors.register(DisplayedMath(md), "displayed_math", BEFORE_FENCES)
        for name, pattern in INLINE.items():
            md.inlinePatterns.register(InlineMath(pattern, md), name, BEFORE_BACKTICKS)
