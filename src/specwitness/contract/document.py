"""Read a YAML or JSON file as JSON-compatible data, and say where in it a value stands.

YAML is read by the JSON-compatible part of YAML 1.2 (https://yaml.org/spec/1.2.2/#103-core-schema): no dates, no
yes/no booleans, no duplicate keys, aliases only as far as they expand to a bounded size.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path

import yaml

from specwitness.contract import pointers
from specwitness.exceptions import DocumentError
from specwitness.findings import Json

MAX_BYTES = 64 * 1024 * 1024
MAX_NODES = 5_000_000
MAX_DEPTH = 500
"""Deeper nesting is refused before it is read: the readers recurse, the one in C until its stack is gone."""

_TOO_DEEP = ("it is nested too deeply", "Flatten it")
_DUPLICATE_HINT = "Keep one of the two: which one a reader takes differs between tools"


class _Loader(yaml.CSafeLoader):
    """The YAML 1.2 core schema on PyYAML's loader, whose own rules are those of YAML 1.1."""

    # The class attributes replace what would be inherited: the YAML 1.1 resolvers, and tags such as `!!timestamp`.
    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - PyYAML's own protocol
    yaml_constructors = {  # noqa: RUF012 - PyYAML's own protocol
        tag: construct
        for tag, construct in yaml.CSafeLoader.yaml_constructors.items()
        if tag is None or tag.removeprefix("tag:yaml.org,2002:") in {"null", "bool", "str", "seq"}
    }


_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(?:null|Null|NULL|~|)$"), ["n", "N", "~", ""])
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), [*"tTfF"]
)
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"^[-+]?[0-9]+$"), [*"-+0123456789"])
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$"),
    [*"-+.0123456789"],
)


def _construct_int(loader: _Loader, node: yaml.ScalarNode) -> int:
    return int(str(loader.construct_scalar(node)))


def _construct_float(loader: _Loader, node: yaml.ScalarNode) -> float:
    return float(str(loader.construct_scalar(node)))


def _construct_mapping(loader: _Loader, node: yaml.MappingNode) -> dict[str, Json]:
    mapping: dict[str, Json] = {}
    for key_node, value_node in node.value:
        if not isinstance(key_node, yaml.ScalarNode):
            raise yaml.MarkedYAMLError(problem="a key is not a string", problem_mark=key_node.start_mark)
        if key_node.value in mapping:
            raise yaml.MarkedYAMLError(problem=f"duplicate key {key_node.value!r}", problem_mark=key_node.start_mark)
        mapping[key_node.value] = loader.construct_object(value_node, deep=True)
    return mapping


_Loader.add_constructor("tag:yaml.org,2002:int", _construct_int)
_Loader.add_constructor("tag:yaml.org,2002:float", _construct_float)
_Loader.add_constructor("tag:yaml.org,2002:map", _construct_mapping)


