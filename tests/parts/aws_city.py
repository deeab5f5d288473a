"""What a city needs at AWS, made from infra/stores.yml at the service of ``aws_service``."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from todoke.adapters import aws_client

STORES = Path(__file__).resolve().parents[2] / "infra" / "stores.yml"


def name_of(folder: Path) -> str:
    """A city's name, for a test that has a folder: the same in every process."""
    return f"t{hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:20]}"


def settle(city: str, parts: Sequence[str]) -> None:
    """Make these resources of infra/stores.yml for a city, where they are not there yet."""
    template = yaml.load(STORES.read_text("utf-8"), Loader=_loader(city))["Resources"]
    for part in parts:
        made = template[part]
        _MAKERS[made["Type"]](dict(made["Properties"]))


def settle_all(city: str) -> None:
    """Every resource, and the keys, as for a city that begins."""
    settle(
        city,
        ["Table", "Public", "Private", "UrgentDead", "Urgent", "BulkDead", "Bulk", "DataKeysAlias"],
    )


def _loader(city: str) -> type[yaml.SafeLoader]:
    class Loader(yaml.SafeLoader):
        """Knows the short forms of CloudFormation that the file uses."""

    arn = f"arn:aws:sqs:ap-northeast-1:123456789012:{city}-"
    queues = ("Urgent", "UrgentDead", "Bulk", "BulkDead")
    arns = {f"{each}.Arn": arn + each.lower().replace("dead", "-dead") for each in queues}
    Loader.add_constructor("!Sub", lambda _, node: node.value.replace("${City}", city))
    Loader.add_constructor("!GetAtt", lambda _, node: arns[node.value])
    Loader.add_constructor("!Ref", lambda _, node: node.value)
    return Loader


def _table(properties: dict[str, Any]) -> None:
    db = aws_client.client("dynamodb")
    for later in (
        "TimeToLiveSpecification",
        "PointInTimeRecoverySpecification",
        "SSESpecification",
    ):
        properties.pop(later)
    with contextlib.suppress(db.exceptions.ResourceInUseException):
        db.create_table(**properties)


def _bucket(properties: dict[str, Any]) -> None:
    s3 = aws_client.client("s3")
    with contextlib.suppress(s3.exceptions.BucketAlreadyOwnedByYou):
        s3.create_bucket(
            Bucket=properties["BucketName"],
            CreateBucketConfiguration={"LocationConstraint": "ap-northeast-1"},
        )


def _queue(properties: dict[str, Any]) -> None:
    attributes = {
        name: json.dumps(value) if isinstance(value, dict) else str(value)
        for name, value in properties.items()
        if name not in ("QueueName", "SqsManagedSseEnabled")
    }
    aws_client.client("sqs").create_queue(QueueName=properties["QueueName"], Attributes=attributes)


def _kms_key(properties: dict[str, Any]) -> None:
    """Made with its alias."""


def _kms_alias(properties: dict[str, Any]) -> None:
    kms = aws_client.client("kms")
    made = {each["AliasName"] for each in kms.list_aliases(Limit=1000)["Aliases"]}
    if properties["AliasName"] not in made:
        key = kms.create_key()["KeyMetadata"]["KeyId"]
        with contextlib.suppress(kms.exceptions.AlreadyExistsException):  # its answer was lost
            kms.create_alias(AliasName=properties["AliasName"], TargetKeyId=key)


_MAKERS: Mapping[str, Callable[[dict[str, Any]], None]] = {
    "AWS::DynamoDB::Table": _table,
    "AWS::S3::Bucket": _bucket,
    "AWS::SQS::Queue": _queue,
    "AWS::KMS::Key": _kms_key,
    "AWS::KMS::Alias": _kms_alias,
}
