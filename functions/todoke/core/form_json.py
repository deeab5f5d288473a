"""A published form (/forms/<procedure>.json) -> Form: the server judges by the very file that
the page was made from, so that the two can never know different forms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from todoke.core.form import Condition, Form, Option, Question, Section


def form(shape: Mapping[str, Any]) -> Form:
    """What ``form.as_json`` wrote."""
    return Form(
        version=shape["version"],
        sections=tuple(
            Section(each["id"], each["title"], _questions(each)) for each in shape["sections"]
        ),
    )


def _questions(shape: Mapping[str, Any]) -> tuple[Question, ...]:
    return tuple(_question(each) for each in shape.get("questions", ()))


def _question(shape: Mapping[str, Any]) -> Question:
    given = dict(shape)
    given["when"] = tuple(
        Condition(each["question"], tuple(each["is"])) for each in shape.get("when", ())
    )
    given["options"] = tuple(
        Option(each["id"], each["label"], each.get("stop")) for each in shape.get("options", ())
    )
    given["questions"] = _questions(shape)
    return Question(**given)
