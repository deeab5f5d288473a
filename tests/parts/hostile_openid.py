"""An OpenID Connect provider that answers properly, or wrongly in one chosen way.

    with HostileOpenId() as provider:
        services = provider.city(folder, clock)
        body = provider.back(app_login.ask(services, BROWSER))     # what the browser brings back
        provider.fault = "alg none"                                # from here on

Its signing key is its own; whoever has a code and the verifier gets a token, as the real one would
(RFC 6749 section 4.1.3), and our own proof is checked each time.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import socket
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from tests.parts.desk import Desk
from todoke import assemble
from todoke.core import jws
from todoke.ports import Clock, Services

CLIENT, ACR = "minatono-city", "aal3"
PERSON = "pairwise-subject-of-somebody-made-up"
#: of an access token that stands for nothing else
ACCESS = "access-token-of-nothing"


def b64(raw: bytes) -> str:
    """base64url without padding."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def written(value: Any) -> str:
    """A part of a token."""
    return b64(json.dumps(value).encode())


class HostileOpenId:
    """Listens on 127.0.0.1. fault: what it does wrongly. person: its subject. proved_ago: seconds
    since she proved herself. now: its clock."""

    def __init__(self) -> None:
        self.fault = ""
        self.person = PERSON
        self.proved_ago = 10
        self.now: Callable[[], int] = lambda: int(time.time())
        self.calls: list[str] = []
        self.proofs: list[dict[str, Any]] = []
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.other = ec.generate_private_key(ec.SECP256R1())
        self.codes: dict[str, dict[str, str]] = {}
        self._ours = ec.generate_private_key(ec.SECP256R1())
        self._ending = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def url(self) -> str:
        """Its issuer."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/realms/main"

    def __enter__(self) -> HostileOpenId:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ending.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)

    def city(self, folder: Path, clock: Clock | None = None, **oidc: Any) -> Services:
        """A city whose people log in here."""
        keys = folder / "keys"
        keys.mkdir(mode=0o700, parents=True, exist_ok=True)
        pem = self._ours.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (keys / "oidc.pem").write_bytes(pem)
        (keys / "oidc.pem").chmod(0o600)
        settings = {"issuer": self.url, "client_id": CLIENT, "acr": [ACR], **oidc}
        made = assemble.fake(folder, clock=clock, oidc=settings)
        self.now = made.clock.unix
        return made

    def of_clerks(self, folder: Path, **staff: Any) -> dict[str, Any]:
        """Settings of a city whose clerks come in here; then set ``now``."""
        keys = folder / "keys"
        keys.mkdir(mode=0o700, parents=True, exist_ok=True)
        pem = self._ours.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        (keys / "staff_oidc.pem").write_bytes(pem)
        (keys / "staff_oidc.pem").chmod(0o600)
        return {"staff": {"oidc": {"issuer": self.url, "client_id": CLIENT, **staff}}}

    def desk(self, folder: Path, **staff: Any) -> Desk:
        """A desk over an empty folder whose clerks come in here, by the clock of the desk."""
        made = Desk.open(folder, **self.of_clerks(folder, **staff))
        self.now = made.clock.unix
        return made

    def back(self, address: str) -> dict[str, str]:
        """The person agrees at the provider's page: state, code and iss."""
        asked = dict(parse_qsl(urlsplit(address).query))
        code = secrets.token_urlsafe(24)
        self.codes[code] = asked
        return {"state": asked["state"], "code": code, "iss": self.url}

    # ------------------------------------------------------------------------------ answers
    def document(self) -> dict[str, Any]:
        """What it tells of itself."""
        host = "http://127.0.0.1:1" if self.fault == "leads elsewhere" else self.url
        return {
            "issuer": "http://evil.example" if self.fault == "other document" else self.url,
            "authorization_endpoint": f"{self.url}/auth",
            "token_endpoint": f"{host}/token",
            "jwks_uri": f"{self.url}/certs",
            "end_session_endpoint": f"{self.url}/logout",
            "id_token_signing_alg_values_supported": ["ES256", "RS256"],
            "authorization_response_iss_parameter_supported": True,
        }

    def keys(self) -> dict[str, Any]:
        """Its public keys."""
        mine = jws.public_jwk(self.key.public_key())
        if self.fault == "kid twice":
            return {"keys": [mine, {**jws.public_jwk(self.other.public_key()), "kid": mine["kid"]}]}
        return {"keys": [{"kty": "RSA", "kid": "an RSA key", "n": "AQAB", "e": "AQAB"}, mine]}

    def redeem(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """A token for a code, once, for whoever knows its verifier and proves to be the city."""
        asked = self.codes.pop(form.get("code", ""), None)
        digest = b64(hashlib.sha256(form.get("code_verifier", "").encode()).digest())
        if asked is None or asked["code_challenge"] != digest:
            return 400, {"error": "invalid_grant"}
        if asked["redirect_uri"] != form.get("redirect_uri"):
            return 400, {"error": "invalid_grant"}
        keys = {jws.thumbprint(self._ours.public_key()): self._ours.public_key()}
        proof = jws.verified(form["client_assertion"], keys)
        assert (proof["iss"], proof["sub"], proof["aud"]) == (CLIENT, CLIENT, self.url)
        assert proof["jti"] not in [each["jti"] for each in self.proofs]
        assert 0 < proof["exp"] - proof["iat"] <= 60
        self.proofs.append(proof)
        token = self._token(self._claims(asked))
        return 200, {"access_token": ACCESS, "token_type": "Bearer", "id_token": token}

    def _claims(self, asked: dict[str, str]) -> dict[str, Any]:
        now = self.now()
        half = b64(hashlib.sha256(ACCESS.encode()).digest()[:16])
        good: dict[str, Any] = {
            "iss": self.url,
            "sub": self.person,
            "aud": CLIENT,
            "exp": now + 300,
            "iat": now,
            "auth_time": now - self.proved_ago,
            "nonce": asked["nonce"],
            "acr": ACR,
            "at_hash": half,
        }
        wrong = CLAIMS.get(self.fault)
        changed = {**good, **(wrong(now) if wrong else {})}
        return {name: value for name, value in changed.items() if value is not None}

    def _token(self, claims: dict[str, Any]) -> str:
        made = jws.sign(self.key, claims)
        header, body, _ = made.split(".")
        kid = jws.thumbprint(self.key.public_key())
        if self.fault == "alg none":
            return f"{written({'alg': 'none', 'kid': kid})}.{body}."
        if self.fault == "alg HS256 with the public key":
            head = written({"alg": "HS256", "kid": kid})
            pem = self.key.public_key().public_bytes(
                Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
            )
            mac = hmac.new(pem, f"{head}.{body}".encode(), hashlib.sha256).digest()
            return f"{head}.{body}.{b64(mac)}"
        if self.fault == "another key of the same name":
            signed = f"{header}.{body}"
            return signed + "." + jws.sign(self.other, claims).split(".")[2]
        if self.fault == "a key nobody knows":
            return jws.sign(self.other, claims)
        if self.fault == "a key in the header":
            jwk = {**jws.public_jwk(self.other.public_key()), "kid": kid}
            return _signed(self.other, {"alg": "ES256", "kid": kid, "jwk": jwk}, body)
        if self.fault == "signed well and named otherwise":
            return _signed(self.key, {"alg": "ES384", "kid": kid}, body)
        if self.fault == "no kid":
            return _signed(self.key, {"alg": "ES256"}, body)
        if self.fault == "must be understood":
            return _signed(self.key, {"alg": "ES256", "kid": kid, "crit": ["b64"]}, body)
        if self.fault == "signature of zeros":  # CVE-2022-21449
            return f"{header}.{body}.{b64(bytes(64))}"
        if self.fault == "signature cut":
            return made[:-4]
        if self.fault == "a name twice":
            twice = json.dumps(claims)[:-1] + ', "sub": "somebody else"}'
            return _signed(self.key, {"alg": "ES256", "kid": kid}, b64(twice.encode()))
        if self.fault == "token too long":
            return jws.sign(self.key, {**claims, "more": "A" * 20_000})
        if self.fault == "no token at all":
            return "hello"
        return made


#: fault -> the claims it changes; None leaves one out
CLAIMS: dict[str, Callable[[int], dict[str, Any]]] = {
    "another issuer": lambda _: {"iss": "https://evil.example"},
    "for another city": lambda _: {"aud": "another-city"},
    "for another city, too": lambda _: {"aud": [CLIENT, "another-city"], "azp": CLIENT},
    "to another party": lambda _: {"azp": "another-city"},
    "no audience": lambda _: {"aud": None},
    "another nonce": lambda _: {"nonce": "A" * 43},
    "no nonce": lambda _: {"nonce": None},
    "a nonce that is a list": lambda _: {"nonce": ["A"]},
    "expired": lambda now: {"exp": now - 31},
    "no end": lambda _: {"exp": None},
    "an end in words": lambda _: {"exp": "tomorrow"},
    "an end that is true": lambda _: {"exp": True},
    "from the future": lambda now: {"iat": now + 31},
    "not yet": lambda now: {"nbf": now + 31},
    "from yesterday": lambda now: {"iat": now - 86_400},
    "a weaker proof": lambda _: {"acr": "aal1"},
    "a proof like it": lambda _: {"acr": f"{ACR} "},
    "a list of proofs": lambda _: {"acr": [ACR]},
    "no proof named": lambda _: {"acr": None},
    "proved an hour ago": lambda now: {"auth_time": now - 3600},
    "proved who knows when": lambda _: {"auth_time": None},
    "another access token": lambda _: {"at_hash": "A" * 22},
    "nobody": lambda _: {"sub": None},
    "a subject without an end": lambda _: {"sub": "x" * 256},
    "an empty subject": lambda _: {"sub": ""},
    "a subject that is a number": lambda _: {"sub": 1},
}
TOKENS = (
    "alg none",
    "alg HS256 with the public key",
    "another key of the same name",
    "a key nobody knows",
    "a key in the header",
    "signed well and named otherwise",
    "no kid",
    "must be understood",
    "signature of zeros",
    "signature cut",
    "a name twice",
    "token too long",
    "no token at all",
)
#: the provider itself is out of order
OUTAGES = (
    "other document",
    "leads elsewhere",
    "kid twice",
    "garbage",
    "status 500",
    "redirect",
    "endless",
    "drips",
    "hangs up",
)


def _signed(key: ec.EllipticCurvePrivateKey, header: dict[str, Any], body: str) -> str:
    """Any header and body, truly signed."""
    from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
    from cryptography.hazmat.primitives.hashes import SHA256

    signed = f"{written(header)}.{body}"
    halves = decode_dss_signature(key.sign(signed.encode(), ec.ECDSA(SHA256())))
    return f"{signed}.{b64(b''.join(each.to_bytes(32, 'big') for each in halves))}"


def _handler(provider: HostileOpenId) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._tell(200, provider.keys() if "/certs" in self.path else provider.document())

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", "0"))
            form = parse_qs(self.rfile.read(length).decode("ascii"))
            if "<script>" in form["code"][0]:  # what stands before many servers says no to that
                self.send_response(403)
                self.end_headers()
                self.wfile.write(b"<html>Request blocked</html>")
                return
            self._tell(*provider.redeem({name: value[0] for name, value in form.items()}))

        def _tell(self, status: int, told: dict[str, Any]) -> None:
            provider.calls.append(self.path.rsplit("/", 1)[-1])
            body = json.dumps(told).encode()
            if provider.fault == "garbage":
                body = b"<html>maintenance</html>"
            if provider.fault == "status 500":
                status = 500
            if provider.fault == "redirect":
                self.send_response(302)
                self.send_header("Location", f"{provider.url}/auth")
                self.end_headers()
                return
            if provider.fault == "hangs up":
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            try:
                self._send(body)
            except OSError:
                return

        def _send(self, body: bytes) -> None:
            if provider.fault == "endless":
                while not provider._ending.is_set():
                    self.wfile.write(b" " * 8192)
            elif provider.fault == "drips":
                while not provider._ending.wait(0.2):
                    self.wfile.write(b" ")
            else:
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    return Handler
