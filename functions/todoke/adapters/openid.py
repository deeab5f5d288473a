"""An OpenID Connect provider over HTTP: what it tells of itself, its keys, and a code redeemed.

Everything it says is a stranger's until it is checked (core/oidc.py). Each call has one deadline
from the first byte to the last, a limit of bytes, no redirect and no proxy; only so many are under
way at once, so that a slow provider holds no more of our threads.
"""

from __future__ import annotations

import http.client
import logging
import secrets
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode, urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from todoke.adapters.guarded_connection import BlockedError, Connection, Reach, connect
from todoke.config import Config
from todoke.core import jws, oidc
from todoke.core.endpoint import Endpoint
from todoke.core.errors import TodokeError
from todoke.core.oidc import Answer, Client, Provider, Question
from todoke.ports import Clock

LOG = logging.getLogger("todoke.openid")
#: what a provider tells of itself changes with its versions, its keys every few weeks
KEPT_SECONDS = 3600
#: a token names a key we have never seen: its set is asked for anew, and not again for a minute,
#: whatever strangers send
KEYS_REST_SECONDS = 60
#: after a failure nobody is kept waiting for the next one
FAILED_REST_SECONDS = 5
#: calls at once; a login makes one
MOST_CALLS = 4
#: of what a provider tells of itself (about 6 kB), its keys, and a token
MAX_BYTES = 64 * 1024
_JSON = {"Accept": "application/json"}
_FORM = {**_JSON, "Content-Type": "application/x-www-form-urlencoded"}
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Place:
    """A provider in the settings. key: our own. inside: whether it may stand in the city's own
    network."""

    issuer: str
    client: Client
    key: ec.EllipticCurvePrivateKey
    inside: bool = False


