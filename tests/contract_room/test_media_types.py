"""What a media type says of a body."""

import pytest

from specwitness.contract.media_types import is_json


@pytest.mark.parametrize(
    ("media_type", "answer"),
    [("application/json", True), ("Application/Problem+JSON; a=b", True), ("text/json-seq", False), ("", False)],
)
def test_json_is_told_by_its_media_type(media_type: str, answer: bool) -> None:
    assert is_json(media_type) is answer
