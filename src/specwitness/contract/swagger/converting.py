"""Through a Swagger 2.0 document, object by object. Entry point: `converted`.

What is shared depends on who shares it: the media types of a body or a response are those of its operation. Where these
are the ones of the whole document it stays a component; elsewhere it is written out in the operation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import Any

from specwitness.contract import pointers
from specwitness.contract.operations import METHODS, misshapen
from specwitness.contract.swagger.around import renamed, security_scheme, servers
from specwitness.contract.swagger.bodies import Parameter, body, form
from specwitness.contract.swagger.discriminators import tags
from specwitness.contract.swagger.laying import Laid, Said, laid
from specwitness.contract.swagger.parameters import PAYLOAD, Spot, parameter, required
from specwitness.contract.swagger.responses import has_content, response
from specwitness.contract.swagger.schemas import schema
from specwitness.exceptions import DocumentError
from specwitness.findings import Json

VERSION = "3.0.3"

_GROUPS = {"schemas": "/definitions", "responses": "/responses", "securitySchemes": "/securityDefinitions"}
"""What says the groups of components; each of the others is said by the parameters."""
_TOLD = frozenset(
    {
        *("swagger", "openapi", "host", "basePath", "schemes", "servers", "consumes", "produces", "security", "paths"),
        *("parameters", "definitions", "responses", "securityDefinitions", "components"),
    }
)
"""What 3.0 says in another place, or in other words."""
_PATHS = ("paths", "x-ms-paths")
_TOLD_OF_OPERATIONS = frozenset({"consumes", "produces", "schemes", "parameters", "responses", "security"})


def converted(document: Json, *, spot: Spot) -> Laid:
    """Return a Swagger 2.0 document as one of OpenAPI 3.0.3; `spot` is how an error calls the place of a pointer.

    Local references have to lead somewhere; those into other files stay what they are. Raises DocumentError for what no
    2.0 document says.
    """
    return laid(_Document(document, spot).whole())


class _Kind(Enum):
    """What a reference leads to."""

    SCHEMA = "schema"
    PARAMETER = "parameter"
    RESPONSE = "response"
    PATH_ITEM = "path item"


class _Document:
    """A document that is being converted, and what its references lead to where 2.0 keeps no such things."""

    def __init__(self, document: Json, spot: Spot) -> None:
        self._old = document
        self._spot = spot
        self._elsewhere: dict[str, _Kind] = {}
        self._consumes = self._names(document, "", "consumes")
        self._produces = self._names(document, "", "produces")
        self._schemes = self._names(document, "", "schemes")
        self._security_names = renamed(self._members("securityDefinitions"))

    def whole(self) -> dict[str, Any]:
        """Return the new document. Its paths come last, so that what they share is found where it is shared."""
        paths = {key: Said(f"/{key}", self._paths(key)) for key in _PATHS if key in self._old}
        components = self._components()
        new: dict[str, Any] = {"openapi": Said("/swagger", VERSION)}
        new |= self._others()
        if served := servers(self._old, self._schemes):
            new["servers"] = Said("/host" if self._old.get("host") else "/basePath", served)
        if "security" in self._old:
            new["security"] = Said("/security", self._security(self._old["security"]))
        return new | ({"components": components} if components else {}) | paths

    # --- What is shared ----------------------------------------------------------------------------------------------

    def _components(self) -> dict[str, Any]:
        made: dict[str, dict[str, Any]] = {"schemas": self._definitions()}
        for name, at, value in self._shared("parameters"):
            group, shared = self._parameter(value, at)
            made.setdefault(group, {})[name] = Said(at, shared)
        for name, at, value in self._shared("responses"):
            made.setdefault("responses", {})[name] = self._response(value, at, self._produces)
        for name, at, value in self._shared("securityDefinitions"):
            made.setdefault("securitySchemes", {})[name] = security_scheme(value, at)
        return {group: Said(_GROUPS.get(group, "/parameters"), values) for group, values in made.items() if values}

    def _shared(self, group: str) -> Iterator[tuple[str, str, Json]]:
        """Yield the new name, the pointer and the value of everything that is shared in a group."""
        members = self._members(group)
        names = renamed(members)
        for name, value in members.items():
            yield names[name], pointers.join("", group, name), value

    def _definitions(self) -> dict[str, Said]:
        definitions = self._members("definitions")
        names, tagged = renamed(definitions), tags(definitions)
        made: dict[str, Said] = {}
        for name, value in definitions.items():
            at = pointers.join("/definitions", name)
            described = self._schema(value, at)
            # In 3.0 too, what is called as its component needs no mapping.
            others = {tag: names[child] for tag, child in tagged.get(name, {}).items() if tag != names[child]}
            if others and isinstance(described.get("discriminator"), dict):
                mapping = {tag: f"#/components/schemas/{child}" for tag, child in others.items()}
                described["discriminator"] = {"mapping": mapping} | described["discriminator"]
            made[names[name]] = Said(at, described)
        return made

    def _parameter(self, value: Json, at: str) -> tuple[str, Any]:
        """Return a shared parameter, and the group of components that it belongs to in 3.0."""
        with self._well_shaped(at):
            one = _Listed(at, value, *self._followed(value, at, _Kind.PARAMETER))
            if one.place == "body":
                return "requestBodies", self._body(one, self._consumes)
            if one.place == "formData":
                # A field is no body by itself: operations that have it write it out.
                return "x-form-parameters", deepcopy(value)
            return "parameters", self._parameters([one])[0]

    def _others(self) -> dict[str, Any]:
        """Return what is said as it was, with what references lead to in it converted where it stands."""
        others = deepcopy({key: value for key, value in self._old.items() if key not in _TOLD and key not in _PATHS})
        done: set[str] = set()
        # The parts of what is converted may refer to more.
        while waiting := sorted(self._elsewhere.keys() - done, key=len):
            for at in waiting:
                done.add(at)
                _put(others, pointers.split(at), partial(self._of_kind, at, self._elsewhere[at]))
        return others

    def _of_kind(self, at: str, kind: _Kind) -> Said:
        value = pointers.get(self._old, at)
        match kind:
            case _Kind.SCHEMA:
                return Said(at, self._schema(value, at))
            case _Kind.PARAMETER:
                return Said(at, self._parameter(value, at)[1])
            case _Kind.RESPONSE:
                return self._response(value, at, self._produces)
            case _:
                return Said(at, self._path_item(value, at))

    # --- Paths -------------------------------------------------------------------------------------------------------

    def _paths(self, key: str) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for path, value in self._members(key).items():
            at = pointers.join("", key, path)
            made[path] = value if path.startswith("x-") else Said(at, self._path_item(value, at))
        return made

    def _path_item(self, value: Json, at: str) -> Any:
        if not isinstance(value, dict):
            return value  # Who reads operations says so.
        if isinstance(value.get("$ref"), str):
            self._reach(pointers.target(value["$ref"]), _Kind.PATH_ITEM)
        inherited = self._listed(value, at)
        made: dict[str, Any] = {key: item for key, item in value.items() if key not in METHODS and key != "parameters"}
        if kept := self._parameters(inherited):
            made["parameters"] = Said(pointers.join(at, "parameters"), kept)
        for method in METHODS:
            if method in value:
                place = pointers.join(at, method)
                with self._well_shaped(place):
                    made[method] = Said(place, self._operation(value[method], place, inherited))
        return made

    def _operation(self, value: Json, at: str, inherited: Sequence[_Listed]) -> Any:
        if not isinstance(value, dict):
            return value
        own = self._listed(value, at)
        made: dict[str, Any] = {key: item for key, item in value.items() if key not in _TOLD_OF_OPERATIONS}
        if kept := self._parameters(own):
            made["parameters"] = Said(pointers.join(at, "parameters"), kept)
        payload = self._payload(own, inherited)
        consumes = self._names(value, at, "consumes", self._consumes)
        if payload:
            made["requestBody"] = (
                self._body(payload[0], consumes)
                if payload[0].place == "body"
                else form([one.parameter for one in payload], consumes, payload[0].at.rpartition("/")[0])
            )
        produces = self._names(value, at, "produces", self._produces)
        if "responses" in value:
            made["responses"] = Said(pointers.join(at, "responses"), self._responses(value, at, produces))
        if "security" in value:
            made["security"] = Said(pointers.join(at, "security"), self._security(value["security"]))
        schemes = self._names(value, at, "schemes", self._schemes)
        if set(schemes) != set(self._schemes) and self._old.get("host"):
            made["servers"] = Said(pointers.join(at, "schemes"), servers(self._old, schemes))
        return made

    def _responses(self, value: Mapping[str, Json], at: str, produces: Sequence[str]) -> dict[str, Any]:
        place = pointers.join(at, "responses")
        return {
            status: one if status.startswith("x-") else self._response(one, pointers.join(place, status), produces)
            for status, one in value["responses"].items()
        }

    def _response(self, value: Json, at: str, produces: Sequence[str]) -> Said:
        with self._well_shaped(at):
            where, described = self._followed(value, at, _Kind.RESPONSE)
            if described is None or (where != at and (produces == self._produces or not has_content(described))):
                return Said(at, value)
            self._reach_all(described.get("schema"))
            return response(described, where, produces)

    def _security(self, value: Json) -> Json:
        """Return what is needed together, by the new names of the schemes."""
        if not isinstance(value, list):
            return value  # Who reads operations says so.
        return [{self._security_names.get(name, name): scopes for name, scopes in one.items()} for one in value]

    # --- Parameters --------------------------------------------------------------------------------------------------

    def _listed(self, owner: Mapping[str, Json], at: str) -> tuple[_Listed, ...]:
        """Return the parameters of a path or an operation, those that are shared too."""
        place = pointers.join(at, "parameters")
        listed = owner.get("parameters") or []
        if not isinstance(listed, list):
            raise DocumentError(self._spot(place), "`parameters` is not a list", "Begin each parameter with `- `")
        places = ((pointers.join(place, index), one) for index, one in enumerate(listed))
        return tuple(_Listed(one, value, *self._followed(value, one, _Kind.PARAMETER)) for one, value in places)

    def _parameters(self, listed: Sequence[_Listed]) -> list[Said]:
        """Return the parameters that are no part of a body."""
        return [
            one.said if one.described is None or one.is_shared else parameter(one.described, one.at)
            for one in listed
            if one.place not in PAYLOAD
        ]

    def _payload(self, own: Sequence[_Listed], inherited: Sequence[_Listed]) -> list[_Listed]:
        """Return what makes up the body of an operation: one parameter in body, or all those in formData."""
        found = list({one.identity: one for one in (*inherited, *own) if one.place in PAYLOAD}.values())
        bodies = [one for one in found if one.place == "body"]
        if bodies and len(found) > 1:
            other = next(one for one in found if one is not bodies[0])
            raise DocumentError(
                self._spot(other.at),
                f"the {other.place} parameter {other.name!r} stands beside the body parameter {bodies[0].name!r}",
                "A request has one body: keep one of them",
            )
        return found

    def _body(self, one: _Listed, consumes: Sequence[str]) -> Said:
        if one.is_shared and consumes == self._consumes:
            return one.said
        self._reach_all(one.parameter[1].get("schema"))
        return body(one.parameter, consumes)

    # --- References --------------------------------------------------------------------------------------------------

    def _followed(self, value: Json, at: str, kind: _Kind) -> tuple[str, dict[str, Json] | None]:
        """Return where something is described, and that; None for what another file describes."""
        if isinstance(value, dict) and isinstance(value.get("$ref"), str):
            if not value["$ref"].startswith("#"):
                return at, None
            at, value = pointers.followed(self._old, at, value)
            self._reach(at, kind)
        if kind is _Kind.PARAMETER:
            return at, required(value, at, spot=self._spot)
        if not isinstance(value, dict):
            raise DocumentError(self._spot(at), f"a {kind.value} is not an object", "Give its `description` at least")
        return at, value

    def _schema(self, value: Json, at: str) -> Any:
        self._reach_all(value)
        return schema(value, at)

    def _reach_all(self, value: Json) -> None:
        """Note what a schema refers to: schemas."""
        for _, reference in pointers.references(value):
            if reference.startswith("#"):
                self._reach(pointers.target(reference), _Kind.SCHEMA)

    def _reach(self, pointer: str, kind: _Kind) -> None:
        tokens = pointers.split(pointer)
        if tokens and tokens[0] not in _TOLD and tokens[0] not in _PATHS:
            self._elsewhere.setdefault(pointer, kind)

    # --- Faults ------------------------------------------------------------------------------------------------------

    @contextmanager
    def _well_shaped(self, at: str) -> Iterator[None]:
        """Say where something has another type than Swagger says."""
        try:
            yield
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise misshapen(self._spot(at), error) from error

    def _members(self, key: str) -> dict[str, Json]:
        """Return what the document keeps by name."""
        value = self._old.get(key)
        if value is not None and not isinstance(value, dict):
            raise DocumentError(self._spot(f"/{key}"), f"`{key}` is not an object", "Give each of them by its name")
        return {str(name): one for name, one in (value or {}).items()}

    def _names(self, owner: Mapping[str, Json], at: str, key: str, inherited: Sequence[str] = ()) -> tuple[str, ...]:
        """Return a list of names, each once, that an operation has from the document where it has none of its own."""
        value = owner.get(key)
        if value is None:
            return tuple(inherited)
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            spot = self._spot(pointers.join(at, key))
            raise DocumentError(spot, f"`{key}` is not a list of names", f"Write `{key}: [name, name]`")
        return tuple(dict.fromkeys(value))


@dataclass(frozen=True)
class _Listed:
    """One of the parameters of a path or an operation: where it is listed, as what, and where it is described."""

    at: str
    value: Json
    where: str
    described: dict[str, Json] | None

    @property
    def is_shared(self) -> bool:
        return self.where != self.at

    @property
    def said(self) -> Said:
        """What is listed, as it is."""
        return Said(self.at, self.value)

    @property
    def parameter(self) -> Parameter:
        return self.where, self.described or {}

    @property
    def name(self) -> str | None:
        return self.described["name"] if self.described else None

    @property
    def place(self) -> str | None:
        return self.described["in"] if self.described else None

    @property
    def identity(self) -> tuple[str | None, str | None]:
        """What no two parameters of an operation have in common; its own ones go before those of its path."""
        return self.name, self.place


def _put(tree: Any, tokens: Sequence[str], made: Callable[[], Said]) -> None:
    """Put something in its place in a tree, unless it is within what was put there before."""
    *above, last = tokens
    for token in above:
        if isinstance(tree, Said):
            return
        tree = pointers.step(tree, token)
    if not isinstance(tree, Said):
        tree[int(last) if isinstance(tree, list) else last] = made()