class OpenIdClient:
    """One provider and we. Threads may share it."""

    def __init__(self, place: Place, clock: Clock, reach: Reach) -> None:
        self._clock, self._reach, self._place = clock, reach, place
        self._key, self._client, self._issuer = place.key, place.client, place.issuer
        self._calls = threading.BoundedSemaphore(MOST_CALLS)
        self._provider: tuple[int, Provider] | None = None
        self._keys: tuple[int, Mapping[str, ec.EllipticCurvePublicKey]] | None = None
        self._rests_until = 0

    @property
    def issuer(self) -> str:
        """Whose subjects these are."""
        return self._issuer

    def answered(
        self, client: Client, question: Question, answer: Answer
    ) -> tuple[str, Mapping[str, Any]]:
        """Who it is, and all that the token claims, once everything holds."""
        provider = self._known()
        oidc.check_sender(provider, answer.iss)
        token, access = oidc.token_of(self._redeemed(provider, answer.code, question.verifier))
        now = self._clock.unix()
        try:
            claims = jws.verified(token, self._keys_for(provider, jws.key_id(token)))
        except jws.NoTokenError as error:
            raise oidc.refused(f"app_token_{error}") from error
        return oidc.subject(claims, provider, client, question, now, access), claims

    def public_keys(self) -> Sequence[Mapping[str, str]]:
        """By which the provider knows that it is us (JWK)."""
        return [jws.public_jwk(self._key.public_key())]

    # ------------------------------------------------------------------------ the provider
    def _known(self) -> Provider:
        now, kept = self._clock.unix(), self._provider
        if kept is not None and 0 <= now - kept[0] < KEPT_SECONDS:
            return kept[1]
        url = f"{self._issuer.rstrip('/')}/.well-known/openid-configuration"
        found = self._read(url, lambda told: oidc.provider(told, self._issuer))
        self._provider = (now, found)
        return found

    def _keys_for(self, provider: Provider, kid: str) -> Mapping[str, ec.EllipticCurvePublicKey]:
        """The provider's keys; asked for anew when one is named that is not among them."""
        now, kept = self._clock.unix(), self._keys
        age = KEPT_SECONDS if kept is None else now - kept[0]
        rest = KEPT_SECONDS if kept is not None and kid in kept[1] else KEYS_REST_SECONDS
        if kept is not None and 0 <= age < rest:
            return kept[1]
        found = self._read(provider.keys, jws.public_keys)
        self._keys = (now, found)
        return found

    def _read(self, url: str, understand: Callable[[Mapping[str, Any]], T]) -> T:
        status, told = self._call("GET", url, _JSON, None)
        try:
            if status != 200:
                raise jws.NoTokenError(f"status {status}")
            return understand(jws.read_json(told))
        except jws.NoTokenError as error:
            raise self._failed(str(error)) from error

    def _redeemed(self, provider: Provider, code: str, verifier: str) -> Mapping[str, Any]:
        proof = oidc.assertion(
            provider, self._client, self._key, self._clock.unix(), secrets.token_urlsafe(24)
        )
        form = oidc.redemption(self._client, code, verifier, proof)
        status, told = self._call("POST", provider.token, _FORM, urlencode(form).encode("ascii"))
        try:
            said = jws.read_json(told)
        except jws.NoTokenError as error:
            if 400 <= status < 500:  # a wall before the provider, say: it is about this code alone,
                # and whoever made it up must not keep everybody else waiting
                LOG.warning("app_code_unread", extra={"status": status})
                raise TodokeError("app_unavailable") from error
            raise self._failed("garbage") from error
        if status == 200:
            return said
        if status == 400 and said.get("error") == "invalid_grant":
            raise oidc.refused("app_code")
        # invalid_client and the like: it is we who are wrong, and nobody's login will pass
        LOG.error("app_provider_refused", extra={"status": status})
        raise TodokeError("app_unavailable")

    # ------------------------------------------------------------------------------- calls
    def _call(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> tuple[int, bytes]:
        now = self._clock.unix()
        if now < self._rests_until <= now + FAILED_REST_SECONDS:
            raise TodokeError("app_unavailable", retry_after=FAILED_REST_SECONDS)
        if not self._calls.acquire(blocking=False):
            raise TodokeError("app_unavailable", retry_after=FAILED_REST_SECONDS)
        try:
            to = _endpoint(url, self._place.inside)
            raw = connect(to, self._reach, self._reach.tls)
            connection = Connection(to, raw, self._reach.exchange_seconds)
            try:
                return connection.ask(method, to.path, headers, body, MAX_BYTES)
            finally:
                connection.close()
        except (OSError, BlockedError, http.client.HTTPException, ValueError) as error:
            # of what failed only its kind: a text may hold what was sent
            raise self._failed(type(error).__name__) from None
        finally:
            self._calls.release()

    def _failed(self, kind: str) -> TodokeError:
        self._rests_until = self._clock.unix() + FAILED_REST_SECONDS
        LOG.warning("app_provider_unavailable", extra={"kind": kind})
        return TodokeError("app_unavailable", retry_after=FAILED_REST_SECONDS)


class OpenIdProvider(OpenIdClient):
    """Implements ``ports.AppLogin``. Raises ``setting_invalid`` for a key that cannot be read, when
    it is made: not at somebody's login."""

    def __init__(self, config: Config, clock: Clock, reach: Reach | None = None) -> None:
        """reach: the way out, for tests."""
        client = Client(
            id=config.oidc.client_id,
            redirect_uri=f"{config.origin_of(config.portal_host)}/login.html",
            acr=config.oidc.acr,
            max_age=config.oidc.max_age,
        )
        key = own_key(config.data / "keys" / config.oidc.key_file, "oidc.key_file")
        super().__init__(Place(config.oidc.issuer, client, key), clock, reach or Reach())

    def address(self, question: Question) -> str:
        """See ``ports.AppLogin.address``."""
        return oidc.address(self._known(), self._client, question)

    def subject(self, question: Question, answer: Answer) -> str:
        """See ``ports.AppLogin.subject``."""
        return self.answered(self._client, question, answer)[0]


def _endpoint(url: str, inside: bool) -> Endpoint:
    """Where an address of the provider leads; its host is the issuer's (core/oidc.py:provider)."""
    to = urlsplit(url)
    port = to.port or (443 if to.scheme == "https" else 80)
    path = (to.path or "/") + (f"?{to.query}" if to.query else "")
    local = to.scheme == "http"
    return Endpoint(to.scheme, to.hostname or "", port, path, local, inside and not local)


def own_key(file: Path, setting: str) -> ec.EllipticCurvePrivateKey:
    """The key of a file (PEM). Raises ``setting_invalid``."""
    try:
        key = load_pem_private_key(file.read_bytes(), None)
        if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name == "secp256r1":
            return key
        rule = "a P-256 key"
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm):
        rule = "a readable file with a P-256 key (PEM)"
    raise TodokeError(
        "setting_invalid",
        file="site/todoke.toml",
        field=setting,
        rule=rule,
        next="openssl ecparam -name prime256v1 -genkey -noout -out FILE",
    )
