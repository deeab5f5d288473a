"""What tests of AWS stand on: a city is settled though answers about it are lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.parts import aws_city, aws_service
from tests.parts.sealing_keys import tell_secret
from todoke.adapters import aws_client

pytestmark = pytest.mark.real


def test_a_city_is_settled_though_every_fifth_answer_is_lost(
    cloud: aws_service.Aws, tmp_path: Path
) -> None:
    """The client asks again by itself; the service has done it by then."""
    cloud.faults(lost=80)  # of 400: neither is DynamoDB
    folders = [tmp_path / str(number) for number in range(20)]
    for folder in folders:
        aws_city.settle(aws_city.name_of(folder), ["DataKeysAlias"])
        tell_secret(aws_city.name_of(folder), folder)
    aliases = aws_client.client("kms").list_aliases(Limit=1000)["Aliases"]
    named = {each["AliasName"] for each in aliases}
    assert {f"alias/{aws_city.name_of(folder)}-keys" for folder in folders} <= named
