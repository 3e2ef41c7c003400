"""Who is let in: what a client has to show, by what travels on the wire, whatever the schemes are called.

A client of the old description shows what one of its alternatives asks for. It is let in as long as some alternative of
the new description asks for no more (OpenAPI 3.1, Security Requirement Object: "only one ... needs to be satisfied").
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from specwitness.contract import pointers
from specwitness.contract.model import Contract, Operation, Parameter
from specwitness.drift.pairing import Pair
from specwitness.drift.rules.rule import Change, Comparison, listed
from specwitness.findings import Json, Party

Credential = tuple[str, ...]
"""How a credential travels."""


@dataclass(frozen=True)
class Alternative:
    """What is needed together: the schemes by name, and the scopes of each credential."""

    names: tuple[str, ...]
    scopes: Mapping[Credential, frozenset[str]]

    def suffices_for(self, other: Alternative, *, scopes: bool = True) -> bool:
        """Say whether who has what this asks for has what another asks for."""
        return all(
            credential in self.scopes and (not scopes or needed <= self.scopes[credential])
            for credential, needed in other.scopes.items()
        )

    def missing(self, other: Alternative) -> frozenset[str]:
        """Return the scopes that another asks for beyond this."""
        return frozenset().union(*(needed - self.scopes[one] for one, needed in other.scopes.items()))

    def __str__(self) -> str:
        """Name the schemes."""
        return " and ".join(self.names) or "no credentials"


@dataclass(frozen=True)
class _Access:
    """How an operation is entered on both sides, and where that is said."""

    pair: Pair
    old: tuple[Alternative, ...]
    new: tuple[Alternative, ...]
    pointer: str
    side: Party = Party.NEW

    @property
    def refused(self) -> tuple[Alternative, ...]:
        """The old alternatives that are not enough any more, with what is sent as a parameter anyway."""
        required = {credential_of(one): frozenset[str]() for one in self.pair.old.parameters if one.required}
        shown = ((one, replace(one, scopes={**required, **one.scopes})) for one in self.old)
        return tuple(one for one, sent in shown if not any(sent.suffices_for(other) for other in self.new))

    def change(self, message: str, **more: Json) -> Change:
        return Change(self.side, self.pointer, "security", message, (self.pair.new.key,), **more)


def _accesses(comparison: Comparison) -> Iterator[_Access]:
    """Yield the operations of both sides that are entered otherwise."""
    inherited = comparison.old.document.get("security"), comparison.new.document.get("security")
    wires = _wires(comparison.old), _wires(comparison.new)
    same_around = inherited[0] == inherited[1] and wires[0] == wires[1]
    for pair in comparison.changed if same_around else comparison.pairing.both:
        own = (
            comparison.data(Party.OLD, pair.old.pointer).get("security"),
            comparison.data(Party.NEW, pair.new.pointer).get("security"),
        )
        old = _alternatives(inherited[0] if own[0] is None else own[0], wires[0])
        new = _alternatives(inherited[1] if own[1] is None else own[1], wires[1])
        if old != new:
            from_document = own == (None, None) and inherited[0] != inherited[1]
            yield _Access(pair, old, new, *_place(comparison, pair.new, from_document=from_document))


def _place(comparison: Comparison, operation: Operation, *, from_document: bool) -> tuple[str, Party]:
    """Return where the new need stands: in the document for all operations, or in the operation."""
    if from_document:
        return "/security", Party.NEW if "security" in comparison.new.document else Party.OLD
    own = pointers.join(operation.pointer, "security")
    return (own if comparison.data(Party.NEW, own) is not None else operation.pointer), Party.NEW


def _alternatives(security: Json, wires: Mapping[str, Credential]) -> tuple[Alternative, ...]:
    """Return the alternatives of a list of requirements; an empty list asks for nothing."""
    found = []
    for requirement in [one for one in security or () if isinstance(one, dict)] or [{}]:
        scopes: dict[Credential, frozenset[str]] = {}
        for name, said in requirement.items():
            wire = wires.get(name, ("unknown", name))
            needed = frozenset(map(str, said)) if isinstance(said, list) else frozenset()
            scopes[wire] = scopes.get(wire, frozenset()) | needed
        found.append(Alternative(tuple(requirement), scopes))
    return tuple(found)


def _wires(contract: Contract) -> dict[str, Credential]:
    """Return by name how the credential of each scheme travels."""
    return {name: _wire(name, data) for name, (_, data) in _schemes(contract).items()}


def credential_of(parameter: Parameter) -> Credential:
    """Return what a parameter is where it is described as an API key."""
    return "apiKey", parameter.place, parameter.name.lower() if parameter.place == "header" else parameter.name


def is_credential(contract: Contract, operation: Operation, parameter: Parameter) -> bool:
    """Say whether an operation takes a parameter as an API key."""
    wires = _wires(contract)
    return any(wires.get(name) == credential_of(parameter) for one in operation.security for name in one)


def _schemes(contract: Contract) -> dict[str, tuple[str, Json]]:
    """Return by name where a scheme stands, and what is said of it."""
    at = "/components/securitySchemes"
    found = {}
    for name in pointers.look(contract.document, at) or ():
        place = pointers.resolved(contract.document, pointers.join(at, name))
        scheme = pointers.get(contract.document, place)
        found[name] = place, scheme if isinstance(scheme, dict) else {}
    return found


def _wire(name: str, scheme: Json) -> Credential:
    match scheme.get("type"):
        case "apiKey":
            place, field = str(scheme.get("in")), str(scheme.get("name"))
            return "apiKey", place, field.lower() if place == "header" else field
        case "http":
            return "http", str(scheme.get("scheme", "bearer")).lower()
        case "oauth2" | "openIdConnect":
            return "http", "bearer"  # A token is sent so (RFC 6750), however it was got.
        case "mutualTLS":
            return ("mutualTLS",)
    return "unknown", name


# --- Less is enough for nobody any more -------------------------------------------------------------------------------


def added(comparison: Comparison) -> Iterator[Change]:
    """Yield operations that could be called without credentials and cannot any more."""
    for access in comparison.once(_accesses):
        if any(not one.names for one in access.refused):
            needed = listed(access.new)
            message = f"credentials are needed now, and were not: {needed}"
            proof = comparison.sent(access.pair.old, f"401: needed is {needed}", credentials=())
            yield access.change(message, proof=proof)


def tightened(comparison: Comparison) -> Iterator[Change]:
    """Yield credentials that let a client in and are not enough any more."""
    for access in comparison.once(_accesses):
        for one in access.refused:
            if one.names and not _only_scopes(one, access) and not _moved_schemes(comparison, one, access):
                needed = " or ".join(map(str, access.new))
                message = f"{one} does not let a client in any more: needed is {needed}"
                proof = comparison.sent(access.pair.old, f"401: needed is {needed}", credentials=one.names)
                yield access.change(message, value=str(one), proof=proof)


def credential_moved(comparison: Comparison) -> Iterator[Change]:
    """Yield schemes whose credential travels otherwise than it did."""
    for access in comparison.once(_accesses):
        for one in access.refused:
            for name in _moved_schemes(comparison, one, access):
                place, scheme = _schemes(comparison.new)[name]
                was, now = _words(_schemes(comparison.old)[name][1]), _words(scheme)
                yield Change(
                    Party.NEW,
                    place,
                    "security",
                    f"the credential {name} travels as {now}, and not as {was} any more",
                    (access.pair.new.key,),
                    proof=comparison.sent(access.pair.old, f"401: {name} travels as {now}", credentials=one.names),
                )


def _moved_schemes(comparison: Comparison, one: Alternative, access: _Access) -> tuple[str, ...]:
    """Return the schemes that travel otherwise, where by their names alone what a client has would be enough."""
    if not any(set(other.names) <= set(one.names) for other in access.new):
        return ()
    old, new = _wires(comparison.old), _wires(comparison.new)
    return tuple(name for name in one.names if name in old and name in new and old[name] != new[name])


def scope_added(comparison: Comparison) -> Iterator[Change]:
    """Yield scopes that a token needs and did not."""
    for access in comparison.once(_accesses):
        for one in access.refused:
            if closest := _only_scopes(one, access):
                missing = sorted(one.missing(closest))
                message = f"the token of {one} needs the scope {listed(missing)} too"
                proof = comparison.sent(
                    access.pair.old, f"403: the scope {listed(missing)} is missing", credentials=one.names
                )
                yield access.change(message, value=missing, proof=proof)


def _only_scopes(one: Alternative, access: _Access) -> Alternative | None:
    """Return the new alternative for which a client lacks the fewest scopes, and nothing else; None without any."""
    near = (other for other in access.new if one.names and one.suffices_for(other, scopes=False))
    return min(near, key=lambda other: len(one.missing(other)), default=None)


# --- Less is enough for somebody --------------------------------------------------------------------------------------


def scope_removed(comparison: Comparison) -> Iterator[Change]:
    """Yield scopes that a token does not need any more."""
    for access in comparison.once(_accesses):
        for other in () if access.refused else access.new:
            near = [one for one in access.old if other.names and other.suffices_for(one, scopes=False)]
            if near and not any(other.suffices_for(one) for one in near):
                gone = sorted(other.missing(near[0]))
                yield access.change(f"the token of {other} does not need the scope {listed(gone)} any more", value=gone)


def loosened(comparison: Comparison) -> Iterator[Change]:
    """Yield ways of being let in that there were not, where all that there were are still there."""
    for access in comparison.once(_accesses):
        for other in () if access.refused else access.new:
            if not any(other.suffices_for(one, scopes=False) for one in access.old):
                yield access.change(f"clients are let in with {other} now", value=str(other))


# --- Where tokens are got ---------------------------------------------------------------------------------------------


def oauth_flow_changed(comparison: Comparison) -> Iterator[Change]:
    """Yield schemes that are used and whose tokens are got elsewhere, or in one way less."""
    old_schemes = _schemes(comparison.old)
    for name, (place, scheme) in _schemes(comparison.new).items():
        was, now = _token_sources(old_schemes.get(name, ("", {}))[1]), _token_sources(scheme)
        lost = sorted(way for way in was if was[way] != now.get(way))
        operations = tuple(pair.new.key for pair in comparison.pairing.both if _uses(pair, name))
        if lost and now and operations:
            words = listed(f"{way} is {now[way]}" if way in now else f"{way} is gone" for way in lost)
            message = f"tokens of {name} are got otherwise: {words}"
            yield Change(Party.NEW, place, "security", message, operations, doubtful=True)


def _token_sources(scheme: Json) -> dict[str, str]:
    """Return the addresses at which a client gets tokens."""
    flows = scheme.get("flows")
    found = {
        f"{flow} {field}": str(data[field])
        for flow, data in (flows.items() if isinstance(flows, dict) else ())
        for field in ("authorizationUrl", "tokenUrl", "refreshUrl")
        if isinstance(data, dict) and field in data
    }
    if "openIdConnectUrl" in scheme:
        found["openIdConnectUrl"] = str(scheme["openIdConnectUrl"])
    return found


def _uses(pair: Pair, name: str) -> bool:
    return any(name in alternative for alternative in pair.new.security)


def _words(scheme: Json) -> str:
    if scheme.get("type") == "apiKey":
        return f"{scheme.get('in')} {scheme.get('name')}"
    kind, *more = _wire("", scheme)
    return " ".join([kind, *more]) if kind != "unknown" else str(scheme.get("type"))
