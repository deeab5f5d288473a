"""Push messages: what sealing one costs, beside the least there is to compute and a peer."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from todoke.core.push_message import PADDED, seal
from tools.figure import ROUNDS, Figure, rate, versions


def push_seal() -> Iterator[Figure]:
    """Messages sealed per core-second, against the least that RFC 8291 asks for (one key pair
    and one exchange), and against http_ece, which pywebpush uses."""
    browser = ec.generate_private_key(ec.SECP256R1())
    point = browser.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    auth, text = secrets.token_bytes(16), secrets.token_bytes(300)
    ours, limits, peers = [], [], []
    for _ in range(ROUNDS):
        ours.append(rate(lambda: seal(text, point, auth)))
        limits.append(rate(lambda: _least(point)))
        peers.append(rate(lambda: _http_ece(text, point, auth)))
    found = versions("cryptography", "http-ece", "pywebpush")
    yield Figure(
        "push.seal_vs_limit", "messages/core-second",
        "one P-256 key generation and one exchange (cryptography)", ours, limits, found,
    )  # fmt: skip
    yield Figure(
        "push.seal_vs_http_ece", "messages/core-second",
        "http_ece.encrypt, aes128gcm, padded to the same length", ours, peers, found,
    )  # fmt: skip


def _least(point: bytes) -> bytes:
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    return ec.generate_private_key(ec.SECP256R1()).exchange(ec.ECDH(), theirs)


def _http_ece(text: bytes, point: bytes, auth: bytes) -> bytes:
    import http_ece  # type: ignore[import-untyped]

    # pywebpush makes a key for each message and gives it to http_ece like this
    key = ec.generate_private_key(ec.SECP256R1())
    padded = text + bytes(PADDED - 1 - len(text))
    sealed: bytes = http_ece.encrypt(
        padded, salt=secrets.token_bytes(16), private_key=key, dh=point, auth_secret=auth
    )
    return sealed
