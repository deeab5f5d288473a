"""Settings of the logins through another: デジタル認証アプリ ([oidc]), and the city's own provider
for its clerks ([staff.oidc])."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

#: hosts of a provider on this machine, for tests and a demonstration
LOOPBACK = ("localhost", "127.0.0.1")


@dataclass(frozen=True, slots=True)
class OidcConfig:
    """Login with デジタル認証アプリ, or another OpenID Connect provider like it; off where issuer
    is empty. issuer: exactly as the provider writes it. client_id: the city's name there. acr:
    which proofs count as much as the card; each is compared as a whole, blanks and all, and none
    is assumed. key_file: the city's own P-256 key (PEM, mode 0600) in the folder of the keys, or a
    whole path; its public half stands at /api/login/app/keys. max_age: how many seconds ago a
    person may have proved herself at the provider, 0 for no matter."""

    issuer: str = ""
    client_id: str = ""
    acr: tuple[str, ...] = ()
    key_file: str = "oidc.pem"
    max_age: int = 300


@dataclass(frozen=True, slots=True)
class StaffOidcConfig:
    """Clerks log in with the city's own OpenID Connect provider, which may stand in a network
    without internet; off where issuer is empty. issuer: exactly as the provider writes it.
    client_id: the name of this desk there. acr: which proofs are enough; none named: whatever the
    provider takes. key_file: the desk's own P-256 key (PEM, mode 0600) in the folder of the keys,
    or a whole path; its public half stands at /login/oidc/keys of the console. ca_file: the root
    certificate of the city's network (PEM), likewise; without it those of this machine.
    max_age: how many seconds ago a clerk may have proved herself there, 0 for no matter."""

    issuer: str = ""
    client_id: str = ""
    acr: tuple[str, ...] = ()
    key_file: str = "staff_oidc.pem"
    ca_file: str = ""
    max_age: int = 900


def wrong_staff(oidc: StaffOidcConfig) -> tuple[str, str] | None:
    """(setting, rule) of the first that is wrong."""
    if not oidc.issuer:
        return None
    url = urlsplit(oidc.issuer)
    plain = re.fullmatch(r"https?://[A-Za-z0-9.:/_~-]+", oidc.issuer) and not url.username
    if not plain or not url.hostname or (url.scheme == "http" and url.hostname not in LOOPBACK):
        return "staff.oidc.issuer", "https://host/path, as the provider writes it"
    if not oidc.client_id or not oidc.client_id.isascii() or len(oidc.client_id) > 255:
        return "staff.oidc.client_id", "the name the provider gave this desk"
    if not all(each.strip() == each != "" for each in oidc.acr):
        return "staff.oidc.acr", 'a list of texts, such as ["aal2"], or left out'
    if not oidc.key_file:
        return "staff.oidc.key_file", "a file with a P-256 key (PEM)"
    return None


def wrong(oidc: OidcConfig) -> tuple[str, str] | None:
    """(setting, rule) of the first that is wrong. An acr list must be there in every profile: a
    login that took any proof for a card's would be worse than none."""
    if not oidc.issuer:
        return None
    url = urlsplit(oidc.issuer)
    plain = re.fullmatch(r"https?://[A-Za-z0-9.:/_~-]+", oidc.issuer) and not url.username
    if not plain or not url.hostname or (url.scheme == "http" and url.hostname not in LOOPBACK):
        return "oidc.issuer", "https://host/path, as the provider writes it"
    if url.scheme == "https" and url.port not in (None, 443):
        return "oidc.issuer", "https on port 443"
    if not oidc.client_id or not oidc.client_id.isascii() or len(oidc.client_id) > 255:
        return "oidc.client_id", "the name the provider gave the city"
    if not oidc.acr or not all(each.strip() == each != "" for each in oidc.acr):
        return "oidc.acr", 'a list of texts, such as ["aal3"], and not empty'
    if not oidc.key_file:
        return "oidc.key_file", "a file with a P-256 key (PEM)"
    return None
