"""Notices addressed to made-up residents: people with accounts, their phones, their letters."""

from __future__ import annotations

from dataclasses import dataclass

from tests.parts.resident import Session, logged_in
from tests.parts.town import Phone, Town
from todoke.journeys import address, devices
from todoke.ports import Create, Json, Record

#: words that may be nowhere but in an opened letter
SECRET = "ひみつの保育料"
#: of a resident to whom the city writes
NAME = "見本 はなこ"


@dataclass(slots=True)
class Neighbour:
    """Somebody with an account in a town."""

    town: Town
    session: Session

    @property
    def resident(self) -> str:
        """Her id."""
        return self.session.resident

    @property
    def account(self) -> Record:
        """As it stands."""
        found = self.town.services.store.get("account", self.session.account)
        assert found is not None
        return found

    def joins(self, *phones: Phone) -> None:
        """Her phones are told."""
        for phone in phones:
            devices.join(self.town.services, self.account, phone.token)

    def is_written_to(self, title: str = SECRET, urgency: str = "normal") -> str:
        """The city addresses a notice to her; its id. Nothing is sent before ``settle``."""
        services = self.town.services
        values = {"title": title, "yen": "5,000", "due": "12/25"}
        writes = address.writes(
            services,
            self.resident,
            "bill",
            "bill/B-00000-00000",
            link="/bills/B-00000-00000",
            urgency=urgency,
            **values,
        )
        services.store.commit(writes)
        made = [each.record for each in writes if isinstance(each, Create)]
        (new,) = [each.id for each in made if each.kind == "addressed_notice"]
        return new


def neighbour(town: Town, number: int = 1, name: str = "見本 はなこ") -> Neighbour:
    """The resident with this number; each number is another person."""
    return Neighbour(town, logged_in(town.services, number=f"{number:010d}", name=name))


def rows(town: Town, notice: str) -> list[dict[str, Json]]:
    """What became of its messages, of each phone of the town that was sent one."""
    found = [town.delivery(notice, phone) for phone in town.phones]
    return [dict(each) for each in found if each is not None]
