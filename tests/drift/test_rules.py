"""What no schema can say: each rule on a pair that it is about, on that pair the other way round, and on a safe one."""

from __future__ import annotations

import datetime as dt
import json
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from specwitness.contract import load, requests
from specwitness.contract.conformance import refusals
from specwitness.contract.model import Contract
from specwitness.drift.pairing import paired
from specwitness.drift.rules import RULES, structural
from specwitness.drift.rules.called import callback_pairs
from specwitness.findings import Exchange, Finding, Json, Level, Party, Request, Response, Verdict

TODAY = dt.date(2026, 11, 22)
ROOT = Path(__file__).parents[2]
GITHUB = ROOT / ".cache/octokit/node_modules/@octokit/openapi/generated/api.github.com.json"


@dataclass(frozen=True)
class Case:
    """One rule: `old` against `new` is what it finds, and nothing else does; `old` against `safe` is nothing.

    `back` is what `new` against `old` is. The texts are YAML documents but for what all have alike: `op` is the
    operation `GET /pets`, `sent` and `answered` are the schemas of its bodies, `fields` and `parts` what is said of a
    form that is sent, and `$Cat` refers to a component.
    """

    rule: str
    verdict: Verdict
    old: str
    new: str
    safe: str
    back: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.rule


BROKEN, SAFE, UNDECIDED = Verdict.BROKEN, Verdict.SAFE, Verdict.UNDECIDED

