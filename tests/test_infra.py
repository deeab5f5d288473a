"""What is written for AWS, held to itself: nothing there without an alarm."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parent.parent
CITY, STAGE = "minatono", "dev"
#: what must wake somebody up, for each kind of thing; a dead letter lane only by what is in it
LANE = {("AWS/SQS", "ApproximateAgeOfOldestMessage")}
DEAD_LETTERS = {("AWS/SQS", "ApproximateNumberOfMessagesVisible")}
TABLE = {("AWS/DynamoDB", "ReadThrottleEvents"), ("AWS/DynamoDB", "WriteThrottleEvents")}
FUNCTION = {("AWS/Lambda", "Errors"), ("AWS/Lambda", "Throttles")}


class Loader(yaml.SafeLoader):
    """Knows the short forms of CloudFormation that the files use."""


Loader.add_constructor(
    "!Sub", lambda _, node: node.value.replace("${City}", CITY).replace("${Stage}", STAGE)
)
for form in ("!Ref", "!GetAtt"):
    Loader.add_constructor(form, lambda _, node: node.value)


def template(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.load((ROOT / "infra" / name).read_text("utf-8"), Loader)
    return found


def alarms() -> list[dict[str, Any]]:
    resources = template("alarms.yml")["Resources"].values()
    return [each["Properties"] for each in resources if each["Type"] == "AWS::CloudWatch::Alarm"]


def watched(name: str) -> set[tuple[str, str]]:
    """(namespace, metric) of the alarms of one thing."""
    return {
        (each["Namespace"], each["MetricName"])
        for each in alarms()
        if [of["Value"] for of in each["Dimensions"]] == [name]
    }


def test_every_queue_and_table_has_its_alarms() -> None:
    for each in template("stores.yml")["Resources"].values():
        properties = each["Properties"]
        if each["Type"] == "AWS::SQS::Queue":
            name = properties["QueueName"]
            assert watched(name) == (DEAD_LETTERS if name.endswith("-dead") else LANE), name
        elif each["Type"] == "AWS::DynamoDB::Table":
            assert watched(properties["TableName"]) == TABLE


def test_every_function_has_its_alarms_and_a_tick_that_does_not_run_is_noticed() -> None:
    written = yaml.safe_load((ROOT / "serverless.yml").read_text("utf-8"))
    for name in written["functions"]:
        seen = watched(f"{written['service']}-{STAGE}-{name}")
        assert seen == (FUNCTION | {("AWS/Lambda", "Invocations")} if name == "tick" else FUNCTION)


def test_no_alarm_watches_what_is_not_there() -> None:
    stores = template("stores.yml")["Resources"].values()
    names = {
        each["Properties"].get("QueueName") or each["Properties"].get("TableName")
        for each in stores
    }
    written = yaml.safe_load((ROOT / "serverless.yml").read_text("utf-8"))
    names |= {f"{written['service']}-{STAGE}-{name}" for name in written["functions"]}
    assert {of["Value"] for each in alarms() for of in each["Dimensions"]} <= names


def test_every_alarm_tells_somebody_and_says_what_it_is_about() -> None:
    told = [(each["AlarmActions"], bool(each["AlarmDescription"])) for each in alarms()]
    assert told == [(["Told"], True)] * len(told)
    assert len(told) > 20
    for each in alarms():
        # only the tick must be heard of: what nobody uses makes no news
        silent = each["MetricName"] == "Invocations"
        assert each["TreatMissingData"] == ("breaching" if silent else "notBreaching")