def read(path: Path) -> Json:
    """Return the content of a YAML or JSON file.

    Raises DocumentError for a file that cannot be read, is too large, is neither YAML nor JSON, or has a duplicate key.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise DocumentError(str(path), f"it is larger than {MAX_BYTES >> 20} MiB", "Split it, or leave parts out")
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise DocumentError(str(path), "there is no such file", "Correct the path, or create the file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise DocumentError(str(path), f"it cannot be read ({error})", "Give a readable text file in UTF-8") from error
    return parse(text, name=str(path))


def parse(text: str, *, name: str) -> Json:
    """Return the data of a YAML or JSON text; `name` is what an error calls it. Raises DocumentError."""
    if text.lstrip()[:1] in {"{", "["}:
        try:
            return json.loads(text, object_pairs_hook=_without_duplicates)
        except _DuplicateKey as error:
            raise DocumentError(name, f"duplicate key {error.args[0]!r}", _DUPLICATE_HINT) from None
        except RecursionError:
            raise DocumentError(name, *_TOO_DEEP) from None
        except ValueError:
            pass  # YAML's flow style also starts like this; its reader words the fault better, with a line.
    try:
        if _depth(text) > MAX_DEPTH:
            raise DocumentError(name, *_TOO_DEEP)
        node = _node(text)
        if node is None:
            raise DocumentError(name, "it is empty", "Give a YAML or JSON document")
        size, depth = _expanded(node)
        if size > MAX_NODES:
            raise DocumentError(name, "its aliases expand to too many values", "Write the values out, or share fewer")
        if depth > MAX_DEPTH:
            raise DocumentError(name, *_TOO_DEEP)
        return _constructed(node)
    except yaml.MarkedYAMLError as error:
        line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
        hint = _DUPLICATE_HINT if "duplicate" in str(error.problem) else "Correct the syntax there"
        raise DocumentError(f"{name}{line}", str(error.problem or "it is not YAML"), hint) from None
    except (yaml.YAMLError, ValueError) as error:
        raise DocumentError(name, f"it is neither YAML nor JSON ({error})", "Correct the syntax") from None


def _depth(text: str) -> int:
    """Return how deeply a YAML text nests, aliases apart, without building anything."""
    depth = deepest = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            deepest = max(deepest, depth)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
    return deepest


def _node(text: str) -> yaml.Node | None:
    loader = _Loader(text)
    try:
        return loader.get_single_node()
    finally:
        loader.dispose()


def _constructed(node: yaml.Node) -> Json:
    loader = _Loader("")
    try:
        return loader.construct_document(node)
    finally:
        loader.dispose()


class _DuplicateKey(Exception):  # noqa: N818 - a signal between two functions of this module, not an error of ours
    pass


def _without_duplicates(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    mapping: dict[str, Json] = {}
    for key, value in pairs:
        if key in mapping:
            raise _DuplicateKey(key)
        mapping[key] = value
    return mapping


def _expanded(root: yaml.Node) -> tuple[int, int]:
    """Return how many values a document has once every alias is written out, and how deeply they nest.

    A cyclic alias is endless in both.
    """
    known: dict[int, tuple[int, int]] = {}
    open_nodes: set[int] = set()

    def measured(node: yaml.Node) -> tuple[int, int]:
        if id(node) in known:
            return known[id(node)]
        if id(node) in open_nodes:
            return MAX_NODES + 1, 0
        open_nodes.add(id(node))
        size, depth = 1, 0
        if isinstance(node, yaml.CollectionNode):
            inside = node.value if isinstance(node, yaml.SequenceNode) else [value for _, value in node.value]
            parts = [measured(item) for item in inside]
            size += sum(part for part, _ in parts)
            depth = 1 + max((below for _, below in parts), default=0)
        open_nodes.discard(id(node))
        known[id(node)] = min(size, MAX_NODES + 1), depth
        return known[id(node)]

    return measured(root)


def line_of(path: Path, pointer: str) -> int | None:
    """Return the 1-based line at which the value of a pointer stands, or that of its nearest ancestor in the file."""
    try:
        node: yaml.Node | None = _composed(path, path.stat().st_mtime_ns)
    except (OSError, yaml.YAMLError):
        return None
    line = None
    for token in pointers.split(pointer):
        child = _child(node, token)
        if child is None:
            break
        line, node = child
    return line


def has(path: Path, pointer: str) -> bool:
    """Say whether the file itself holds a value at the pointer."""
    try:
        pointers.get(read(path), pointer)
    except KeyError:
        return False
    return True


@lru_cache(maxsize=16)
def _composed(path: Path, modified: int) -> yaml.Node | None:  # noqa: ARG001 - `modified` is part of the cache's key
    return _node(path.read_text(encoding="utf-8-sig"))


def _child(node: yaml.Node | None, token: str) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == token:
                return key.start_mark.line + 1, value
    if isinstance(node, yaml.SequenceNode) and token.isdigit() and int(token) < len(node.value):
        item = node.value[int(token)]
        return item.start_mark.line + 1, item
    return None