CASES = [
    # Operations
    Case(
        "operation-removed",
        BROKEN,
        old="""
            paths:
              /pets: {get: {responses: {'200': {description: d}}}}
              /pets/{id}:
                parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
                get: {responses: {'200': {description: d}}}
                delete: {responses: {'204': {description: d}}}
        """,
        new="""
            paths:
              /pets: {get: {responses: {'200': {description: d}}}}
              /pets/{id}:
                parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
                get: {responses: {'200': {description: d}}}
        """,
        safe="""
            paths:
              /pets/{id}:
                parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
                delete: {responses: {'204': {description: d}}}
                get: {responses: {'200': {description: d}}}
              /pets: {get: {summary: All pets, responses: {'200': {description: d}}}}
        """,
        back=("operation-added",),
    ),
    Case(
        "operation-removed-after-sunset",
        BROKEN,
        old="op: {deprecated: true, x-sunset: '2026-11-01'}",
        new="{}",
        safe="op: {deprecated: true, x-sunset: '2026-11-01', description: Ends.}",
        back=("operation-added",),
    ),
    Case(
        "operation-added",
        SAFE,
        old="{}",
        new="op: {}",
        safe="info: {title: other, version: '2'}",
        back=("operation-removed",),
    ),
    Case(
        "operation-id-changed",
        SAFE,
        old="op: {operationId: listPets}",
        new="op: {operationId: pets_list}",
        safe="op: {operationId: listPets, summary: All of them}",
        back=("operation-id-changed",),
    ),
    Case(
        "operation-id-added",
        SAFE,
        old="op: {}",
        new="op: {operationId: listPets}",
        safe="op: {summary: listPets}",
        back=("operation-id-changed",),
    ),
    Case(
        "tag-removed",
        SAFE,
        old="op: {tags: [pets, animals]}",
        new="op: {tags: [animals]}",
        safe="op: {tags: [animals, pets, all]}",
    ),
    # Announcements
    Case(
        "deprecated",
        SAFE,
        old="op: {}",
        new="op: {deprecated: true, x-sunset: '2027-11-22'}",
        safe="op: {deprecated: false, x-sunset: '2027-11-22'}",
        back=("reactivated",),
    ),
    Case(
        "deprecated-without-sunset",
        SAFE,
        old="op: {parameters: [{name: q, in: query, schema: {}}]}",
        new="op: {parameters: [{name: q, in: query, schema: {}, deprecated: true}]}",
        safe="op: {parameters: [{name: q, in: query, schema: {}, deprecated: false}]}",
        back=("reactivated",),
    ),
    Case(
        "sunset-too-soon",
        SAFE,
        old="op: {deprecated: true}",
        new="op: {deprecated: true, x-sunset: '2026-12-01'}",
        safe="op: {deprecated: true, x-sunset: '2027-12-01'}",
        back=("sunset-removed",),
    ),
    Case(
        "sunset-brought-forward",
        SAFE,
        old="op: {deprecated: true, x-sunset: '2028-01-01T00:00:00Z'}",
        new="op: {deprecated: true, x-sunset: '2027-06-01'}",
        safe="op: {deprecated: true, x-sunset: 'Sat, 01 Jan 2028 00:00:00 GMT'}",
    ),
    Case(
        "sunset-removed",
        SAFE,
        old="op: {deprecated: true, x-sunset: '2027-06-01'}",
        new="op: {deprecated: true, x-sunset: some day}",
        safe="op: {deprecated: true, x-sunset: '2027-06-02'}",
    ),
    Case(
        "reactivated",
        SAFE,
        old="op: {deprecated: true}",
        new="op: {}",
        safe="op: {deprecated: true, description: use cats}",
        back=("deprecated-without-sunset",),
    ),
    # Parameters
    Case(
        "parameter-moved",
        BROKEN,
        old="op: {parameters: [{name: Key, in: query, required: true, schema: {type: string}}]}",
        new="op: {parameters: [{name: key, in: header, required: true, schema: {type: string}}]}",
        safe="op: {parameters: [{name: Key, in: query, required: true, description: d, schema: {type: string}}]}",
        back=("parameter-moved",),
    ),
    Case(
        "optional-parameter-moved",
        SAFE,
        old="op: {parameters: [{name: X-Page, in: header, schema: {type: integer}}]}",
        new="op: {parameters: [{name: x-page, in: query, schema: {type: integer}}]}",
        safe="op: {parameters: [{name: x-page, in: header, schema: {type: integer}}]}",
        back=("optional-parameter-moved",),
    ),
    Case(
        "parameter-style-changed",
        BROKEN,
        old="op: {parameters: [{name: ids, in: query, schema: {type: array, items: {type: integer}}}]}",
        new="op: {parameters: [{name: ids, in: query, explode: false, schema: {type: array, items: {type: integer}}}]}",
        safe="op: {parameters: [{name: ids, in: query, style: form, schema: {type: array, items: {type: integer}}}]}",
        back=("parameter-style-changed",),
    ),
    Case(
        "parameter-encoding-changed",
        UNDECIDED,
        old="op: {parameters: [{name: q, in: query, allowReserved: true, schema: {type: string}}]}",
        new="op: {parameters: [{name: q, in: query, schema: {type: string}}]}",
        safe="op: {parameters: [{name: q, in: query, allowReserved: true, style: form, schema: {type: string}}]}",
    ),
    Case(
        "parameter-removed",
        SAFE,
        old="op: {parameters: [{name: q, in: query, schema: {}}, {name: Accept, in: header, schema: {}}]}",
        new="op: {}",
        safe="op: {parameters: [{name: q, in: query, schema: {}}]}",
        back=("optional-parameter-added",),
    ),
    Case(
        "parameter-removed-after-sunset",
        SAFE,
        old="op: {parameters: [{name: q, in: query, schema: {}, deprecated: true, x-sunset: '2026-11-22'}]}",
        new="op: {}",
        safe="op: {parameters: [{name: q, in: query, schema: {}, deprecated: true, x-sunset: '2026-11-23'}]}",
        back=("optional-parameter-added",),
    ),
    Case(
        "optional-parameter-added",
        SAFE,
        old="op: {}",
        new="op: {parameters: [{name: q, in: cookie, schema: {type: string}}]}",
        safe="op: {parameters: [{name: q, in: cookie, required: true, schema: {type: string}}]}",  # That is judged.
        back=("parameter-removed",),
    ),
    Case(
        "path-parameter-renamed",
        SAFE,
        old="{paths: {'/a/{id}': {parameters: [{name: id, in: path, required: true, schema: {}}], get: {}}}}",
        new="{paths: {'/a/{no}': {parameters: [{name: no, in: path, required: true, schema: {}}], get: {}}}}",
        safe="{paths: {'/a/{id}': {parameters: [{in: path, name: id, required: true, schema: {}}], get: {}}}}",
        back=("path-parameter-renamed",),
    ),
    # Request bodies
    Case(
        "request-media-type-removed",
        BROKEN,
        old="op: {requestBody: {content: {image/*: {}, application/json: {}}}}",
        new="op: {requestBody: {content: {image/png: {}, application/json: {}}}}",
        safe="op: {requestBody: {content: {image/*: {}, 'application/json; charset=utf-8': {}}}}",
        back=("request-media-type-added",),
    ),
    Case(
        "request-media-type-added",
        SAFE,
        old="op: {requestBody: {content: {application/json: {}}}}",
        new="op: {requestBody: {content: {application/json: {}, text/csv: {}}}}",
        safe="op: {requestBody: {content: {Application/JSON: {}}}}",
        back=("request-media-type-removed",),
    ),
    Case(
        "request-body-removed",
        SAFE,
        old="op: {requestBody: {content: {application/json: {}}}}",
        new="op: {}",
        safe="op: {requestBody: {description: d, content: {application/json: {}}}}",
        back=("optional-request-body-added",),
    ),
    Case(
        "optional-request-body-added",
        SAFE,
        old="op: {}",
        new="op: {requestBody: {content: {application/json: {}}}}",
        safe="op: {requestBody: {required: true, content: {application/json: {}}}}",  # That is judged.
        back=("request-body-removed",),
    ),
    # The fields and parts of forms
    Case(
        "form-style-changed",
        BROKEN,
        old="fields: {schema: {properties: {ids: {type: array, items: {type: integer}}}}}",
        new="""
            fields:
              schema: {properties: {ids: {type: array, items: {type: integer}}}}
              encoding: {ids: {explode: false}}
        """,
        safe="""
            fields:
              schema: {properties: {ids: {type: array, items: {type: integer}}}}
              encoding: {ids: {style: form, explode: true}}
        """,
        back=("form-style-changed",),
    ),
    Case(
        "form-encoding-changed",
        UNDECIDED,
        old="fields: {schema: {properties: {q: {type: string}}}, encoding: {q: {allowReserved: true}}}",
        new="fields: {schema: {properties: {q: {type: string}}}}",
        safe="fields: {schema: {properties: {q: {type: string}}}, encoding: {q: {allowReserved: true, style: form}}}",
    ),
    Case(
        "part-media-type-removed",
        BROKEN,
        old="parts: {schema: {properties: {f: {type: string}}}, encoding: {f: {contentType: 'image/png, image/jpeg'}}}",
        new="parts: {schema: {properties: {f: {type: string}}}, encoding: {f: {contentType: image/png}}}",
        safe="parts: {schema: {properties: {f: {type: string}}}, encoding: {f: {contentType: 'image/jpeg,image/png'}}}",
        back=("part-media-type-added",),
    ),
    Case(
        "part-media-type-added",
        SAFE,
        old="parts: {schema: {properties: {f: {type: string}}}, encoding: {f: {contentType: image/png}}}",
        new="parts: {schema: {properties: {f: {type: string}}}, encoding: {f: {contentType: image/*}}}",
        safe="parts: {schema: {properties: {f: {type: string}}}, encoding: {f: {contentType: IMAGE/png}}}",
        back=("part-media-type-removed",),
    ),
    Case(
        "part-header-required",
        BROKEN,
        old="parts: {schema: {properties: {f: {type: string}}}, encoding: {f: {headers: {X-Sum: {schema: {}}}}}}",
        new="""
            parts:
              schema: {properties: {f: {type: string}}}
              encoding: {f: {headers: {X-Sum: {required: true, schema: {}}}}}
        """,
        safe="parts: {schema: {properties: {f: {type: string}}}, encoding: {f: {headers: {x-sum: {schema: {}}}}}}",
    ),
    Case(
        "part-header-removed",
        SAFE,
        old="""
            parts:
              schema: {properties: {f: {type: string}}}
              encoding: {f: {headers: {X-Sum: {schema: {}}, Content-Type: {schema: {}}}}}
        """,
        new="parts: {schema: {properties: {f: {type: string}}}}",
        safe="parts: {schema: {properties: {f: {type: string}}}, encoding: {f: {headers: {X-Sum: {schema: {}}}}}}",
        back=("part-header-added",),
    ),
    Case(
        "part-header-added",
        SAFE,
        old="parts: {schema: {properties: {f: {type: string}}}}",
        new="""
            parts:
              schema: {properties: {f: {type: string}}}
              encoding: {f: {headers: {X-Sum: {$ref: '#/components/headers/Sum'}}}}
            components: {headers: {Sum: {schema: {}}}}
        """,
        safe="""
            parts:
              schema: {properties: {f: {type: string}}}
              encoding: {f: {headers: {Content-Type: {required: true, schema: {}}}}}
        """,
        back=("part-header-removed",),
    ),
    # Responses
    Case(
        "success-status-added",
        BROKEN,
        old="op: {responses: {'200': {description: d}}}",
        new="op: {responses: {'200': {description: d}, '202': {description: d}}}",
        safe="op: {responses: {'200': {description: ok}}}",
        back=("success-status-removed",),
    ),
    Case(
        "no-success",
        UNDECIDED,
        old="op: {responses: {'200': {description: d}, '404': {description: d}}}",
        new="op: {responses: {'404': {description: d}}}",
        safe="op: {responses: {'404': {description: d}, '200': {description: d}}}",
        back=("success-status-added",),
    ),
    Case(
        "redirect-status-added",
        BROKEN,
        old="op: {responses: {'200': {description: d}}}",
        new="op: {responses: {'200': {description: d}, '302': {description: d}}}",
        safe="op: {responses: {'200': {description: o}}}",
        back=("status-removed",),
    ),
    Case(
        "client-error-status-added",
        BROKEN,
        old="op: {responses: {'200': {description: d}, '404': {description: d}}}",
        new="op: {responses: {'200': {description: d}, 4XX: {description: d}}}",
        safe="op: {responses: {'404': {description: d}, '200': {description: d}}}",
    ),
    Case(
        "server-error-status-added",
        BROKEN,
        old="op: {responses: {'200': {description: d}}}",
        new="op: {responses: {'200': {description: d}, default: {description: d}}}",
        safe="op: {responses: {'200': {description: o}}}",
        back=("status-removed",),
    ),
    Case(
        "success-status-removed",
        SAFE,
        old="op: {responses: {'200': {description: d}, '202': {description: d}}}",
        new="op: {responses: {'200': {description: d}}}",
        safe="op: {responses: {'202': {description: d}, '200': {description: d}}}",
        back=("success-status-added",),
    ),
    Case(
        "status-removed",
        SAFE,
        old="op: {responses: {'200': {description: d}, 4XX: {description: d}}}",
        new="op: {responses: {'200': {description: d}}}",
        safe="op: {responses: {'200': {description: d}, '404': {description: d}}}",
        back=("client-error-status-added",),
    ),
    Case(
        "response-media-type-removed",
        BROKEN,
        old="op: {responses: {'200': {description: d, content: {application/json: {}, application/xml: {}}}}}",
        new="op: {responses: {'200': {description: d, content: {application/json: {}}}}}",
        safe="op: {responses: {'200': {description: d, content: {application/xml: {}, application/json: {}}}}}",
        back=("response-media-type-added",),
    ),
    Case(
        "response-media-type-added",
        SAFE,
        old="op: {responses: {'200': {description: d, content: {image/png: {}}}}}",
        new="op: {responses: {'200': {description: d, content: {image/png: {}, image/gif: {}}}}}",
        safe="op: {responses: {'200': {description: d, content: {IMAGE/png: {}}}}}",
        back=("response-media-type-removed",),
    ),
    Case(
        "response-body-added",
        SAFE,
        old="op: {responses: {'200': {description: d}}}",
        new="op: {responses: {'200': {description: d, content: {application/json: {}}}}}",
        safe="op: {responses: {'200': {description: d, content: {}}}}",
    ),
    Case(
        "response-header-removed",
        SAFE,
        old="op: {responses: {'200': {description: d, headers: {X-Next: {schema: {}}, Content-Type: {schema: {}}}}}}",
        new="op: {responses: {'200': {description: d}}}",
        safe="op: {responses: {'200': {description: d, headers: {x-next: {schema: {}}}}}}",
        back=("response-header-added",),
    ),
    Case(
        "response-header-added",
        SAFE,
        old="op: {responses: {'200': {description: d}}}",
        new="op: {responses: {'200': {description: d, headers: {X-Next: {required: true, schema: {}}}}}}",
        safe="op: {responses: {'200': {description: d, headers: {}}}}",
    ),
    Case(
        "response-header-style-changed",
        BROKEN,
        old="op: {responses: {'200': {description: d, headers: {X-P: {schema: {const: b}}}}}}",
        new="""
            op:
              responses:
                '200': {description: d, headers: {X-P: {content: {application/json: {schema: {const: b}}}}}}
        """,
        safe="op: {responses: {'200': {description: d, headers: {x-p: {explode: true, schema: {const: b}}}}}}",
        back=("response-header-style-changed",),
    ),
    # Security
    Case(
        "security-added",
        BROKEN,
        old="{op: {}, components: {securitySchemes: {key: {type: apiKey, in: header, name: X-Key}}}}",
        new="{op: {}, security: [k: []], components: {securitySchemes: {k: {type: apiKey, in: header, name: X-Key}}}}",
        safe="""
            op: {}
            security: [{}, key: []]
            components: {securitySchemes: {key: {type: apiKey, in: query, name: k}}}
        """,
        back=("security-loosened",),
    ),
    Case(
        "security-tightened",
        BROKEN,
        old="""
            op: {security: [key: []]}
            components:
              securitySchemes:
                key: {type: apiKey, in: cookie, name: key}
                token: {type: http, scheme: Bearer}
        """,
        new="""
            op: {security: [{key: [], token: []}]}
            components:
              securitySchemes:
                key: {type: apiKey, in: cookie, name: key}
                token: {type: http, scheme: Bearer}
        """,
        safe="""
            op: {security: [cookie: []]}
            components:
              securitySchemes:
                cookie: {type: apiKey, in: cookie, name: key, description: the same by another name}
        """,
        back=("security-loosened",),
    ),
    Case(
        "credential-moved",
        BROKEN,
        old="{op: {security: [k: []]}, components: {securitySchemes: {k: {type: apiKey, in: header, name: X-Key}}}}",
        new="{op: {security: [k: []]}, components: {securitySchemes: {k: {type: http, scheme: basic}}}}",
        safe="{op: {security: [k: []]}, components: {securitySchemes: {k: {type: apiKey, in: header, name: x-key}}}}",
        back=("credential-moved",),
    ),
    Case(
        "scope-added",
        BROKEN,
        old="{op: {security: [o: [read]]}, components: {securitySchemes: {o: {type: oauth2, flows: {}}}}}",
        new="{op: {security: [o: [read, list]]}, components: {securitySchemes: {o: {type: oauth2, flows: {}}}}}",
        safe="{op: {security: [o: [read]]}, components: {securitySchemes: {o: {type: openIdConnect}}}}",
        back=("scope-removed",),
    ),
    Case(
        "scope-removed",
        SAFE,
        old="{op: {security: [o: [read, list]]}, components: {securitySchemes: {o: {type: oauth2, flows: {}}}}}",
        new="{op: {security: [o: [read]]}, components: {securitySchemes: {o: {type: oauth2, flows: {}}}}}",
        safe="{op: {security: [o: [list, read]]}, components: {securitySchemes: {o: {type: oauth2, flows: {}}}}}",
        back=("scope-added",),
    ),
    Case(
        "security-loosened",
        SAFE,
        old="{op: {}, security: [a: []], components: {securitySchemes: {a: {type: http, scheme: bearer}}}}",
        new="{op: {security: []}, security: [a: []], components: {securitySchemes: {a: {type: http, scheme: bearer}}}}",
        safe="{op: {security: [a: []]}, components: {securitySchemes: {a: {type: http, scheme: bearer}}}}",
        back=("security-added",),
    ),
    Case(
        "oauth-flow-changed",
        UNDECIDED,
        old="""
            op: {security: [o: []]}
            components: {securitySchemes: {o: {type: oauth2, flows: {password: {tokenUrl: /a, scopes: {}}}}}}
        """,
        new="""
            op: {security: [o: []]}
            components: {securitySchemes: {o: {type: oauth2, flows: {password: {tokenUrl: /b, scopes: {}}}}}}
        """,
        safe="""
            op: {security: [o: []]}
            components:
              securitySchemes:
                o:
                  type: oauth2
                  flows: {password: {tokenUrl: /a, scopes: {s: all}}, clientCredentials: {tokenUrl: /a, scopes: {}}}
        """,
        back=("oauth-flow-changed",),
    ),
    # Servers
    Case(
        "base-path-changed",
        BROKEN,
        old="{op: {}, servers: [url: 'https://x.example/v1']}",
        new="{op: {}, servers: [url: 'https://x.example/v2/']}",
        safe="{paths: {/v1/pets: {get: {responses: {'200': {description: d}}}}}, servers: [url: 'https://x.example']}",
        back=("base-path-changed",),
    ),
    Case(
        "server-removed",
        BROKEN,
        old="{op: {}, servers: [url: 'https://a.example']}",
        new="{op: {}, servers: [url: 'https://b.example']}",
        safe="{op: {}, servers: [{url: 'https://{host}.example', variables: {host: {default: a, enum: [a]}}}]}",
        back=("server-removed",),
    ),
    Case(
        "server-added",
        SAFE,
        old="{op: {}, servers: [url: 'https://a.example']}",
        new="{op: {}, servers: [{url: 'https://a.example'}, {url: 'https://b.example'}]}",
        safe="{op: {}, servers: [{url: 'https://a.example/', description: the only one}]}",
        back=("server-removed",),
    ),
    # What schemas say beside what they allow
    Case(
        "request-property-removed",
        SAFE,
        old="{sent: $Pet, components: {schemas: {Pet: {properties: {tag: {}, name: {}, id: {readOnly: true}}}}}}",
        new="{sent: $Pet, components: {schemas: {Pet: {properties: {tag: {}}}}}}",
        safe="sent: {properties: {name: {}, tag: {}}}",
    ),
    Case(
        "request-default-changed",
        SAFE,
        old="op: {parameters: [{name: n, in: query, schema: {type: integer, default: 10}}]}",
        new="op: {parameters: [{name: n, in: query, schema: {type: integer, default: 20}}]}",
        safe="op: {parameters: [{name: n, in: query, schema: {type: integer, default: 10.0, title: N}}]}",
        back=("request-default-changed",),
    ),
    Case(
        "response-default-changed",
        SAFE,
        old="answered: {items: {properties: {n: {default: null}}}}",
        new="answered: {items: {properties: {n: {default: false}}}}",
        safe="answered: {items: {properties: {n: {default: null, example: 1}}}}",
        back=("response-default-changed",),
    ),
    Case(
        "request-extensible-value-removed",
        UNDECIDED,
        old="op: {parameters: [{name: by, in: query, schema: {type: string, x-extensible-enum: [age, name]}}]}",
        new="op: {parameters: [{name: by, in: query, schema: {type: string, x-extensible-enum: [name]}}]}",
        safe="op: {parameters: [{name: by, in: query, schema: {type: string, x-extensible-enum: [name, age, id]}}]}",
    ),
    Case(
        "response-extensible-value-added",
        SAFE,
        old="op: {responses: {'200': {description: d, headers: {S: {schema: {x-extensible-enum: [a]}}}}}}",
        new="op: {responses: {'200': {description: d, headers: {s: {schema: {x-extensible-enum: [a, b]}}}}}}",
        safe="op: {responses: {'200': {description: d, headers: {S: {schema: {x-extensible-enum: []}}}}}}",
    ),
    Case(
        "discriminator-mapping-changed",
        UNDECIDED,
        old="answered: {oneOf: [$Cat, $Dog], discriminator: {propertyName: is, mapping: {c: Cat, d: Dog}}}",
        new="answered: {oneOf: [$Cat, $Dog], discriminator: {propertyName: is, mapping: {c: Dog, d: Cat}}}",
        safe="""
            answered:
              oneOf: [$Dog, $Cat]
              discriminator: {propertyName: is, mapping: {d: '#/components/schemas/Dog', c: Cat}}
        """,
        back=(
            "discriminator-mapping-changed",
            "discriminator-mapping-changed",
        ),
    ),
    Case(
        "request-discriminator-value-removed",
        UNDECIDED,
        old="sent: {oneOf: [$Cat, $Dog], discriminator: {propertyName: is, mapping: {kitten: Cat, c: Cat}}}",
        new="sent: {oneOf: [$Cat, $Dog], discriminator: {propertyName: is, mapping: {c: Cat}}}",
        safe="sent: {oneOf: [$Dog], discriminator: {propertyName: is, mapping: {}}}",
    ),
    Case(
        "response-discriminator-value-added",
        UNDECIDED,
        old="answered: {oneOf: [$Cat, $Dog], discriminator: {propertyName: is}}",
        new="answered: {oneOf: [$Cat, $Dog], discriminator: {propertyName: is, mapping: {Cat: Cat, kitten: Cat}}}",
        safe="answered: {oneOf: [$Cat, $Dog, $Fox], discriminator: {propertyName: is}}",
    ),
    Case(
        "discriminator-property-changed",
        UNDECIDED,
        old="sent: {anyOf: [$Cat, $Dog], discriminator: {propertyName: is}}",
        new="sent: {anyOf: [$Cat, $Dog], discriminator: {propertyName: kind}}",
        safe="sent: {oneOf: [$Cat, $Dog], discriminator: {propertyName: is}}",
        back=("discriminator-property-changed",),
    ),
    Case(
        "discriminator-removed",
        SAFE,
        old="answered: {oneOf: [$Cat, $Dog], discriminator: {propertyName: is}}",
        new="answered: {oneOf: [$Cat, $Dog]}",
        safe="answered: {allOf: [{oneOf: [$Cat, $Dog], discriminator: {propertyName: is}}]}",
        back=("discriminator-added",),
    ),
    Case(
        "discriminator-added",
        SAFE,
        old="sent: {oneOf: [$Cat, $Dog]}",
        new="sent: {oneOf: [$Cat, $Dog], discriminator: {propertyName: is}}",
        safe="sent: {oneOf: [$Dog, $Cat]}",
        back=("discriminator-removed",),
    ),
    # Webhooks and callbacks
    Case(
        "webhook-removed",
        UNDECIDED,
        old="{op: {}, webhooks: {born: {post: {responses: {}}}}}",
        new="{op: {}, webhooks: {}}",
        safe="{op: {}, webhooks: {born: {description: A pet is born., post: {responses: {}}}}}",
        back=("webhook-added",),
    ),
    Case(
        "webhook-added",
        SAFE,
        old="{op: {}, openapi: 3.0.3}",
        new="{op: {}, openapi: 3.0.3, x-webhooks: {born: {post: {responses: {}}}}}",
        safe="{op: {}, openapi: 3.0.3, x-webhooks: {}}",
        back=("webhook-removed",),
    ),
    Case(
        "callback-removed",
        UNDECIDED,
        old="op: {callbacks: {fed: {'{$request.query.url}': {post: {responses: {}}}}}}",
        new="op: {}",
        safe="op: {callbacks: {fed: {'{$request.query.url}': {post: {summary: Eats., responses: {}}}}}}",
        back=("callback-added",),
    ),
    Case(
        "callback-added",
        SAFE,
        old="op: {}",
        new="""
            op: {callbacks: {fed: {$ref: '#/components/callbacks/Fed'}}}
            components: {callbacks: {Fed: {'{$request.query.url}': {post: {responses: {}}}}}}
        """,
        safe="op: {callbacks: {}}",
        back=("callback-removed",),
    ),
    Case(
        "callback-address-changed",
        UNDECIDED,
        old="op: {callbacks: {fed: {'{$request.query.url}': {post: {responses: {}}}}}}",
        new="op: {callbacks: {fed: {'{$request.body#/url}': {post: {responses: {}}}}}}",
        safe="op: {callbacks: {fed: {'{$request.query.url}': {post: {responses: {}}, x-a: 1}}}}",
        back=("callback-address-changed",),
    ),
    Case(
        "callback-media-type-added",
        BROKEN,
        old="op: {callbacks: {fed: {/x: {post: {requestBody: {content: {text/plain: {}}}, responses: {}}}}}}",
        new="op: {callbacks: {fed: {/x: {post: {requestBody: {content: {text/csv: {}}}, responses: {}}}}}}",
        safe="op: {callbacks: {fed: {/x: {post: {requestBody: {content: {TEXT/plain: {}}}, responses: {}}}}}}",
        back=("callback-media-type-added",),
    ),
    Case(
        "callback-answer-removed",
        BROKEN,
        old="{op: {}, webhooks: {born: {post: {responses: {'200': {description: d}, '202': {description: d}}}}}}",
        new="{op: {}, webhooks: {born: {post: {responses: {'200': {description: d}}}}}}",
        safe="{op: {}, webhooks: {born: {post: {responses: {'202': {description: d}, '200': {description: d}}}}}}",
    ),
]


