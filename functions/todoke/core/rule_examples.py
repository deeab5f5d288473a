"""Examples of a rule, in the procedure's own file: which family gets which answer, by which law.

They are worked out by hand from the law, so a rule that answers otherwise is wrong (or the example
is), and the procedure is not published. The tests run them on the phone's evaluator too."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

from todoke.core.catalogue import Example, Procedure
from todoke.core.errors import TodokeError
from todoke.core.site_fields import Fields
from todoke.core.site_yaml import invalid

if TYPE_CHECKING:
    from todoke.core.facts import FactValue, Vocabulary

#: a border has a day before, a day of and a day after, in both directions of what else decides
ENOUGH = 5
_FIELDS = ("name", "on", "facts", "answer", "law", "why")


def examples(fields: Fields) -> tuple[Example, ...]:
    """``examples:`` of a procedure file. Raises ``site_file_invalid``."""
    return tuple(_example(each) for each in fields.each("examples", _FIELDS))


def _example(fields: Fields) -> Example:
    from todoke.core import eligibility, facts  # most files have no examples

    on = fields.text("on")
    if not facts.is_day(on):
        raise fields.wrong("on", "a day that exists, YYYY-MM-DD", "check month and day")
    return Example(
        name=fields.text("name"),
        on=on,
        facts=_facts(fields),
        answer=fields.choice("answer", (eligibility.YES, eligibility.NO, eligibility.ASK)),
        law=fields.text("law"),
        why=fields.text("why"),
    )


def _facts(fields: Fields) -> Mapping[str, FactValue]:
    found = fields.need("facts")
    if not isinstance(found, dict):
        raise fields.wrong("facts", "facts written as name: value", "see site/facts.yaml")
    for name, value in found.items():
        if not isinstance(value, bool | int | str):
            raise fields.wrong(f"facts.{name}", "one value", "leave out what is not known")
    return {name: value for name, value in found.items() if isinstance(value, bool | int | str)}


def check(procedure: Procedure, vocabulary: Vocabulary) -> None:
    """Asks the rule about every example. Raises ``site_file_invalid`` with what it answered."""
    from todoke.core import eligibility, facts

    for number, example in enumerate(procedure.examples, 1):
        path, field = f"procedures/{procedure.id}.yaml", f"examples[{number}]"
        try:
            known = facts.known(vocabulary, example.facts, date.fromisoformat(example.on))
        except TodokeError as error:
            name = error.details.get("field", "-")
            rule = f"{name}: no value that a family could give"
            raise invalid(path, f"{field}.facts", rule, "see site/facts.yaml") from error
        verdict = eligibility.judge(eligibility.whole_rule(procedure), known)
        if verdict.answer != example.answer:
            said = ", ".join(verdict.ask) or ", ".join(verdict.because)
            rule = f"the rule answers {verdict.answer} ({said}), the example says {example.answer}"
            raise invalid(path, f"{field}.answer", rule, f"mend the one that {example.law} refutes")
