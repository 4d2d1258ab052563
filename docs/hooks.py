"""Turns the site's ```` ```math ```` blocks into MathML, which browsers show without a script."""

from __future__ import annotations

from typing import Any

from latex2mathml.converter import convert


def on_config(config: Any) -> Any:
    """Add the ``math`` blocks to those that the site knows."""
    blocks = config.mdx_configs.setdefault("pymdownx.superfences", {})
    blocks["custom_fences"] = [{"name": "math", "class": "math", "format": mathml}]
    return config


def mathml(source: str, *_: object, **__: object) -> str:
    """Return the HTML of one block of LaTeX, each line an equation of its own."""
    return "".join(f"<p>{convert(line, display='block')}</p>" for line in source.splitlines())