def contract(text: str, path: Path) -> Contract:
    """Load what a text describes, as the file of a path."""
    data = yaml.safe_load(re.sub(r"\$([A-Z]\w*)", r"{$ref: '#/components/schemas/\1'}", text))
    operation = {"responses": {"200": {"description": "d"}}, **data.pop("op", {})} if "op" in data else None
    if "sent" in data:
        operation = {"responses": {"200": {"description": "d"}}, "requestBody": of_json(data.pop("sent"))}
    if "answered" in data:
        operation = {"responses": {"200": {"description": "d", **of_json(data.pop("answered"))}}}
    for word, media_type in FORMS.items():
        if word in data:
            body = {"content": {media_type: data.pop(word)}}
            operation = {"responses": {"200": {"description": "d"}}, "requestBody": body}
    document = {"openapi": "3.1.0", "info": {"title": "Pets", "version": "1"}, "paths": {}, **data}
    if operation is not None:
        document["paths"] = {"/pets": {"get": operation}}
    if "$" in text and "components" not in document:
        document["components"] = {"schemas": {name: {"type": "object"} for name in ("Cat", "Dog", "Fox")}}
    path.write_text(json.dumps(document))
    return load.load(path)


FORMS = {"fields": "application/x-www-form-urlencoded", "parts": "multipart/form-data"}


