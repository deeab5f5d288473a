"""A production city refuses to start on every shortcut a demonstration may take."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from card_bridge import pretend_ca
from tests.parts.keeping import EXAMPLE, rule, rules
from todoke import assemble, config
from todoke.adapters import keys
from todoke.core import keeping, words
from todoke.core.errors import TodokeError
from todoke.journeys import residents, staff
from todoke.ports import Services

SOUND: dict[str, Any] = {
    "profile": "production",
    "public_url": "https://kosodate.city.minato.lg.jp",
    "city": {"code": "131032", "name": {"ja": "試験区"}, "office": {"ja": "試験課"}},
    "push": {"contact": "mailto:kosodate@city.minato.lg.jp"},
    "payments": {
        "provider": "stripe",
        "stripe_key": "sk_live_" + "k" * 24,
        "webhook_secret": "whsec_" + "w" * 32,
    },
    "keep": rules(),
}


#: kinds whose rule is an example where all reasons come together
TOLD = ("application", "bill")


def sound_city(data: Path) -> Services:
    """A production installation with nothing to refuse."""
    return changed(assemble.fake(data))


def changed(services: Services, **settings: Any) -> Services:
    """The same installation with other settings."""
    merged = {**SOUND, **settings}
    for table in ("city", "push", "payments"):
        merged[table] = {**SOUND[table], **settings.get(table, {})}
    found = config.build(merged, services.config.root, services.config.data)
    return replace(services, config=found)


def _settings(**settings: Any) -> Callable[[Services], Services]:
    return lambda services: changed(services, **settings)


def _payments(**settings: Any) -> Callable[[Services], Services]:
    return _settings(payments=settings)


def _keeping(**changed: Any) -> Callable[[Services], Services]:
    """Other rules; None leaves one out."""
    kept = {**rules(), **changed}
    return _settings(keep={kind: each for kind, each in kept.items() if each is not None})


def _with_demonstration_clerks(services: Services) -> Services:
    staff.demonstration_clerks(services)
    return services


def _with_the_demonstration_resident(services: Services) -> Services:
    residents.demonstration(services)
    return services


def _with_a_pretend_authority(services: Services) -> Services:
    """As if somebody had copied the bridge's ca.pem beside the city's own anchors."""
    site = services.config.data / "copy" / "site"
    site.mkdir(parents=True)
    (site / "ca.pem").write_bytes(pretend_ca.issue().ca)
    found = changed(services, card={"anchors": ["ca.pem"]}).config
    return replace(services, config=replace(found, root=site.parent))


def _with_a_key_others_can_read(name: str, mode: int) -> Callable[[Services], Services]:
    def expose(services: Services) -> Services:
        os.chmod(services.config.data / "keys" / name, mode)  # noqa: PTH101
        return services

    return expose


def _app(issuer: str) -> dict[str, Any]:
    return {"issuer": issuer, "client_id": "city", "acr": ["aal3"]}


def _desk(issuer: str) -> dict[str, Any]:
    return {"oidc": {"issuer": issuer, "client_id": "desk"}}


def _with_the_apps_key_readable(services: Services) -> Services:
    (services.config.data / "keys" / "oidc.pem").write_bytes(b"a key")
    (services.config.data / "keys" / "oidc.pem").chmod(0o640)
    return services


SHORTCUTS: list[tuple[str, str, Callable[[Services], Services]]] = [
    ("http", "http", _settings(public_url="http://kosodate.city.minato.lg.jp")),
    ("an http console", "http", _settings(console_url="http://desk.city.minato.lg.jp")),
    ("localhost", "localhost", _settings(public_url="https://localhost:8443")),
    ("a name below localhost", "localhost", _settings(public_url="https://city.localhost")),
    ("127.0.0.1", "localhost", _settings(public_url="https://127.0.0.1")),
    ("127.8.8.8", "localhost", _settings(public_url="https://127.8.8.8")),
    ("::1", "localhost", _settings(public_url="https://[::1]")),
    ("a local console", "localhost", _settings(console_url="https://console.localhost")),
    (
        "a push service on this machine",
        "loopback_push",
        _settings(push={"allow_loopback": ["127.0.0.1:4321"]}),
    ),
    (
        "the default contact",
        "example_contact",
        _settings(push={"contact": config.PushConfig().contact}),
    ),
    (
        "a contact that cannot exist",
        "example_contact",
        _settings(push={"contact": "https://city.invalid/"}),
    ),
    ("the made-up city", "demonstration_city", _settings(city={"code": "000000"})),
    (
        "the made-up city's name under another code",
        "demonstration_city",
        _settings(city={"name": {"ja": "みなと野市"}}),
    ),
    ("demonstration clerks", "demonstration_clerks", _with_demonstration_clerks),
    ("the demonstration's resident", "demonstration_residents", _with_the_demonstration_resident),
    ("a pretend card's authority", "pretend_card", _with_a_pretend_authority),
    ("the pretend provider", "pretend_payments", _payments(provider="pretend")),
    ("no key of the provider", "payment_key", _payments(stripe_key="")),
    ("a key for test cards", "payment_key", _payments(stripe_key="sk_test_" + "k" * 24)),
    ("no signing secret", "webhook_secret", _payments(webhook_secret="")),
    ("a signing secret to guess", "webhook_secret", _payments(webhook_secret="whsec_1")),
    (
        "one good signing secret beside a weak one",
        "webhook_secret",
        _payments(webhook_secret="whsec_" + "w" * 32 + " secret"),
    ),
    ("a provider of our own", "payment_api", _payments(stripe_api="http://127.0.0.1:1")),
    ("no provider's page", "checkout_hosts", _payments(checkout_hosts=[])),
    ("a provider's page here", "checkout_hosts", _payments(checkout_hosts=["pay.localhost"])),
    (
        "a VAPID key the group can read",
        "readable_keys",
        _with_a_key_others_can_read(keys.VAPID, 0o640),
    ),
    ("an app's provider over http", "app_issuer", _settings(oidc=_app("http://localhost:1"))),
    ("an app's provider here", "app_issuer", _settings(oidc=_app("https://127.0.0.1"))),
    (
        "the clerks' provider over http",
        "staff_issuer",
        _settings(staff=_desk("http://localhost:1")),
    ),
    ("the clerks' provider here", "staff_issuer", _settings(staff=_desk("https://127.0.0.1"))),
    ("no years for applications", "keep_application", _keeping(application=None)),
    ("no years for bills", "keep_bill", _keeping(bill=None)),
    ("no years for letters", "keep_addressed_notice", _keeping(addressed_notice=None)),
    ("no years for the record of acts", "keep_audit", _keeping(audit=None)),
    (
        "the years of the example",
        "keep_application_example",
        _keeping(application=rule(source={"title": "市の規程", "url": EXAMPLE})),
    ),
    (
        "the years of the made-up city",
        "keep_bill_example",
        _keeping(bill=rule(basis={"ja": "見本の規程"})),
    ),
    (
        "a key for the app that the group can read",
        "readable_keys",
        _with_the_apps_key_readable,
    ),
    (
        "a seal key everybody can read",
        "readable_keys",
        _with_a_key_others_can_read(keys.SEAL, 0o604),
    ),
]


@pytest.mark.parametrize(
    ("reason", "make"), [each[1:] for each in SHORTCUTS], ids=[each[0] for each in SHORTCUTS]
)
def test_a_production_city_refuses_to_start_on(
    reason: str, make: Callable[[Services], Services], tmp_path: Path
) -> None:
    services = make(sound_city(tmp_path))
    with pytest.raises(TodokeError) as caught:
        assemble.refuse_unready(services)
    assert caught.value.code == "production_refused"
    assert caught.value.details == {"reasons": reason}


def test_every_kind_without_years_is_named_with_the_line_to_add(tmp_path: Path) -> None:
    services = _settings(keep={})(sound_city(tmp_path))
    with pytest.raises(TodokeError) as caught:
        assemble.refuse_unready(services)
    named = str(caught.value.details["reasons"]).split()
    assert named == [f"keep_{kind}" for kind in keeping.KINDS]
    for language in words.LANGUAGES:
        said = services.words.explain(language, caught.value)[0]
        for kind in keeping.KINDS:
            assert f"[keep.{kind}]" in said
        assert "years = 5" in said


def test_a_sound_production_city_starts(tmp_path: Path) -> None:
    assemble.refuse_unready(sound_city(tmp_path))


def test_a_production_city_may_take_its_payments_at_the_counter_only(tmp_path: Path) -> None:
    bare = {"provider": "none", "stripe_key": "", "webhook_secret": ""}
    assemble.refuse_unready(changed(sound_city(tmp_path), payments=bare))


def test_a_city_with_every_shortcut_is_told_all_of_them(tmp_path: Path) -> None:
    services = sound_city(tmp_path)
    root = None
    for _, _, make in SHORTCUTS:
        if getattr(make, "__name__", "") != "<lambda>":
            made = make(services)
            root = made.config.root if made.config.root != services.config.root else root
    worst = changed(
        services,
        public_url="http://localhost:8080",
        city={"code": "000000"},
        push={"contact": "mailto:a@b.example", "allow_loopback": ["127.0.0.1:1"]},
        card={"anchors": ["ca.pem"]},
        oidc=_app("http://localhost:1"),
        staff=_desk("http://localhost:1"),
        keep={kind: rule(source={"title": "市の規程", "url": EXAMPLE}) for kind in TOLD},
        payments={
            "stripe_key": "", "webhook_secret": "", "stripe_api": "http://x", "checkout_hosts": [],
        },
    )  # fmt: skip
    assert root is not None
    with pytest.raises(TodokeError) as caught:
        assemble.refuse_unready(replace(worst, config=replace(worst.config, root=root)))
    told = set(str(caught.value.details["reasons"]).split())
    # the pretend provider needs no key, so it cannot be refused together with a missing one; nor
    # can a rule be an example and not be there
    apart = {"pretend_payments", *(f"keep_{kind}" for kind in TOLD)}
    assert told | apart == {each[1] for each in SHORTCUTS}


def test_a_demonstration_may_take_every_shortcut(tmp_path: Path) -> None:
    services = changed(sound_city(tmp_path), profile="demonstration", public_url="http://localhost")
    staff.demonstration_clerks(services)
    assemble.refuse_unready(services)


def test_a_demonstration_clerk_who_was_removed_is_no_reason_any_more(tmp_path: Path) -> None:
    services = sound_city(tmp_path)
    for each in staff.demonstration_clerks(services):
        staff.remove(services, each.staff)
    assemble.refuse_unready(services)


def test_every_reason_has_words_in_every_language() -> None:
    dictionary = assemble.dictionary()
    for reason in {each[1] for each in SHORTCUTS}:
        for language in words.LANGUAGES:
            assert dictionary.has(language, f"errors.production.{reason}"), (reason, language)


def test_a_production_city_refuses_another_cloud(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = sound_city(tmp_path)
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:1")
    assert assemble.unready(services) == ["other_aws"]
