"""Trust anchors of the card, and what their authority says of a certificate.

Real anchors lie below ``site/`` and are named in the settings, with the way to ask about their
certificates (``card_revocation.py``); without one the answer is "unknown" and a login fails
closed. The demonstration's own authority lies in the data folder, where the card bridge makes
it; outside the demonstration it is refused, whatever the settings say.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from todoke.adapters.card_revocation import (
    GOOD,
    REVOKED,
    UNKNOWN,
    Checker,
    Lists,
    Ocsp,
)
from todoke.config import Config
from todoke.core.errors import TodokeError
from todoke.ports import Clock

#: organisation of the pretend authority, which no real one has
PRETEND = "TODOKE-PRETEND"
FOLDER = "pretend_card"
#: of the pretend card: of its certificate for authentication, and of the one for signing
AUTHORITIES = ("ca.pem", "sign-ca.pem")
#: serial numbers, one a line: decimal, or hexadecimal after 0x; "#" begins a remark
LOST = "revoked.txt"


class CardTrustFiles:
    """Implements ``ports.CardTrust``. Raises ``setting_invalid`` for anchors that cannot be
    read, when it is made: not at somebody's login."""

    def __init__(self, config: Config, clock: Clock) -> None:
        self._pretend = None if config.production else config.data / FOLDER
        self._listed = [each for name in config.card.anchors for each in _read(config, name)]
        self._checker = _checker(config, clock)

    def anchors(self) -> Sequence[bytes]:
        """See ``ports.CardTrust.anchors``. The pretend one is read each time: the bridge makes
        it after we are made."""
        found = [*self._listed, *self._pretend_anchors()]
        return [each for each in found if self._pretend or not _is_pretend(each)]

    def revocation(self, certificate: bytes, issuer: bytes) -> str:
        """See ``ports.CardTrust.revocation``."""
        try:
            leaf = x509.load_der_x509_certificate(certificate)
            if self._pretend and issuer in self._pretend_anchors():
                return REVOKED if leaf.serial_number in _revoked(self._pretend / LOST) else GOOD
            if issuer not in self._listed or self._checker is None:
                return UNKNOWN
            return self._checker.status(leaf, x509.load_der_x509_certificate(issuer))
        except (ValueError, OSError):
            return UNKNOWN

    def _pretend_anchors(self) -> Sequence[bytes]:
        if self._pretend is None:
            return []
        try:
            raw = [_there(self._pretend / name) for name in AUTHORITIES]
            return [each for pem in raw if pem for each in _ders(pem) if _is_pretend(each)]
        except (OSError, ValueError):
            return []


def _checker(config: Config, clock: Clock) -> Checker | None:
    """How to ask; None where the settings name no way: nobody knows then."""
    if config.card.ocsp:
        return Ocsp(config.card.ocsp, clock)
    if config.card.crls:
        return Lists([config.data / each for each in config.card.crls], clock)
    return None


def names_pretend(config: Config) -> bool:
    """Whether a pretend authority is among the anchors the settings name. It is never trusted in
    production; that somebody tried to have it trusted is reason enough not to start."""
    return any(_is_pretend(each) for name in config.card.anchors for each in _read(config, name))


def _read(config: Config, name: str) -> Sequence[bytes]:
    site = (config.root / "site").resolve()
    path = (site / name).resolve()
    try:
        if not path.is_relative_to(site):
            raise ValueError("outside site/")
        return _ders(path.read_bytes())
    except (OSError, ValueError) as error:
        raise TodokeError(
            "setting_invalid",
            file="site/todoke.toml",
            field="card.anchors",
            rule=f"certificates in PEM below site/: {name}",
            next="see docs/reference.md",
        ) from error


def _there(path: Path) -> bytes:
    """What a file holds; nothing where there is none, because a card may lack one of the two."""
    return path.read_bytes() if path.exists() else b""


def _ders(pem: bytes) -> Sequence[bytes]:
    return [each.public_bytes(Encoding.DER) for each in x509.load_pem_x509_certificates(pem)]


def _is_pretend(der: bytes) -> bool:
    subject = x509.load_der_x509_certificate(der).subject
    named = subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    return PRETEND in {str(each.value) for each in named}


def _revoked(path: Path) -> set[int]:
    """Raises ValueError for a line that is no number: then nobody knows."""
    if not path.exists():
        return set()
    lines = (each.partition("#")[0].strip() for each in path.read_text("ascii").splitlines())
    return {int(each, 0) for each in lines if each}
