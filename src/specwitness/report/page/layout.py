"""Lay out a page: the templates, what they may call, and the style and script that are put into each page."""

from __future__ import annotations

import base64
import hashlib
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from specwitness.findings import Outcome
from specwitness.report.text import counted, inert, one_line

_COLOURS = {Outcome.COMPATIBLE: "%231a7f45", Outcome.INCOMPATIBLE: "%23c02b1d", Outcome.INCONCLUSIVE: "%239a6700"}
_LONGEST = 2000
"""Longer texts are cut: what they are about is said before that."""


def page(template: str, *, title: str, outcome: Outcome, **values: object) -> str:
    """Return the page that a template makes of these values."""
    style, script = _own("style.css"), _own("page.js")
    return (
        environment()
        .get_template(template)
        .render(
            title=title,
            outcome=outcome,
            style=style,
            script=script,
            policy=_policy(style, script),
            icon=_icon(outcome),
            **values,
        )
    )


@cache
def environment() -> Environment:
    """Return the templates. Each text that they print is cut, made harmless, and escaped."""
    made = Environment(
        loader=PackageLoader("specwitness.report.page"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"line": one_line, "breakable": _breakable, "block": _block}
    made.globals["counted"] = counted
    return made


def _shown(value: object) -> object:
    """Return text as the page may show it; what is markup is ours."""
    return inert(value[:_LONGEST]) if isinstance(value, str) and not isinstance(value, Markup) else value


def _block(lines: tuple[str, ...] | str) -> Markup:
    """Return lines as the text of a block, all of it."""
    return escape(inert(lines if isinstance(lines, str) else "\n".join(lines)))


def _breakable(text: str) -> Markup:
    """Return a path or name that may go on in the next line where a part of it ends."""
    parts = inert(text).replace("/", "/\0").replace("-", "-\0").split("\0")
    return Markup("<wbr>").join(parts)


@cache
def _own(name: str) -> Markup:
    loader = environment().loader
    assert loader is not None  # noqa: S101, `environment` gives it one
    return Markup(loader.get_source(environment(), name)[0])  # noqa: S704, our own style and script


def _policy(style: str, script: str) -> str:
    """Forbid everything but these two, known by their hashes, and the icon."""
    return (
        f"default-src 'none'; script-src '{_hashed(script)}'; style-src '{_hashed(style)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _hashed(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _icon(outcome: Outcome) -> str:
    """Return the picture of a verdict for the tab of a browser, as a URL."""
    drawn = {
        Outcome.COMPATIBLE: "<circle cx='8' cy='8' r='7'/>",
        Outcome.INCOMPATIBLE: "<path d='M5 1h6l4 4v6l-4 4H5l-4-4V5z'/>",
        Outcome.INCONCLUSIVE: "<path d='M8 0l8 8-8 8-8-8z'/>",
    }[outcome]
    svg = f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16' fill='{_COLOURS[outcome]}'>{drawn}</svg>"
    return "data:image/svg+xml," + svg.replace("<", "%3C").replace(">", "%3E")
