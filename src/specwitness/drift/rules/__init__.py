"""What no schema can say about two descriptions of an API, as a table. Entry point: `structural`.

Levels follow the client of the old contract. *breaking*: a request that it may send is refused, or it meets a response
that it was not told of. *warning*: it is not refused, but something that it said is not heard, something it read is not
there, or code that is generated from the document changes. *info*: it need not do anything.

Verdicts are about messages: BROKEN comes with one that a side allows and the other refuses; SAFE says that there is
none, whatever else the change means; UNDECIDED that somebody may be refused, and the documents do not say.

What a schema says, and that a parameter, body or header is required, is judged with whole messages, and not here.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from specwitness.contract.model import Contract
from specwitness.drift.pairing import Pairing
from specwitness.drift.rules import (
    bodies,
    callbacks,
    deprecation,
    forms,
    keywords,
    operations,
    parameters,
    responses,
    security,
    servers,
)
from specwitness.drift.rules.rule import GRACE, Comparison, Rule
from specwitness.drift.unchanged import Unchanged
from specwitness.findings import Finding, Level

__all__ = ["GRACE", "RULES", "Rule", "structural"]

_B, _W, _I = Level.BREAKING, Level.WARNING, Level.INFO


def structural(
    old: Contract,
    new: Contract,
    pairing: Pairing,
    today: dt.date,
    *,
    grace: dt.timedelta = GRACE,
    unchanged: Unchanged | None = None,
) -> Iterator[Finding]:
    """Yield what the rules find, in the order of the table, each place once for each rule.

    `unchanged` is given by who has it already: to compare two large documents takes a while.
    """
    if old.document == new.document:
        return
    comparison = Comparison(old, new, pairing, today, grace, unchanged)
    for rule in RULES:
        yield from rule.findings(comparison)


_PATHS = "OpenAPI Specification, Paths Object"
_OPERATION = "OpenAPI Specification, Operation Object"
_SUNSET = "x-sunset, as oasdiff reads it; RFC 8594"
_PARAMETER = "OpenAPI Specification, Parameter Object"
_BODY = "OpenAPI Specification, Request Body Object; RFC 9110 section 15.5.16"
_ENCODING = "OpenAPI Specification, Encoding Object"
_RESPONSES = "OpenAPI Specification, Responses Object; RFC 9110 section 15"
_RESPONSE = "OpenAPI Specification, Response Object"
_ACCEPT = "OpenAPI Specification, Response Object; RFC 9110 section 12.5.1"
_SECURITY = "OpenAPI Specification, Security Requirement Object"
_SCHEME = "OpenAPI Specification, Security Scheme Object"
_SERVER = "OpenAPI Specification, Server Object"
_SCHEMA = "OpenAPI Specification, Schema Object"
_DISCRIMINATOR = "OpenAPI Specification, Discriminator Object"
_EXTENSIBLE = "x-extensible-enum, Zalando RESTful API Guidelines, rule 112"
_CALLBACK = "OpenAPI Specification, Callback Object"
_WEBHOOKS = "OpenAPI Specification 3.1, OpenAPI Object, webhooks"

# fmt: off
RULES: tuple[Rule, ...] = (
    # Operations
    Rule("operation-removed", _B, operations.removed, _PATHS,
         "An operation is gone, and was not announced to be by now."),
    Rule("operation-removed-after-sunset", _I, operations.removed_after_sunset, _SUNSET,
         "An operation is gone as it was announced to be."),
    Rule("operation-added", _I, operations.added, _PATHS,
         "An operation is new."),
    Rule("operation-id-changed", _W, operations.operation_id_changed, _OPERATION,
         "Generated clients call an operation by another name."),
    Rule("operation-id-added", _I, operations.operation_id_added, _OPERATION,
         "An operation is named for the first time."),
    Rule("tag-removed", _W, operations.tag_removed, _OPERATION,
         "Generated clients have an operation in another group."),
    # Announcements
    Rule("deprecated", _I, deprecation.deprecated, _SUNSET,
         "Something is announced to go, with time enough to leave it."),
    Rule("deprecated-without-sunset", _I, deprecation.deprecated_without_sunset, _SUNSET,
         "An operation or parameter is deprecated, and nothing says until when it stays."),
    Rule("sunset-too-soon", _W, deprecation.sunset_too_soon, _SUNSET,
         "An operation or parameter goes before the grace period is over."),
    Rule("sunset-brought-forward", _W, deprecation.sunset_brought_forward, _SUNSET,
         "An operation or parameter goes earlier than was announced."),
    Rule("sunset-removed", _W, deprecation.sunset_removed, _SUNSET,
         "A deprecated operation or parameter has lost the day until which it stays."),
    Rule("reactivated", _I, deprecation.reactivated, _SUNSET,
         "An operation or parameter is not deprecated any more."),
    # Parameters
    Rule("parameter-moved", _B, parameters.moved, _PARAMETER,
         "A parameter has to be sent in another place."),
    Rule("optional-parameter-moved", _W, parameters.optional_moved, _PARAMETER,
         "An optional parameter is not heard where it was sent."),
    Rule("parameter-style-changed", _B, parameters.style_changed, "OpenAPI Specification, Style Values; RFC 6570",
         "A value of a parameter is written otherwise."),
    Rule("parameter-encoding-changed", _W, parameters.encoding_changed, f"{_PARAMETER}, allowReserved",
         "Reserved characters of a parameter have to be percent-encoded."),
    Rule("parameter-removed", _W, parameters.removed, _PARAMETER,
         "What clients ask for with a parameter is not heard."),
    Rule("parameter-removed-after-sunset", _I, parameters.removed_after_sunset, _SUNSET,
         "A parameter is gone as it was announced to be."),
    Rule("optional-parameter-added", _I, parameters.added, _PARAMETER,
         "A parameter can be sent."),
    Rule("path-parameter-renamed", _I, parameters.path_parameter_renamed, "OpenAPI Specification, Path Templating",
         "A path parameter has another name, which no request tells."),
    # Request bodies
    Rule("request-media-type-removed", _B, bodies.request_media_type_removed, _BODY,
         "A media type that clients send is not taken any more."),
    Rule("request-media-type-added", _I, bodies.request_media_type_added, _BODY,
         "A media type is taken too."),
    Rule("request-body-removed", _W, bodies.request_body_removed, _BODY,
         "What clients send in a body is not heard."),
    Rule("optional-request-body-added", _I, bodies.request_body_added, _BODY,
         "A body can be sent."),
    # The fields and parts of forms
    Rule("form-style-changed", _B, forms.style_changed, _ENCODING,
         "A value of a field of a form is written otherwise."),
    Rule("form-encoding-changed", _W, forms.encoding_changed, f"{_ENCODING}, allowReserved",
         "Reserved characters of a field of a form have to be percent-encoded."),
    Rule("part-media-type-removed", _B, forms.media_type_removed, f"{_ENCODING}, contentType",
         "A media type that clients send in a part is not taken any more."),
    Rule("part-media-type-added", _I, forms.media_type_added, f"{_ENCODING}, contentType",
         "A media type is taken in a part too."),
    Rule("part-header-required", _B, forms.header_required, f"{_ENCODING}, headers",
         "A part is not taken without a header."),
    Rule("part-header-removed", _W, forms.header_removed, f"{_ENCODING}, headers",
         "What clients say with a header of a part is not heard."),
    Rule("part-header-added", _I, forms.header_added, f"{_ENCODING}, headers",
         "A header can be sent in a part."),
    # Responses
    Rule("success-status-added", _B, responses.status_added("2"), _RESPONSES,
         "Clients meet a success that is not the one they read."),
    Rule("no-success", _B, responses.no_success, _RESPONSES,
         "No success is documented any more."),
    Rule("redirect-status-added", _W, responses.status_added("13"), _RESPONSES,
         "Clients are sent elsewhere, or told to wait."),
    Rule("client-error-status-added", _W, responses.status_added("4"), _RESPONSES,
         "Clients meet an error that they know by its class alone."),
    Rule("server-error-status-added", _I, responses.status_added("5d"), _RESPONSES,
         "A failure of the server, or the default, is documented."),
    Rule("success-status-removed", _W, responses.success_removed, _RESPONSES,
         "Clients wait for a success in vain; the others they know."),
    Rule("status-removed", _I, responses.other_removed, _RESPONSES,
         "An error or redirection is not documented any more."),
    Rule("response-media-type-removed", _B, bodies.response_media_type_removed, _ACCEPT,
         "A media type that clients ask for is not sent any more."),
    Rule("response-media-type-added", _I, bodies.response_media_type_added, _ACCEPT,
         "A response can be had in a media type more."),
    Rule("response-body-added", _I, bodies.response_body_added, _RESPONSE,
         "A response has a body."),
    Rule("response-header-removed", _W, responses.header_removed, _RESPONSE,
         "A header that clients may have read is not sent any more."),
    Rule("response-header-added", _I, responses.header_added, _RESPONSE,
         "A header is sent."),
    Rule("response-header-style-changed", _B, responses.header_style_changed, "OpenAPI Specification, Header Object",
         "A value of a header is written otherwise than clients read it."),
    # Security
    Rule("security-added", _B, security.added, _SECURITY,
         "What could be called without credentials needs some."),
    Rule("security-tightened", _B, security.tightened, _SECURITY,
         "Credentials that let a client in are not enough any more."),
    Rule("credential-moved", _B, security.credential_moved, _SCHEME,
         "A credential travels otherwise."),
    Rule("scope-added", _B, security.scope_added, _SECURITY,
         "A token needs a scope that it did not."),
    Rule("scope-removed", _I, security.scope_removed, _SECURITY,
         "A token does not need a scope any more."),
    Rule("security-loosened", _I, security.loosened, _SECURITY,
         "Clients are let in with what was not enough."),
    Rule("oauth-flow-changed", _W, security.oauth_flow_changed, "OpenAPI Specification, OAuth Flows Object",
         "Tokens are got elsewhere, or in one way less."),
    # Servers
    Rule("base-path-changed", _B, servers.base_path_changed, _SERVER,
         "Nothing is served at a path any more at which clients call an operation."),
    Rule("server-removed", _W, servers.server_removed, _SERVER,
         "A server is not named any more; the same paths are served elsewhere."),
    Rule("server-added", _I, servers.server_added, _SERVER,
         "A server is named beside those that were."),
    # What schemas say beside what they allow
    Rule("request-property-removed", _W, keywords.request_property_removed, _SCHEMA,
         "What clients say with a property is not heard."),
    Rule("request-default-changed", _W, keywords.request_default_changed, f"{_SCHEMA}, default",
         "Who leaves a value out asks for something else."),
    Rule("response-default-changed", _I, keywords.response_default_changed, f"{_SCHEMA}, default",
         "What stands for a value that a server leaves out is another."),
    Rule("request-extensible-value-removed", _B, keywords.extensible_value_removed, _EXTENSIBLE,
         "A value that clients send is not named any more."),
    Rule("response-extensible-value-added", _I, keywords.extensible_value_added, _EXTENSIBLE,
         "Clients meet a value, as they were told that they might."),
    Rule("discriminator-mapping-changed", _B, keywords.discriminator_mapping_changed, _DISCRIMINATOR,
         "The same tag stands for another schema."),
    Rule("request-discriminator-value-removed", _B, keywords.discriminator_value_removed, _DISCRIMINATOR,
         "A tag that clients send stands for no schema."),
    Rule("response-discriminator-value-added", _W, keywords.discriminator_value_added, _DISCRIMINATOR,
         "Clients meet a tag by which they know no schema."),
    Rule("discriminator-property-changed", _W, keywords.discriminator_property_changed, _DISCRIMINATOR,
         "Another property tells which schema a value is of."),
    Rule("discriminator-removed", _W, keywords.discriminator_removed, _DISCRIMINATOR,
         "Nothing tells generated clients any more which schema a value is of."),
    Rule("discriminator-added", _I, keywords.discriminator_added, _DISCRIMINATOR,
         "A property tells which schema a value is of."),
    # Webhooks and callbacks: the server asks, and its consumer answers
    Rule("webhook-removed", _B, callbacks.webhook_removed, _WEBHOOKS,
         "Consumers wait for a webhook in vain."),
    Rule("webhook-added", _I, callbacks.webhook_added, _WEBHOOKS,
         "A webhook is new."),
    Rule("callback-removed", _B, callbacks.callback_removed, _CALLBACK,
         "Consumers wait for a callback in vain."),
    Rule("callback-added", _I, callbacks.callback_added, _CALLBACK,
         "A callback is new."),
    Rule("callback-address-changed", _B, callbacks.address_changed, _CALLBACK,
         "Who gives the address of a callback where it was read from is not called."),
    Rule("callback-media-type-added", _B, callbacks.media_type_added, _CALLBACK,
         "Consumers are sent a media type that they do not take."),
    Rule("callback-answer-removed", _W, callbacks.answer_removed, _CALLBACK,
         "The server does not know an answer that consumers give."),
)
# fmt: on
