"""Which cards open an account: their authority, their revocation, and the page they signed for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.parts.hall import BROWSER, PEM, Hall, refusal
from tests.parts.pretend_signer import Authority, Card, rsa_key
from todoke import assemble
from todoke.adapters.card_trust import CardTrustFiles
from todoke.adapters.clock import SystemClock
from todoke.journeys import challenge, login

pytestmark = pytest.mark.also_late


def test_a_page_of_another_origin_gets_no_session(hall: Hall) -> None:
    for origin in ("https://evil.example", "http://console.localhost:8080", "http://localhost"):
        nonce = challenge.issue(hall.services, BROWSER, "login").nonce
        body = Card().answer(nonce, origin)
        refusal("card_refused", lambda b=body: login.login(hall.services, BROWSER, b))  # type: ignore[misc]
        assert hall.why() == "card_signature"


def test_the_same_card_is_the_same_account_and_another_is_another(hall: Hall) -> None:
    first = hall.enter(Card())
    assert hall.enter(Card(), "c" * 43).account == first.account
    same_number = Card(key=rsa_key("other card"))
    assert hall.enter(same_number).account != first.account
    second = Authority(key=rsa_key("second authority")).certificate
    with (hall.folder / PEM).open("ab") as anchors:
        anchors.write(second.public_bytes(_pem()))
    elsewhere = Card(authority=Authority(key=rsa_key("second authority")))
    assert hall.enter(elsewhere).account != first.account, "a serial number alone is nobody"


def test_a_revoked_card_is_refused_and_an_unreadable_list_refuses_all(hall: Hall) -> None:
    revoked = hall.folder / "pretend_card/revoked.txt"
    revoked.write_text("# lost\n0x1267\n", "ascii")  # 4711
    refusal("card_refused", lambda: hall.enter(Card()))
    assert hall.why() == "card_revoked"
    assert hall.enter(Card(serial=4712))
    revoked.write_text("lost on Monday\n", "ascii")
    refusal("revocation_unknown", lambda: hall.enter(Card(serial=4712)))
    revoked.unlink()
    revoked.mkdir()
    refusal("revocation_unknown", lambda: hall.enter(Card(serial=4712)))


def test_what_nobody_can_ask_about_is_refused_and_spends_the_challenge(
    hall: Hall, tmp_path: Path
) -> None:
    real = Authority(key=rsa_key("real"), name=_named("JPKI-TEST"))
    trust = _listed(tmp_path, real)
    services = replace(hall.services, card=trust)
    nonce = challenge.issue(services, BROWSER, "login").nonce
    body = Card(authority=real).answer(nonce, services.config.public_url)
    refusal("revocation_unknown", lambda: login.login(services, BROWSER, body))
    refusal("card_refused", lambda: login.login(services, BROWSER, body))
    assert hall.acts() == ["login_refused"] * 2


def test_without_any_anchor_nobody_gets_in(hall: Hall) -> None:
    (hall.folder / PEM).unlink()
    refusal("card_refused", lambda: hall.enter(Card()))
    assert hall.why() == "card_issuer"
    (hall.folder / PEM).write_text("no certificate", "ascii")
    refusal("card_refused", lambda: hall.enter(Card()))
    assert hall.why() == "card_issuer"


def test_only_an_authority_that_says_it_pretends_is_taken_from_the_data_folder(hall: Hall) -> None:
    Authority(key=rsa_key("real"), name=_named("JPKI")).trusted_in(hall.folder)
    assert hall.services.card.anchors() == []


@pytest.mark.parametrize("profile", ["production", "demonstration"])
def test_production_trusts_no_pretend_authority_however_it_is_listed(
    profile: str, tmp_path: Path
) -> None:
    trust = _listed(tmp_path, Authority(), profile)
    Authority().trusted_in(tmp_path / "data")
    assert bool(trust.anchors()) == (profile == "demonstration")
    good = trust.revocation(Card().der, Authority().der)
    assert good == ("good" if profile == "demonstration" else "unknown")


@pytest.mark.parametrize("name", ["missing.pem", "../../secret.pem", "empty.pem", "/etc/hostname"])
def test_an_anchor_that_cannot_be_read_stops_the_start(name: str, tmp_path: Path) -> None:
    site = tmp_path / "city/site"
    site.mkdir(parents=True)
    (site / "empty.pem").write_text("", "ascii")
    (tmp_path / "secret.pem").write_bytes(Authority().certificate.public_bytes(_pem()))
    config = replace(assemble.fake(tmp_path / "data").config, root=tmp_path / "city")
    listed = replace(config, card=replace(config.card, anchors=(name,)))
    said = refusal("setting_invalid", lambda: CardTrustFiles(listed, SystemClock()))
    assert said["field"] == "card.anchors"


def _listed(folder: Path, authority: Authority, profile: str = "demonstration") -> CardTrustFiles:
    (folder / "city/site").mkdir(parents=True)
    (folder / "city/site/ca.pem").write_bytes(authority.certificate.public_bytes(_pem()))
    config = assemble.fake(folder / "data").config
    card = replace(config.card, anchors=("ca.pem",))
    listed = replace(config, root=folder / "city", profile=profile, card=card)
    return CardTrustFiles(listed, SystemClock())


def _pem() -> Any:
    from cryptography.hazmat.primitives.serialization import Encoding

    return Encoding.PEM


def _named(organisation: str) -> Any:
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation)])


def test_the_last_use_of_a_card_is_known_to_the_day(hall: Hall) -> None:
    def used() -> list[int]:
        found = hall.services.store.find("credentials_by_account", account).records
        return [int(str(each.data["used_at"])) - start for each in found]

    start, account = hall.clock.unix(), hall.enter(Card()).account
    hall.clock.turn(86399)
    hall.enter(Card())
    assert used() == [0]
    hall.clock.turn(1)
    hall.enter(Card())
    assert used() == [86400]
