"""The part of a contract that a model is for: where its schema is, and how a message of it travels."""

from __future__ import annotations

from dataclasses import dataclass, replace

from specwitness.contract.media_types import is_json
from specwitness.contract.model import Content, Contract, Operation, ResponseSpec
from specwitness.contract.places import location
from specwitness.drift import wire
from specwitness.drift.media_types import concrete
from specwitness.drift.sdk.use import HINT, Use
from specwitness.exceptions import SourceError, UnknownOperationError
from specwitness.findings import Exchange, Json, Location, Request, Response


@dataclass(frozen=True)
class Part:
    """The body of a request, or, with a `status`, of a response, and the pointer of its schema."""

    contract: Contract
    operation: Operation
    content: Content
    schema: str
    status: int | None
    documented: ResponseSpec | None

    @classmethod
    def of(cls, contract: Contract, use: Use) -> Part:
        """Return the part that a model is used for.

        Raises UnknownOperationError where there is no such operation, SourceError where it has no JSON there.
        """
        operation = _operation(contract, use.operation)
        documented = None if use.status is None else operation.response_for(use.status)
        contents = operation.body if use.status is None else documented.content if documented else ()
        for content in contents:
            if is_json(content.media_type) and content.schema:
                return cls(contract, operation, content, content.schema, use.status, documented)
        part = "request" if use.status is None else f"response {use.status}"
        fault = f"the contract has no schema of JSON for the {part} of {operation.key}"
        raise SourceError(str(use), fault, f"Name a part that it describes. {HINT}")

    def located(self, pointer: str) -> Location:
        """Return a place of the contract, as a finding about this part tells it."""
        part = "request" if self.status is None else f"response {self.status}"
        return location(self.contract, operation=self.operation.key, part=part, pointer=pointer)

    def answered(self, body: Json) -> Exchange:
        """Return a response as it travels, after a request that it may be the answer to."""
        status, media_type = self.status or 0, concrete(self.content.media_type)
        response = Response(status, (("Content-Type", media_type),), wire.encoded(body, media_type))
        if self.documented is not None:
            try:
                around = wire.least_response(self.contract, self.documented, status=status, content=self.content)
                response = replace(around, body=response.body)
            except LookupError:
                pass  # A header that is required cannot be made: then the response is shown without any.
        return Exchange(self._least_request(None), response, self.operation.key)

    def asked(self, body: Json) -> Exchange:
        """Return a request as it travels."""
        encoded = wire.encoded(body, concrete(self.content.media_type))
        return Exchange(replace(self._least_request(self.content), body=encoded), None, self.operation.key)

    def _least_request(self, content: Content | None) -> Request:
        try:
            return wire.least_request(self.contract, self.operation, body=content)
        except LookupError:
            message = {} if content is None else {"body": None}
            return wire.request_of(self.contract, self.operation, message, content.media_type if content else None)


def _operation(contract: Contract, name: str) -> Operation:
    for operation in contract.operations:
        if name in {operation.key, operation.label}:
            return operation
    known = ", ".join(operation.key for operation in contract.operations)
    raise UnknownOperationError(repr(name), f"{contract.name} has no such operation", f"Known are {known}")
