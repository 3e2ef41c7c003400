"""JSON-compatible data as YAML text that every reader of YAML takes for the same data."""

from __future__ import annotations

import re

import yaml

from specwitness.findings import Json

WIDTH = 110

# What YAML 1.2's core schema reads as another type than a string and PyYAML, which follows YAML 1.1, does not:
# https://yaml.org/spec/1.2.2/#103-core-schema. `y` and `n` are booleans of YAML 1.1 that PyYAML leaves out.
_NOT_A_STRING = re.compile(
    r"[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?|0o[0-7]+|0x[0-9a-fA-F]+|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)|[yYnN]"
)


class _Dumper(yaml.SafeDumper):
    """Block style, keys in their order, no aliases, list items indented below their key."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - PyYAML's own protocol
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
        super().increase_indent(flow, False)

    def represent_text(self, text: str) -> yaml.ScalarNode:
        """Return the node of a string: quoted where it could be read as something else, its lines kept as lines."""
        style = None
        if _NOT_A_STRING.fullmatch(text):
            style = "'"
        elif "\n" in text and not text.startswith((" ", "\n")):
            style = "|"
        return self.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _Dumper.represent_text)


def dump(value: Json) -> str:
    """Return the YAML text of JSON-compatible data: deterministic, the order of keys kept."""
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=WIDTH, default_flow_style=False)