def of_json(schema: Json) -> Json:
    return {"content": {"application/json": {"schema": schema}}}


def drift(folder: Path, old: str, new: str) -> list[Finding]:
    return found(contract(old, folder / "old.json"), contract(new, folder / "new.json"))


def found(old: Contract, new: Contract, today: dt.date = TODAY) -> list[Finding]:
    return list(structural(old, new, paired(old, new), today))


def rules(findings: Iterable[Finding]) -> list[str]:
    return [finding.rule for finding in findings]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_rule_finds_its_change_and_no_other_does(case: Case, tmp_path: Path) -> None:
    (finding, *more) = drift(tmp_path, case.old, case.new)

    assert {finding.rule, *rules(more)} == {case.rule}
    assert finding.verdict is case.verdict


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_opposite_change_is_another(case: Case, tmp_path: Path) -> None:
    assert rules(drift(tmp_path, case.new, case.old)) == [*case.back]


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_means_the_same_is_not_found(case: Case, tmp_path: Path) -> None:
    assert drift(tmp_path, case.old, case.safe) == []


def test_every_rule_has_its_case() -> None:
    assert [case.rule for case in CASES] == [rule.id for rule in RULES]


# --- Witnesses --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", [case for case in CASES if case.verdict is BROKEN], ids=str)
def test_what_a_witness_shows_is_allowed_by_the_side_that_allows_it(case: Case, tmp_path: Path) -> None:
    sides = {
        Party.OLD: contract(case.old, tmp_path / "old.json"),
        Party.NEW: contract(case.new, tmp_path / "new.json"),
    }
    for finding in found(sides[Party.OLD], sides[Party.NEW]):
        witness = finding.witness
        assert witness is not None
        (exchange,) = witness.trace
        allows, refuses = sides[witness.allowed_by], sides[witness.rejected_by]
        if exchange.operation not in {operation.key for operation in sides[Party.OLD].operations}:
            assert finding.where.part in {"webhook", "callback"}
        elif exchange.response is None:
            (operation,) = [one for one in allows.operations if one.key == exchange.operation]
            assert isinstance(requests.read(allows, operation, exchange.request), requests.Asked)
        else:
            assert not [one for one in refusals(allows, exchange) if one.rule not in ABOUT_THE_SERVER]
            assert [one.rule for one in refusals(refuses, exchange)][:1] in REFUSED


