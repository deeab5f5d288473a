"""Login: what checking a card's answer costs, beside the least there is to compute."""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from tests.parts.pretend_signer import Authority, Card, rsa_key
from todoke import assemble
from todoke.core import token
from tools.figure import ROUNDS, Figure, rate, versions

#: our own limit
LIMIT_MS = 3.0
ORIGIN, NONCE = "https://city.example", "n" * 43
NOW = datetime(2026, 11, 24, tzinfo=UTC)
#: the real authority has three generations with one name; the card's is tried last
GENERATIONS = 3


def login_verify() -> Iterator[Figure]:
    """Milliseconds of one core for a whole check: body read, certificate parsed, chain found
    among three anchors of one name, use, signature, revocation asked of the adapter."""
    card = Card()
    body = card.answer(NONCE, ORIGIN)
    anchors = [Authority(key=rsa_key(f"older {n}")).der for n in range(GENERATIONS - 1)]
    anchors.append(card.authority.der)
    message = token.signed_bytes(token.FETCH, token.LOGIN, ORIGIN, NONCE)
    found = versions("cryptography")
    ours, peers = [], []
    with tempfile.TemporaryDirectory() as folder:
        services = assemble.fake(Path(folder))
        card.authority.trusted_in(services.config.data)

        def check() -> None:
            services.card.anchors()
            proof = token.verify(token.read(body), message, anchors, NOW)
            assert services.card.revocation(proof.certificate, proof.issuer) == "good"

        for _ in range(ROUNDS):
            ours.append(1000 / rate(check))
            peers.append(
                1000 / rate(lambda: _least(body["certificate"], body["signature"], message, card))
            )
    limit = [LIMIT_MS] * len(ours)
    yield Figure("login.verify_vs_limit", "ms/core", "our own limit", ours, limit, found)
    yield Figure(
        "login.verify_vs_least", "ms/core",
        "parsing the certificate and two RSA-2048 verifications (cryptography)",
        ours, peers, found,
    )  # fmt: skip


def _least(certificate: str, signature: str, message: bytes, card: Card) -> None:
    """The issuer's signature and the card's, and nothing else looked at."""
    leaf = x509.load_der_x509_certificate(base64.b64decode(certificate))
    issuer, own = card.authority.key.public_key(), leaf.public_key()
    assert isinstance(issuer, rsa.RSAPublicKey)
    assert isinstance(own, rsa.RSAPublicKey)
    issuer.verify(leaf.signature, leaf.tbs_certificate_bytes, padding.PKCS1v15(), SHA256())
    own.verify(base64.b64decode(signature), message, padding.PKCS1v15(), SHA256())
