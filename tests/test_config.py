"""Settings: an unknown or wrong one is an error that says what to do; k cannot be lowered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from todoke import config
from todoke.core.errors import TodokeError

GOOD: dict[str, Any] = {
    "public_url": "https://todoke.example-city.lg.jp",
    "city": {"code": "131016", "name": {"ja": "見本市", "en": "Sample City"}},
    "push": {"contact": "mailto:push@city.lg.jp"},
}


def build(**changes: Any) -> config.Config:
    return config.build({**GOOD, **changes}, Path(), Path())


def refused(**changes: Any) -> dict[str, object]:
    with pytest.raises(TodokeError) as caught:
        build(**changes)
    assert caught.value.code == "setting_invalid"
    return caught.value.details


def test_console_and_files_are_hosts_beside_the_portal() -> None:
    made = build()
    assert made.portal_host == "todoke.example-city.lg.jp"
    assert made.console_url == "https://console.todoke.example-city.lg.jp"
    assert made.files_host == "files.todoke.example-city.lg.jp"
    assert made.origin_of(made.console_host) == made.console_url


def test_an_unknown_setting_names_the_nearest_one() -> None:
    details = refused(push={"contakt": "mailto:a@b.jp"})
    assert details["field"] == "push.contakt"
    assert "contact" in str(details["next"])


def test_a_city_writes_its_own_list_of_purposes() -> None:
    made = build(purposes={"review": "審査", "audit": {"ja": "監査", "en": "audit"}})
    assert made.purposes["review"] == {"ja": "審査"}
    assert made.purposes["audit"] == {"ja": "監査", "en": "audit"}
    assert build().purposes == {}
    for wrong in (
        {"Review": "審査"},
        {"x" * 41: "審査"},
        {"review": {"en": "review"}},
        {"a": 7},
        7,
    ):
        assert str(refused(purposes=wrong)["field"]).startswith("purposes")


def test_an_unknown_table_is_refused() -> None:
    assert refused(puhs={})["field"] == "puhs"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"public_url": "ftp://city"}, "public_url"),
        ({"public_url": "https://city/path"}, "public_url"),
        ({"public_url": "https://city/"}, "public_url"),
        ({"public_url": 7}, "public_url"),
        ({"console_url": "https://todoke.example-city.lg.jp"}, "console_url"),
        ({"console_url": "https://todoke.example-city.lg.jp:8443"}, "console_url"),
        ({"console_url": "https://TODOKE.example-city.lg.jp."}, "console_url"),
        ({"profile": "prod"}, "profile"),
        ({"push": {"contact": "somebody"}}, "push.contact"),
        ({"push": {"hosts": "fcm"}}, "push.hosts"),
        ({"notices": {"floor_k": 9}}, "notices.floor_k"),
        ({"notices": {"floor_k": True}}, "notices.floor_k"),
        ({"city": {"name": {"en": "Only English"}}}, "city.name"),
        ({"city": {"name": {"ja": "市", "fr": "Ville"}}}, "city.name.fr"),
        ({"city": "みなと野市"}, "city"),
        ({"oidc": {"issuer": "http://login.example.jp"}}, "oidc.issuer"),
        ({"oidc": {"issuer": "https://login.example.jp:8443"}}, "oidc.issuer"),
        ({"oidc": {"issuer": "https://a@login.example.jp"}}, "oidc.issuer"),
        ({"oidc": {"issuer": "https://login.example.jp?x"}}, "oidc.issuer"),
        ({"oidc": {"issuer": "https://login.example.jp"}}, "oidc.client_id"),
        ({"oidc": {"issuer": "https://login.example.jp", "client_id": "c"}}, "oidc.acr"),
        ({"oidc": {"issuer": "https://a.jp", "client_id": "c", "acr": [""]}}, "oidc.acr"),
        ({"oidc": {"issuer": "https://a.jp", "client_id": "c", "acr": "aal3"}}, "oidc.acr"),
        ({"oidc": {"max_age": -1}}, "oidc.max_age"),
        ({"staff": {"oid": {}}}, "staff.oid"),
        ({"staff": {"oidc": {"isuer": "https://a.jp"}}}, "staff.oidc.isuer"),
        ({"staff": {"oidc": {"issuer": "http://sso.city.internal"}}}, "staff.oidc.issuer"),
        ({"staff": {"oidc": {"issuer": "https://sso.internal"}}}, "staff.oidc.client_id"),
        (
            {"staff": {"oidc": {"issuer": "https://a.jp", "client_id": "c", "acr": [" a"]}}},
            "staff.oidc.acr",
        ),
    ],
)
def test_a_wrong_setting_is_named(changes: dict[str, Any], field: str) -> None:
    assert refused(**changes)["field"] == field


@given(st.integers(min_value=-1000, max_value=9))
def test_the_floor_can_never_be_lowered(k: int) -> None:
    assert refused(notices={"floor_k": k})["field"] == "notices.floor_k"


def test_the_environment_overrides_the_file(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site/todoke.toml").write_text('public_url = "http://localhost:1"\n', "utf-8")
    environment = {
        "TODOKE_PUSH__ALLOW_LOOPBACK": '["127.0.0.1:4321"]',
        "TODOKE_PUBLIC_URL": "http://localhost:8123",
        "UNRELATED": "x",
    }
    made = config.load(tmp_path, tmp_path, environment)
    assert made.push.allow_loopback == ("127.0.0.1:4321",)
    assert made.public_url == "http://localhost:8123"


@pytest.mark.parametrize("text", ["public_url = ", "\xff\xfe", "[push\n"])
def test_a_damaged_file_is_one_clear_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site/todoke.toml").write_bytes(text.encode("latin-1"))
    with pytest.raises(TodokeError) as caught:
        config.load(tmp_path, tmp_path, {})
    assert caught.value.details["file"] == "site/todoke.toml"


def test_a_missing_file_says_how_to_begin(tmp_path: Path) -> None:
    with pytest.raises(TodokeError) as caught:
        config.load(tmp_path, tmp_path, {})
    assert caught.value.details["next"] == "todoke init"
