"""A hand-written fault is one function, and says with which version of the document it is to be found."""

from pathlib import Path

import pytest

from specwitness import Answer, fault
from specwitness.contract.faulting import WrittenFault
from specwitness.contract.load import later, load
from specwitness.contract.model import Contract
from specwitness.exceptions import BrokenReferenceError, ChecksError, ContractError, OverlayError

OPENAPI = """
openapi: 3.1.0
info: {title: t, version: '1'}
paths:
  /pet:
    get:
      operationId: pet
      responses:
        '200': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}
components: {schemas: {Pet: {type: object, properties: {colour: {enum: [red]}}}}}
"""
OVERLAY = "overlay: 1.0.0\nactions: [{target: $.info, update: {summary: s}}]\n"
CHECKS = """
from specwitness import check

@check("pet", source="s")
def colour_is_documented(exchange): return ()
"""
FAULTS = """
from specwitness import fault

@fault("pet", breaks="colour-is-documented", OPTIONS)
def it_is_blue(answer):
    "It is blue."
"""
COLOUR = "$.components.schemas.Pet.properties.colour"
RESPONSES = "$.paths['/pet'].get.responses"


def loaded(folder: Path, options: str) -> Contract:
    """Return a contract with one fault, written with some options."""
    files = {"openapi": OPENAPI, "overlay": OVERLAY, "checks": CHECKS, "faults": FAULTS.replace("OPTIONS", options)}
    for name, text in files.items():
        (folder / f"{name}.{'yaml' if name in ('openapi', 'overlay') else 'py'}").write_text(text)
    return load(folder)


def test_a_function_becomes_a_fault_with_all_that_is_said_of_it() -> None:
    @fault("pet", "pets", breaks="colour-is-documented", status=200, unsaid="$.a", said={"$.b": {"c": 1}})
    def it_is_blue(answer: Answer) -> None:
        """It is blue."""
        answer.body = "blue"

    assert it_is_blue == WrittenFault(
        name="it-is-blue",
        claim="It is blue.",
        function=it_is_blue.function,
        operations=frozenset({"pet", "pets"}),
        statuses=frozenset({200}),
        breaks=("colour-is-documented",),
        overlay=({"target": "$.a", "remove": True}, {"target": "$.b", "update": {"c": 1}}),
    )


def test_a_later_document_lacks_what_is_unsaid_and_has_what_is_said(tmp_path: Path) -> None:
    ours = loaded(tmp_path, f'unsaid=("{COLOUR}.enum",), said={{"{RESPONSES}": {{"404": {{"description": "n"}}}}}}')
    changed = later(ours, ours.faults[0])

    assert changed.document["components"] == {"schemas": {"Pet": {"type": "object", "properties": {"colour": {}}}}}
    assert changed.document["info"] == ours.document["info"]
    assert [[*one.operations[0].responses] for one in (ours, changed)] == [["200"], ["200", "404"]]
    schema = "/paths/~1pet/get/responses/200/content/application~1json/schema"
    assert [one.schemas.accepts(schema, {"colour": "blue"}) for one in (ours, changed)] == [False, True]


def test_all_but_the_document_stays_as_it_is(tmp_path: Path) -> None:
    ours = loaded(tmp_path, f'unsaid="{COLOUR}"')
    changed = later(ours, ours.faults[0])

    assert (changed.checks, changed.faults, changed.waivers) == (ours.checks, ours.faults, ours.waivers)
    assert changed.effective.written == ours.effective.written == (("/info/summary", 0),)


def test_a_fault_that_asks_for_no_other_document_is_found_with_ours(tmp_path: Path) -> None:
    ours = loaded(tmp_path, "")
    assert later(ours, ours.faults[0]) is ours


@pytest.mark.parametrize(
    ("options", "kind", "fault"),
    [
        ('unsaid="$.absent"', OverlayError, "the target $.absent matches nothing in the document"),
        (f'unsaid=("{COLOUR}", "{COLOUR}.enum")', OverlayError, f"the target {COLOUR}.enum matches nothing"),
        ('unsaid="colour"', OverlayError, "the target is not JSONPath"),
        ('said={"$.absent": {}}', OverlayError, "the target $.absent matches nothing in the document"),
        ('said={"$.openapi": {}}', OverlayError, "the value at #/openapi cannot be merged"),
        ('unsaid="$.components"', BrokenReferenceError, "nothing is there"),
    ],
)
def test_a_version_that_cannot_be_made_is_named_when_the_contract_is_loaded(
    tmp_path: Path, options: str, kind: type[ContractError], fault: str
) -> None:
    with pytest.raises(kind) as raised:
        loaded(tmp_path, options)
    assert raised.value.fault.startswith(fault)
    if kind is OverlayError:
        assert raised.value.thing.startswith(f"{tmp_path / 'faults.py'}, the fault it-is-blue, action ")


@pytest.mark.parametrize(("known", "unknown"), [("colour-is-documented", "shape-is-documented"), ('"pet"', '"cat"')])
def test_a_fault_of_what_the_contract_does_not_have_is_named(tmp_path: Path, known: str, unknown: str) -> None:
    loaded(tmp_path, "")
    (tmp_path / "faults.py").write_text(FAULTS.replace("OPTIONS", "").replace(known, unknown))
    with pytest.raises(ChecksError, match=unknown.strip('"')):
        load(tmp_path)