ABOUT_THE_SERVER = {"server-error", "rejected-valid"}
REFUSED = (["undocumented-status"], ["undocumented-content-type"], ["server-error"], ["header-schema"])


def test_a_removed_operation_is_shown_by_the_least_request(tmp_path: Path) -> None:
    old = """
        paths:
          /pets/{id}/notes:
            post:
              parameters:
                - {name: id, in: path, required: true, schema: {type: integer}, example: 7}
                - {name: since, in: query, required: true, schema: {type: string, format: date}, example: '2026-01-01'}
                - {name: limit, in: query, schema: {type: integer}}
              requestBody: {required: true, content: {application/json: {schema: {$ref: '#/components/schemas/Note'}}}}
              responses: {'201': {description: d}}
        security: [key: []]
        components:
          securitySchemes: {key: {type: apiKey, in: header, name: X-Key}}
          schemas: {Note: {type: object, required: [text], properties: {text: {enum: [hello]}, more: {}}}}
        servers: [{url: 'https://{region}.pets.example/v1', variables: {region: {default: eu}}}]
    """
    (finding,) = drift(tmp_path, old, "{}")

    assert finding.where.pointer == "/paths/~1pets~1{id}~1notes/post"
    assert finding.where.contract == "old"
    assert finding.operations == ("POST /pets/{id}/notes",)
    assert finding.witness is not None
    assert (finding.witness.allowed_by, finding.witness.rejected_by) == (Party.OLD, Party.NEW)
    assert finding.witness.reason == "404: no such path"
    assert finding.witness.trace == (
        Exchange(
            Request(
                "POST",
                "https://eu.pets.example/v1/pets/7/notes?since=2026-01-01",
                (("X-Key", "<api key>"), ("Content-Type", "application/json")),
                b'{"text": "hello"}',
            ),
            None,
            "POST /pets/{id}/notes",
        ),
    )


