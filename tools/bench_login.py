"""Login: what a number for the card and checking its answer cost, beside our own limits and the
least there is to compute; how far apart refusals lie; a passkey in a real browser."""

from __future__ import annotations

import base64
import contextlib
import functools
import json
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from tests.parts.attacks import ATTACKS
from tests.parts.city import City
from tests.parts.hall import Hall
from tests.parts.pretend_signer import Authority, Card, rsa_key
from todoke import assemble
from todoke.adapters.fakes import TurnedClock
from todoke.core import token
from todoke.core.errors import TodokeError
from todoke.journeys import challenge, login
from tools.figure import ROUNDS, Figure, rate, rate_everywhere, versions

#: our own limits: a check, a number to sign, checks a second of a machine with two cores, a passkey
LIMIT_MS, CHALLENGE_MS, CHECKS, PASSKEY_MS = 3.0, 2.0, 400.0, 1000.0
#: requests of each kind, in turn, for how far apart refusals lie
REFUSALS = 60
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


def login_challenge() -> Iterator[Figure]:
    """Milliseconds of one core for a number to sign, stored and bound to its browser."""
    ours = []
    with tempfile.TemporaryDirectory() as folder:
        services = assemble.fake(Path(folder))
        for _ in range(ROUNDS):
            ours.append(1000 / rate(lambda: challenge.issue(services, "b" * 43, "login")))
    limit = [CHALLENGE_MS] * len(ours)
    yield Figure("login.challenge", "ms/core", "our own limit", ours, limit, versions())


def login_checks() -> Iterator[Figure]:
    """Checks a second while every processor checks at once."""
    card = Card()
    body, anchors = card.answer(NONCE, ORIGIN), [card.authority.der]
    message = token.signed_bytes(token.FETCH, token.LOGIN, ORIGIN, NONCE)

    check = functools.partial(_check, body, message, anchors)
    cores = os.cpu_count() or 1
    ours = [cores * rate_everywhere(check, 400) for _ in range(ROUNDS)]
    told = f"our own limit, 2 cores; {cores} here"
    yield Figure("login.checks", "1/s", told, ours, [CHECKS] * len(ours), versions("cryptography"))


def login_refused() -> Iterator[Figure]:
    """Milliseconds until a refusal, the kind of attack that waits longest beside the one that waits
    shortest (medians), with what moves the clock or the settings left out."""
    with tempfile.TemporaryDirectory() as folder:
        services = assemble.fake(Path(folder))
        clock = services.clock
        assert isinstance(clock, TurnedClock)
        hall = Hall(services, clock, services.config.data)
        Authority().trusted_in(services.config.data)
        kinds = {name: attack for name, (attack, _) in ATTACKS.items() if "minutes" not in name}
        longest, shortest = [], []
        for _ in range(ROUNDS):
            waited: dict[str, list[float]] = {name: [] for name in kinds}
            for _ in range(REFUSALS):
                for name, attack in kinds.items():
                    browser, body = attack(hall)
                    begun = time.perf_counter()
                    with contextlib.suppress(TodokeError):
                        login.login(services, browser, body)
                    waited[name].append(1000 * (time.perf_counter() - begun))
            medians = [statistics.median(each) for each in waited.values()]
            longest.append(max(medians))
            shortest.append(min(medians))
    yield Figure(
        "login.refused", "ms", "the kind that is refused soonest", longest, shortest,
        versions("cryptography"),
    )  # fmt: skip


def login_passkey() -> Iterator[Figure]:
    """Milliseconds from the press of the button to "logged in", in Chromium with its virtual
    authenticator and a city on this machine."""
    ours = []
    for _ in range(3):
        with tempfile.TemporaryDirectory() as folder, City.start(Path(folder) / "city") as city:
            code = city.ask("residents", "demo")["code"]
            job = {"url": city.url, "profile": f"{folder}/chromium", "code": code}
            done = subprocess.run(
                ["node", "tests/e2e/passkey.mjs"],
                input=json.dumps(job), capture_output=True, text=True, timeout=180, check=True,
            )  # fmt: skip
            ours.append(float(json.loads(done.stdout.splitlines()[-1])["milliseconds"]))
    limit = [PASSKEY_MS] * len(ours)
    yield Figure("login.passkey", "ms", "our own limit", ours, limit, versions("webauthn"))


def _check(body: Mapping[str, str], message: bytes, anchors: Sequence[bytes]) -> None:
    token.verify(token.read(body), message, anchors, NOW)


def _least(certificate: str, signature: str, message: bytes, card: Card) -> None:
    """The issuer's signature and the card's, and nothing else looked at."""
    leaf = x509.load_der_x509_certificate(base64.b64decode(certificate))
    issuer, own = card.authority.key.public_key(), leaf.public_key()
    assert isinstance(issuer, rsa.RSAPublicKey)
    assert isinstance(own, rsa.RSAPublicKey)
    issuer.verify(leaf.signature, leaf.tbs_certificate_bytes, padding.PKCS1v15(), SHA256())
    own.verify(base64.b64decode(signature), message, padding.PKCS1v15(), SHA256())
