"""Push messages: what sealing one costs, beside the least there is to compute and a peer."""

from __future__ import annotations

import base64
import contextlib
import json
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.parts.hostile_push import Certificates
from tests.parts.push_wire import AUTH, BODY, HOST, MESSAGE, POINT, SECRETS, Wire
from todoke.adapters.clock import SystemClock
from todoke.adapters.guarded_connection import Reach
from todoke.adapters.push_engine import PushEngine
from todoke.config import Config, PushConfig
from todoke.core.push_message import PADDED, seal
from todoke.ports import PushTarget
from tools.figure import ROUNDS, TIMES, Figure, core_seconds, rate, versions

#: messages of one round, in slices
SLICES, SLICE = 10, 500


def push_seal() -> Iterator[Figure]:
    """Messages sealed per core-second, against the least that RFC 8291 asks for (one key pair
    and one exchange), and against http_ece, which pywebpush uses."""
    browser = ec.generate_private_key(ec.SECP256R1())
    point = browser.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    auth, text = secrets.token_bytes(16), secrets.token_bytes(300)
    ours, limits, peers = [], [], []
    for _ in range(ROUNDS):
        ours.append(rate(lambda: seal(text, point, auth)))
        limits.append(rate(lambda: least()))
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


def push_send() -> Iterator[Figure]:
    """Messages sealed and sent to a sink over TLS, per core-second of our process: beside the
    least there is to compute, and beside two libraries that keep their connections and are given a
    token signed once: pywebpush with a session, web-push (Node) with a keep-alive agent."""
    ours, limits, peers, nodes = [], [], [], []
    with (
        tempfile.TemporaryDirectory() as folder,
        _sink(Path(folder)) as (port, trust),
        _engine(port, trust) as send,
    ):
        for _ in range(ROUNDS):
            mine, limit = _in_turns(lambda: send(SLICE), lambda: [least() for _ in range(SLICE)])
            ours.append(mine)
            limits.append(limit)
            peers.append(_pywebpush_rate(port, Path(folder), trust))
            nodes.append(_node_rate(port, Path(folder)))
    found = versions("cryptography", "pywebpush", "requests", "http-ece")
    yield Figure(
        "push.send_vs_limit", "messages/core-second",
        "one P-256 key generation and one exchange (cryptography)", ours, limits, found,
    )  # fmt: skip
    yield Figure(
        "push.send_vs_pywebpush", "messages/core-second",
        "pywebpush with a requests session", ours, peers, found,
    )  # fmt: skip
    yield Figure(
        "push.send_vs_node", "messages/core-second",
        "web-push with a keep-alive agent", ours, nodes, found | _node_versions(),
    )  # fmt: skip


@contextlib.contextmanager
def _sink(folder: Path) -> Iterator[tuple[int, Certificates]]:
    trust = Certificates(folder)
    trust.serving(HOST, "localhost")
    command = [sys.executable, "-m", "tools.http2_sink", str(folder / f"{HOST}.pem")]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield int(process.stdout.readline()), trust
    finally:
        process.communicate(timeout=20)


@contextlib.contextmanager
def _engine(port: int, trust: Certificates) -> Iterator[Callable[[int], None]]:
    """Sends so many messages; its connection is there."""
    wire, tls = Wire(port), trust.trusting()
    tls.set_alpn_protocols(["h2"])
    reach = Reach(wire.look_up, wire.dial, tls_h2=tls)
    config = Config(Path(), Path(), push=PushConfig("mailto:push@city.example", (HOST,)))
    engine = PushEngine(config, SECRETS, SystemClock(), reach)
    target = PushTarget(f"https://{HOST}/m/{'x' * 150}", POINT, AUTH)

    def send(count: int) -> None:
        for _, answer in engine.send_many((n, target, MESSAGE) for n in range(count)):
            assert answer.outcome == "accepted", answer

    send(200)
    yield send
    engine.close()


def _in_turns(ours: Callable[[], object], limit: Callable[[], object]) -> tuple[float, float]:
    """Messages per core-second of both, each computed a slice at a time: the processors of a shared
    machine are quicker in one second than in the next."""
    spent = [0.0, 0.0]
    for _ in range(SLICES):
        for which, act in enumerate((ours, limit)):
            before = core_seconds()
            act()
            spent[which] += core_seconds() - before
    return SLICES * SLICE / spent[0], SLICES * SLICE / spent[1]


def _pywebpush_rate(port: int, folder: Path, trust: Certificates) -> float:
    import requests
    from py_vapid import Vapid  # type: ignore[import-untyped]
    from pywebpush import WebPusher  # type: ignore[import-untyped]

    (folder / "ca.pem").write_bytes(trust.authority_pem)
    encode = base64.urlsafe_b64encode
    info = {
        "endpoint": f"https://localhost:{port}/m/{'x' * 150}",
        "keys": {"p256dh": encode(POINT).decode(), "auth": encode(AUTH).decode()},
    }
    claims = {"aud": f"https://localhost:{port}", "sub": "mailto:push@city.example"}
    signed = Vapid.from_pem(SECRETS.vapid_private).sign(claims)  # once, as we do
    text = BODY + bytes(PADDED - 1 - len(BODY))  # the same length on the wire
    with requests.Session() as session:
        session.verify, session.trust_env = str(folder / "ca.pem"), False

        def send() -> None:
            answer = WebPusher(info, requests_session=session).send(text, signed, ttl=600)
            assert answer.status_code == 201, answer.status_code

        return rate(send, TIMES // 2)


def _node_rate(port: int, folder: Path) -> float:
    words = [str(port), str(folder / "ca.pem"), str(TIMES * 5), str(PADDED - 1)]
    keys = [base64.urlsafe_b64encode(each).decode().rstrip("=") for each in (POINT, AUTH)]
    command = ["node", "tools/node_push.mjs", *words, *keys]
    told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return float(told.stdout)


def _node_versions() -> dict[str, str]:
    package = json.loads(Path("node_modules/web-push/package.json").read_text("utf-8"))
    node = subprocess.run(["node", "--version"], check=True, stdout=subprocess.PIPE, text=True)
    return {"web-push": str(package["version"]), "node": node.stdout.strip()}


def least() -> bytes:
    """The least that RFC 8291 asks for: one key pair and one exchange."""
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), POINT)
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