def test_a_new_success_is_shown_by_the_least_response(tmp_path: Path) -> None:
    old = "op: {responses: {'200': {description: d}}}"
    new = """
        op:
          responses:
            '202':
              description: d
              headers: {Location: {required: true, schema: {const: /jobs/1}}, X-More: {schema: {}}}
              content: {application/json: {schema: {type: object, required: [job], properties: {job: {const: 1}}}}}
    """
    (finding,) = drift(tmp_path, old, new)

    assert finding.rule == "success-status-added"
    assert finding.witness is not None
    assert (finding.witness.allowed_by, finding.witness.rejected_by) == (Party.NEW, Party.OLD)
    assert finding.witness.trace[0].response == Response(
        202, (("Content-Type", "application/json"), ("Location", "/jobs/1")), b'{"job": 1}'
    )


def test_a_media_type_that_was_none_is_shown_by_a_response(tmp_path: Path) -> None:
    old = "op: {responses: {'200': {description: d, content: {application/json: {}}}}}"
    new = "op: {responses: {'200': {description: d, content: {text/csv: {}}}}}"
    (finding,) = drift(tmp_path, old, new)

    assert finding.rule == "response-media-type-removed"
    assert finding.witness is not None
    assert finding.witness.trace[0].response == Response(200, (("Content-Type", "text/csv"),), b"<data>")
    assert finding.witness.reason == "the response is text/csv; documented are application/json"


STYLES = {
    ("path", "simple", "label"): ("3,3", ".3,3"),
    ("path", "simple", "matrix"): ("3,3", ";ids=3,3"),
    ("query", "form", "pipeDelimited"): ("ids=3&ids=3", "ids=3|3"),
    ("query", "form", "spaceDelimited"): ("ids=3&ids=3", "ids=3%203"),
}


@pytest.mark.parametrize("style", STYLES, ids=" ".join)
def test_another_style_is_shown_by_the_old_way_of_writing(style: tuple[str, str, str], tmp_path: Path) -> None:
    place, *styles = style
    path = "/pets/{ids}" if place == "path" else "/pets"
    schema = "{type: array, items: {const: 3}}"
    sides = (
        f"""
        paths:
          {path}:
            parameters: [{{name: ids, in: {place}, required: true, style: {one}, schema: {schema}}}]
            get: {{responses: {{'200': {{description: d}}}}}}
        """
        for one in styles
    )
    (finding,) = drift(tmp_path, *sides)
    was, now = STYLES[style]

    assert finding.message == f"GET {path}: the {place} parameter ids is not written {was!r} any more, but {now!r}"
    assert finding.witness is not None
    assert finding.witness.trace[0].request.url.endswith(was)


def test_a_parameter_of_which_no_value_can_be_made_is_left_open(tmp_path: Path) -> None:
    old = "op: {parameters: [{name: q, in: query, schema: {type: array, items: false, minItems: 1}}]}"
    new = old.replace("in: query,", "in: query, explode: false,")
    (finding,) = drift(tmp_path, old, new)

    assert (finding.rule, finding.verdict) == ("parameter-style-changed", UNDECIDED)


def test_a_style_that_shows_in_no_value_is_silent(tmp_path: Path) -> None:
    old = "op: {parameters: [{name: q, in: query, schema: {type: string}}]}"

    assert drift(tmp_path, old, old.replace("in: query,", "in: query, explode: false,")) == []
    assert drift(tmp_path, old, old.replace("in: query,", "in: query, style: pipeDelimited,")) == []


# --- One finding for one cause ----------------------------------------------------------------------------------------

TWO = """
    paths:
      /a: {get: {operationId: a, tags: [x], security: [], responses: &r {'200': {$ref: '#/components/responses/Ok'}}}}
      /b: {get: {operationId: b, tags: [x], responses: *r}}
      /c: {get: {operationId: c, tags: [x], responses: *r}}
    security: [{}]
    servers: [url: /v1]
    components:
      securitySchemes: {key: {type: apiKey, in: header, name: X-Key}}
      responses: {Ok: {description: d, headers: {X-Next: {schema: {}}}, content: {text/csv: {}, text/plain: {}}}}
"""


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("security: [{}]", "security: [key: []]", ("security-added", "/security", "b c")),
        ("url: /v1", "url: /v2", ("base-path-changed", "/servers", "a b c")),
        ("tags: [x]", "tags: [y]", ("tag-removed", "/tags", "a b c")),
        ("X-Next: {schema: {}}", "", ("response-header-removed", "/components/responses/Ok/headers/X-Next", "a b c")),
        (
            "text/csv: {}, ",
            "",
            ("response-media-type-removed", "/components/responses/Ok/content/text~1csv", "a b c"),
        ),
    ],
)
def test_what_operations_share_is_found_once(
    old: str, new: str, expected: tuple[str, str, str], tmp_path: Path
) -> None:
    (finding,) = drift(tmp_path, TWO, TWO.replace(old, new))

    assert (finding.rule, finding.where.pointer, " ".join(finding.operations)) == expected


