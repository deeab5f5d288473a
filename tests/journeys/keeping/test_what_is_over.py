"""What is kept no longer goes on its very day, with all that only it leads to, and nothing else.
On every store."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from tests.parts.keeping import rule, rules
from tests.parts.old_records import FIVE, OldRecords
from tests.parts.resident import logged_in
from todoke.core import keeping as rules_of
from todoke.journeys import attachments, chain, keeping, leaving, my_data, session, verify
from todoke.ports import Create, Json, Record, Replace


def test_a_decided_application_goes_with_its_file_on_the_day_and_not_before(
    old: OldRecords,
) -> None:
    id, file = old.decided()
    over = old.years_later(FIVE, 1)
    old.wait_until(over.fromordinal(over.toordinal() - 1), 23)
    old.care()
    assert (old.has("application", id), old.has("attachment", file), old.has_file(file)) == (
        True, True, True,
    )  # fmt: skip
    old.wait_until(over, 0)
    old.care()
    assert (old.has("application", id), old.has("attachment", file), old.has_file(file)) == (
        False, False, False,
    )  # fmt: skip
    told = [each for each in old.acts() if each.data["act"] == "kept_erased"]
    assert {str(each.data["subject"]) for each in told} >= {"keep/application"}
    assert all(each.data["resident"] is None for each in told)


def test_the_years_of_an_application_begin_with_its_decision(old: OldRecords) -> None:
    id, _ = old.file()
    old.wait_until(old.years_later(3))
    old.decide(id)
    over = old.years_later(FIVE, 1)
    old.wait_until(date.fromordinal(over.toordinal() - 1))
    old.care()
    assert old.has("application", id)
    old.wait_until(over)
    old.care()
    assert not old.has("application", id)


def test_an_open_application_never_goes_nor_do_its_letters(old: OldRecords) -> None:
    id, file = old.file()
    old.wait_until(old.years_later(30))
    old.care()
    assert (old.has("application", id), old.has("attachment", file), old.has_file(file)) == (
        True, True, True,
    )  # fmt: skip
    assert [
        each.data["kind"] for each in old.letters() if "application/" in str(each.data["about"])
    ]


def test_what_another_application_holds_stays(old: OldRecords) -> None:
    first, _ = old.decided()
    second, file = old.file()
    waiting = attachments.take(old.services, old.payer.resident, b"not sent")
    old.wait_until(old.years_later(FIVE, 1))
    keeping.erase_over(old.services)
    assert not old.has("application", first)
    assert (old.has("application", second), old.has_file(file)) == (True, True)
    assert old.has_file(waiting.id)


def test_a_paid_bill_goes_with_its_ways_its_words_and_its_lines(old: OldRecords) -> None:
    old.pay()
    late = old.payer.neighbour(7)  # she pays five months later
    old.wait_until("2027-05-01")
    late.tell(late.start(), "pending")
    late.tell(late.sessions[-1] or "", "paid")
    assert old.money() == {"bill": 1, "checkout": 1, "payment_event": 1, "ledger": 2}
    # due 2026-12-28, later than it was paid
    old.wait_until("2031-12-28")
    old.care()
    assert old.money()["bill"] == 1
    old.wait_until("2031-12-29")
    old.care()
    assert set(old.money().values()) == {0}
    other = OldRecords(late)
    assert other.money() == {"bill": 1, "checkout": 1, "payment_event": 2, "ledger": 2}
    assert sum(yen for _, yen in late.lines) == 0
    old.wait_until("2032-05-01")
    old.care()
    assert other.money()["bill"] == 1
    old.wait_until("2032-05-02")
    old.care()
    assert set(other.money().values()) == {0}
    assert old.findings() == []


def test_a_bill_that_nobody_paid_never_goes_nor_does_its_letter(old: OldRecords) -> None:
    session = old.payer.start()
    old.payer.tell(session, "pending")
    old.wait_until(old.years_later(30))
    old.care()
    assert old.money() == {"bill": 1, "checkout": 1, "payment_event": 1, "ledger": 1}
    assert [each.data["kind"] for each in old.letters()] == ["bill"]


def test_a_bill_paid_twice_stays_five_years_whatever_the_rule_says(tmp_path: Path) -> None:
    old = OldRecords.open(tmp_path, rules(1))
    first = old.payer.start()
    old.clock.turn(5 * 3600)
    second = old.payer.start()
    assert first != second
    assert [old.payer.tell(each, "paid") for each in (first, second)] == ["paid", "overpaid"]
    for day, left in (("2028-06-01", 1), ("2031-12-28", 1), ("2031-12-29", 0)):
        old.wait_until(day)
        old.care()
        assert old.money()["bill"] == left, day
    assert set(old.money().values()) == {0}


def test_a_letter_goes_by_the_day_it_was_sent_also_of_who_has_no_account(
    old: OldRecords,
) -> None:
    hanako = logged_in(old.services)
    id, _ = old.decided()
    old.pay()
    assert len(old.letters()) == 4
    found = session.find(old.services, hanako.token)
    assert found is not None
    leaving.erase_account(old.services, *found)
    over = old.years_later(FIVE, 1)
    old.wait_until(date.fromordinal(over.toordinal() - 1), 23)
    old.care()
    assert len(old.letters()) == 4
    old.wait_until(over, 0)
    old.care()
    assert old.letters() == []
    assert not old.has("application", id)


def test_a_letter_that_is_younger_than_its_application_stays(tmp_path: Path) -> None:
    """Each kind has its own years."""
    old = OldRecords.open(tmp_path, {**rules(1), "addressed_notice": rule(3)})
    id, _ = old.decided()
    old.wait_until(old.years_later(1, 1))
    old.care()
    assert not old.has("application", id)
    assert len([each for each in old.letters() if id in str(each.data["about"])]) == 2


def test_what_has_no_rule_is_never_erased(tmp_path: Path) -> None:
    old = OldRecords.open(tmp_path, {})
    id, file = old.decided()
    old.pay()
    acts = len(old.acts())
    old.wait_until(old.years_later(30))
    old.care()
    assert (old.has("application", id), old.has_file(file)) == (True, True)
    assert old.money()["ledger"] == 2
    assert len(old.letters()) == 4
    assert len(old.acts()) == acts
    who = my_data.Person(*_me(old))
    assert set(my_data.export(old.services, who)["kept"].values()) == {None}


def _me(old: OldRecords) -> tuple[Record, str, Record]:
    found = session.find(old.services, logged_in(old.services).token)
    assert found is not None
    return found[1], old.payer.resident, found[0]


def test_what_she_takes_along_says_for_how_long(old: OldRecords) -> None:
    found = my_data.export(old.services, my_data.Person(*_me(old)))
    assert set(found["kept"]) == set(rules_of.RULE_OF)
    assert found["kept"]["ledger"] == found["kept"]["bill"]
    bill = found["kept"]["bill"]
    assert (bill["years"], bill["since"], bill["counted"]) == (FIVE, "settled_or_due", "day")


# ------------------------------------------------------------------------ the record of acts
def test_old_acts_go_by_rule_and_nobody_took_them_out(old: OldRecords) -> None:
    old.decided()
    ids = {each.id for each in old.acts()}
    over = old.years_later(FIVE, 1)
    old.wait_until(date.fromordinal(over.toordinal() - 1), 23)
    old.care()
    assert {each.id for each in old.acts()} >= ids
    old.wait_until(over, 0)
    old.care()
    left = old.acts()
    assert not ids & {each.id for each in left}
    found = verify.verify(old.services)
    assert (list(found.findings), found.erased) == ([], len(ids))
    assert found.entries == len(ids) + len(left) - found.waiting
    assert old.services.store.find("audit_by_resident", old.payer.resident).records == []


def test_an_act_that_was_altered_to_look_old_stays_to_be_found(old: OldRecords) -> None:
    old.wait_until(old.years_later(2))
    entry = next(each for each in old.acts() if each.data["resident"])
    young, _ = old.file()
    aged: dict[str, Json] = {**entry.data, "at": 0, "month": "1970-01", "detail": {"x": 1}}
    old.services.store.commit([Replace(Record("audit", entry.id, aged, entry.version))])
    old.wait_until(old.years_later(4))
    old.care()
    assert old.has("audit", entry.id)
    assert old.findings() == [("altered", entry.id)]
    assert old.has("application", young)


def test_an_act_that_comes_back_after_its_years_is_told(old: OldRecords) -> None:
    entry = old.acts()[0]
    old.wait_until(old.years_later(FIVE, 1))
    old.care()
    again = {**entry.data, "chain": None}
    old.services.store.commit([Create(Record("audit", entry.id, again))])
    assert old.findings() == [("inserted", entry.id)]


def test_no_rule_excuses_that_a_young_act_is_gone(old: OldRecords) -> None:
    """Whoever has the keys may write such a link, and it says when it was written."""
    id, _ = old.file()
    old.wait_until("2026-11-30")
    entry = next(each for each in old.acts() if id in str(each.data["subject"]))
    assert chain.let_go(old.services, [entry])
    assert old.findings() == [("removed", entry.id)]


def test_what_goes_by_rule_while_somebody_verifies_is_not_called_removed(old: OldRecords) -> None:
    """The links were read before the erasing, the entries after it."""
    old.wait_until(old.years_later(FIVE, 1))
    store = Between(old.services.store, old.care)
    found = verify.verify(replace(old.services, store=store))
    assert (list(found.findings), found.erased > 0) == ([], True)


class Between:
    """A store in which something happens right before the first entry is read."""

    def __init__(self, store: Any, act: Callable[[], None]) -> None:
        self._store, self._acts = store, [act]

    def __getattr__(self, name: str) -> Any:
        if name == "walk" and self._acts:
            self._acts.pop()()
        return getattr(self._store, name)


def test_a_day_reads_no_more_links_than_are_due(old: OldRecords) -> None:
    for _ in range(12):
        old.file()
        old.wait_until(date.fromordinal(old.today.toordinal() + 1))
    store = Reading(old.services.store)
    keeping.erase_over(replace(old.services, store=store))
    assert store.links == 1


class Reading:
    """A store that counts how many links are asked for."""

    def __init__(self, store: Any) -> None:
        self._store, self.links = store, 0

    def get(self, kind: str, id: str) -> Record | None:
        """As ``ports.Store.get``."""
        self.links += kind == "chain_link"
        found: Record | None = self._store.get(kind, id)
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)