def test_what_a_component_says_is_found_with_every_operation_that_it_reaches(tmp_path: Path) -> None:
    old = """
        paths:
          /a: {get: {operationId: a, responses: {'200': {content: {application/json: {schema: $Tree}}}}}}
          /b: {put: {operationId: b, requestBody: {content: {application/json: {schema: $Leaf}}}, responses: {}}}
          /c: {get: {operationId: c, responses: {'200': {content: {application/json: {schema: $Leaf}}}}}}
        components:
          schemas:
            Tree: {properties: {leaf: {items: $Leaf}, sub: $Tree}}
            Leaf: {properties: {colour: {default: green}, tree: $Tree}}
    """
    place = "/components/schemas/Leaf/properties/colour"
    findings = drift(tmp_path, old, old.replace("default: green", "default: red"))

    assert [(one.rule, one.where.pointer, one.operations) for one in findings] == [
        ("request-default-changed", place, ("b",)),
        ("response-default-changed", place, ("a", "c")),
    ]
    assert findings[0].message == (
        'Leaf.colour: the default is "red", and was "green": who leaves it out asks for something else'
    )


# --- More of the same rules -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("announced", "words"),
    [
        ("deprecated: true", "it was deprecated, but nothing said until when it could be used"),
        ("deprecated: true, x-sunset: soon", "it was deprecated, but its sunset 'soon' is no date"),
        ("deprecated: true, x-sunset: '2027-01-01'", "it was deprecated, but to be there until 2027-01-01"),
        ("x-sunset: '2020-01-01'", "GET /pets is gone with its path: clients that call it get 404"),
    ],
)
def test_an_operation_that_was_not_to_be_gone_yet_is_missed(announced: str, words: str, tmp_path: Path) -> None:
    (finding,) = drift(tmp_path, f"op: {{{announced}}}", "{}")

    assert (finding.rule, finding.level) == ("operation-removed", Level.BREAKING)
    assert finding.message.endswith(words)


def test_what_no_valid_request_can_show_is_left_open(tmp_path: Path) -> None:
    old = "op: {requestBody: {required: true, content: {application/json: {schema: false}}}}"
    (finding,) = drift(tmp_path, old, "{}")

    assert (finding.rule, finding.level, finding.verdict) == ("operation-removed", Level.BREAKING, UNDECIDED)


def test_a_property_is_deprecated_wherever_it_is_met(tmp_path: Path) -> None:
    old = "answered: {items: {oneOf: [{const: 1}, {properties: {default: {properties: {a: $Cat}}}}]}}"
    cat = "components: {schemas: {Cat: {properties: {name: {%s}}}}}"
    new = "deprecated: true"
    (finding,) = drift(tmp_path, f"{{{old}, {cat % 'title: N'}}}", f"{{{old}, {cat % new}}}")

    assert (finding.rule, finding.message) == ("deprecated", "Cat.name is deprecated")


def test_a_sunset_is_honoured_from_its_day_on(tmp_path: Path) -> None:
    old = contract("op: {deprecated: true, x-sunset: '2026-11-22'}", tmp_path / "old.json")
    new = contract("{}", tmp_path / "new.json")

    assert rules(found(old, new, dt.date(2026, 11, 21))) == ["operation-removed"]
    assert rules(found(old, new, dt.date(2026, 11, 22))) == ["operation-removed-after-sunset"]


def test_a_request_that_another_template_takes_is_no_proof(tmp_path: Path) -> None:
    one = """
        /pets/{id}:
            get: {parameters: [{name: id, in: path, required: true, schema: {type: string}}], responses: {}}
    """
    old = f"paths:\n        /pets/mine: {{get: {{operationId: mine, responses: {{}}}}}}\n        {one.strip()}"
    (finding,) = drift(tmp_path, old, f"paths:\n        {one.strip()}")

    assert (finding.rule, finding.verdict) == ("operation-removed", UNDECIDED)
    assert finding.message == "GET /pets/mine is gone: its requests are taken for GET /pets/{id}"


def test_an_operation_that_moved_is_followed_by_its_name(tmp_path: Path) -> None:
    old = "paths: {/pets: {get: {operationId: list, responses: {}}}}"
    removed, added = drift(tmp_path, old, old.replace("/pets", "/animals"))

    assert removed.message.endswith("clients that call it get 404; its operationId stands at GET /animals now")
    assert added.rule == "operation-added"


def test_who_documents_no_response_says_nothing_of_successes(tmp_path: Path) -> None:
    assert drift(tmp_path, "op: {responses: {'200': {description: d}}}", "op: {responses: {}}") == []


def test_a_first_tag_takes_an_operation_from_no_group(tmp_path: Path) -> None:
    assert drift(tmp_path, "op: {}", "op: {tags: [pets]}") == []
    assert rules(drift(tmp_path, "op: {tags: [pets]}", "op: {}")) == ["tag-removed"]


STATUSES = [
    ("'200'", "'201'", ["success-status-added"]),
    ("'200', '201'", "2XX", ["success-status-added"]),
    ("2XX", "'200', '201'", []),
    ("default", "'200', '404', 5XX", []),
    ("'200', default", "'200', '404'", []),
    ("'200', '404'", "'200', '410'", ["client-error-status-added", "status-removed"]),
    ("'200', '204'", "'200', '202'", ["success-status-added"]),
    ("'200'", "'200', 5XX", ["server-error-status-added"]),
    ("'302'", "'302', '200'", ["success-status-added"]),
    ("'200', '302'", "'200'", ["status-removed"]),
    ("'200'", "default", ["server-error-status-added"]),
]


@pytest.mark.parametrize(("old", "new", "expected"), STATUSES)
def test_statuses_are_covered_by_ranges_and_by_the_default(
    old: str, new: str, expected: list[str], tmp_path: Path
) -> None:
    texts = (
        f"op: {{responses: {{{', '.join(f'{status}: {{description: d}}' for status in side.split(', '))}}}}}"
        for side in (old, new)
    )

    assert rules(drift(tmp_path, *texts)) == expected


ACCESS = """
    op: {security: %s}
    components:
      securitySchemes:
        key: {type: apiKey, in: header, name: X-Key}
        cookie: {type: apiKey, in: cookie, name: key}
        token: {type: http, scheme: bearer}
        login: {type: oauth2, flows: {}}
        both: {type: mutualTLS}
"""


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("[key: [], token: []]", "[key: []]", ["security-tightened"]),
        ("[{key: []}, {token: []}]", "[key: []]", ["security-tightened"]),
        ("[key: []]", "[{key: []}, {token: []}]", ["security-loosened"]),
        ("[{key: [], token: []}]", "[key: []]", ["security-loosened"]),
        ("[key: []]", "[cookie: []]", ["security-tightened"]),
        ("[token: []]", "[login: []]", []),
        ("[{}, {key: []}]", "[key: []]", ["security-added"]),
        ("[key: []]", "[both: []]", ["security-tightened"]),
        ("[login: [a]]", "[{login: [b]}, {login: [a, c]}]", ["scope-added"]),
        ("[unknown: []]", "[unknown: []]", []),
    ],
)
def test_who_is_let_in_is_asked_of_what_clients_have(old: str, new: str, expected: list[str], tmp_path: Path) -> None:
    old, new = (side.replace("[key: [], token: []]", "[{key: []}, {token: []}]") for side in (old, new))

    assert rules(drift(tmp_path, ACCESS % old, ACCESS % new)) == expected


def test_a_scheme_that_nothing_uses_may_be_anything(tmp_path: Path) -> None:
    old = "{op: {}, components: {securitySchemes: {o: {type: openIdConnect, openIdConnectUrl: /a}}}}"

    assert drift(tmp_path, old, old.replace("/a", "/b")) == []
    used = old.replace("op: {}", "op: {security: [o: []]}")
    assert rules(drift(tmp_path, used, used.replace("/a", "/b"))) == ["oauth-flow-changed"]


SERVERS = [
    ("url: 'https://a.example/v1'", "url: /v1", []),
    ("url: /v1", "url: 'https://a.example/v2'", ["base-path-changed"]),
    ("url: 'http://a.example'", "url: 'https://a.example'", ["server-removed"]),
    ("url: 'https://A.example'", "url: 'https://a.example/'", []),
    ("url: 'https://{host}/v1'", "url: 'https://{name}/v1'", []),
    ("url: 'https://a.example/v1'", "url: 'https://{name}/v1'", ["server-added"]),
    (
        "{url: 'https://{host}/v1', variables: {host: {default: a.example}}}",
        "url: 'https://a.example/v1'",
        ["server-removed"],
    ),
    (
        "{url: 'https://a.example/{v}', variables: {v: {enum: [v1, v2], default: v1}}}",
        "url: 'https://a.example/v2'",
        ["base-path-changed"],
    ),
]


@pytest.mark.parametrize(("old", "new", "expected"), SERVERS)
def test_a_url_is_looked_for_among_all_servers(old: str, new: str, expected: list[str], tmp_path: Path) -> None:
    assert rules(drift(tmp_path, f"{{op: {{}}, servers: [{old}]}}", f"{{op: {{}}, servers: [{new}]}}")) == expected


def test_a_server_with_variables_is_missed_at_a_url_that_is_not_there(tmp_path: Path) -> None:
    old, new, _ = SERVERS[6]
    (finding,) = drift(tmp_path, f"{{op: {{}}, servers: [{old}]}}", f"{{op: {{}}, servers: [{new}]}}")

    assert finding.witness is not None
    assert finding.witness.trace[0].request.url == "https://host/v1/pets"


def test_who_names_no_server_says_nothing_about_it(tmp_path: Path) -> None:
    assert drift(tmp_path, "op: {}", "{op: {}, servers: [url: 'https://a.example/v1']}") == []
    assert drift(tmp_path, "{op: {}, servers: [url: 'https://a.example/v1']}", "op: {}") == []


def test_a_property_that_is_judged_elsewhere_is_not_told_twice(tmp_path: Path) -> None:
    """A property of a response, one that a closed object refuses, and one of what became another type."""
    one = "{type: object, properties: {a: {}, b: {}}}"

    assert rules(drift(tmp_path, f"answered: {one}", "answered: {properties: {b: {}}}")) == []
    assert rules(drift(tmp_path, f"sent: {one}", "sent: {properties: {b: {}}, additionalProperties: false}")) == []
    assert rules(drift(tmp_path, f"sent: {one}", "sent: {type: string}")) == []
    assert rules(drift(tmp_path, f"sent: {one}", "sent: {properties: {b: {}}, anyOf: [{properties: {a: {}}}]}")) == []


REFACTORED = [
    (
        "sent: {allOf: [{properties: {a: {default: 1}}}, {properties: {b: {}}}]}",
        "sent: {properties: {b: {}, a: {default: 1}}}",
    ),
    (
        "sent: {oneOf: [$Cat, {properties: {b: {}}}], properties: {c: {}}}",
        "sent: {oneOf: [{properties: {b: {}}, title: B}, $Cat], properties: {c: {}, d: {}}}",
    ),
    ("answered: $Cat", "answered: {allOf: [$Cat]}"),
    (
        "{answered: $A, components: {schemas: {A: {properties: {n: {default: 1}}}}}}",
        "answered: {allOf: [{properties: {n: {default: 1}}}]}",
    ),
    (
        "answered: {anyOf: [{type: string, default: a}, {type: integer, default: 1}]}",
        "answered: {anyOf: [{type: integer, default: 1}, {type: string, default: a}]}",
    ),
    (
        "{sent: {items: $A}, components: {schemas: {A: {type: string, x-extensible-enum: [a, b]}}}}",
        "{sent: {items: $B}, components: {schemas: {B: {type: string, x-extensible-enum: [b, a]}}}}",
    ),
    (
        "{answered: {oneOf: [$A], discriminator: {propertyName: p, mapping: {a: A}}}, components: {schemas: {A: {}}}}",
        "{answered: {oneOf: [$B], discriminator: {propertyName: p, mapping: {a: B}}}, components: {schemas: {B: {}}}}",
    ),
]


@pytest.mark.parametrize(("old", "new"), REFACTORED)
def test_a_refactoring_is_silent_both_ways(old: str, new: str, tmp_path: Path) -> None:
    assert drift(tmp_path, old, new) == []
    assert drift(tmp_path, new, old) == []


# --- Whole documents --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["intuned", "praisonai"])
def test_a_contract_does_not_drift_from_itself(name: str) -> None:
    once, again = load.load(ROOT / "specs" / name), load.load(ROOT / "specs" / name)
    again.document["x-note"] = "so that they are not equal at once"

    assert found(once, again) == []


@pytest.mark.skipif(not GITHUB.exists(), reason="@octokit/openapi is not there: `make benchmark` installs it")
def test_a_very_large_document_does_not_drift_from_itself() -> None:
    once, again = load.load(GITHUB), load.load(GITHUB)
    again.document["x-note"] = "so that they are not equal at once"
    started = time.perf_counter()

    assert found(once, again) == []
    assert time.perf_counter() - started < 10  # Under a second where nothing else runs.


def test_webhooks_and_callbacks_are_paired_with_the_roles_swapped(tmp_path: Path) -> None:
    text = """
        op: {operationId: list, callbacks: {fed: {'{$request.query.u}': {post: {operationId: fed, responses: {}}}}}}
        webhooks: {born: {post: {operationId: born, requestBody: {content: {text/plain: {}}}, responses: {}}}}
    """
    old, new = contract(text, tmp_path / "old.json"), contract(text, tmp_path / "new.json")
    found = list(callback_pairs(old, new, paired(old, new)))

    assert [(one.old.name, one.new.operation.key, one.new.owner, one.swapped) for one in found] == [
        ("born", "born", None, True),
        ("fed", "fed", "GET /pets", True),
    ]
    assert found[0].pair.old.pointer == "/webhooks/born/post"
