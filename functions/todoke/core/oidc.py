"""Login with デジタル認証アプリ: what its provider is asked, and what its answer proves. Pure.

OpenID Connect Core 1.0, one way through it: authorization code, PKCE S256 (RFC 7636), the client
proves itself by a signature (private_key_jwt, section 9), ES256 alone. Of the person the city
learns the provider's name for her at this city (``sub``) and how she proved herself (``acr``), no
more: only ``openid`` is asked for.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from cryptography.hazmat.primitives.asymmetric import ec

from todoke.core import jws
from todoke.core.errors import TodokeError

#: purposes of challenges
LOGIN, ADD = "app_login", "app_add"
#: how far two clocks that are both kept right may be apart
LEEWAY_SECONDS = 30
#: an id token is made while we wait for it; an older one was made for something else
MAX_AGE_OF_TOKEN_SECONDS = 5 * 60
#: our own signature is looked at once, right away
ASSERTION_SECONDS = 60
#: OpenID Connect Core section 2: at most 255 ASCII characters
MAX_SUBJECT = 255
#: RFC 6749 leaves the length of a code open; the longest seen is below 1,000
MAX_CODE = 2048
MAX_ISSUER = 255
#: base64url, 256 bits
STATE_LETTERS = 43
_CODE = re.compile(rf"[\x20-\x7e]{{1,{MAX_CODE}}}")


@dataclass(frozen=True, slots=True)
class Client:
    """The city at its provider. acr: what it accepts as proof, None for no matter. max_age: how
    many seconds ago a person may have proved herself there, 0 for no matter."""

    id: str
    redirect_uri: str
    acr: tuple[str, ...] | None
    max_age: int


@dataclass(frozen=True, slots=True)
class Provider:
    """Addresses of a provider. names_itself: whether each of its answers says whose it is (RFC
    9207). goodbye: where somebody ends her session there (OpenID Connect RP-Initiated Logout 1.0),
    or ""."""

    issuer: str
    authorization: str
    token: str
    keys: str
    names_itself: bool
    goodbye: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """One login. state: of our challenge. nonce: comes back inside the token. verifier: whoever
    shows the code must know it."""

    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the provider sent the browser back with. iss: whose it says it is, or None."""

    state: str
    code: str
    iss: str | None


def refused(rule: str) -> TodokeError:
    """One error for all that can be wrong; the rule stands in the record of acts only."""
    return TodokeError("app_refused", rule=rule)


# ------------------------------------------------------------------------------- asking
def provider(document: Mapping[str, Any], issuer: str) -> Provider:
    """What a provider tells of itself (OpenID Connect Discovery 1.0 section 3). Every address must
    be of the issuer's own host: a document that somebody changed leads nowhere else.

    Raises jws.NoTokenError."""
    if document.get("issuer") != issuer:
        raise jws.NoTokenError("issuer")
    names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    found = [document.get(each) for each in names]
    if not all(isinstance(each, str) and _is_beside(each, issuer) for each in found):
        raise jws.NoTokenError("endpoint")
    signs = document.get("id_token_signing_alg_values_supported", [])
    if jws.ALGORITHM not in signs:
        raise jws.NoTokenError("algorithm")
    authorization, token, keys = (str(each) for each in found)
    names_itself = document.get("authorization_response_iss_parameter_supported") is True
    goodbye = document.get("end_session_endpoint")
    kept = goodbye if isinstance(goodbye, str) and _is_beside(goodbye, issuer) else ""
    return Provider(issuer, authorization, token, keys, names_itself, kept)


def address(provider: Provider, client: Client, question: Question) -> str:
    """The provider's page, where the browser goes."""
    digest = hashlib.sha256(question.verifier.encode("ascii")).digest()
    asked = {
        "response_type": "code",
        "client_id": client.id,
        "redirect_uri": client.redirect_uri,
        "scope": "openid",
        "state": question.state,
        "nonce": question.nonce,
        "code_challenge": jws.to_text(digest),
        "code_challenge_method": "S256",
        **({"acr_values": " ".join(client.acr)} if client.acr else {}),
        **({"max_age": str(client.max_age)} if client.max_age else {}),
    }
    return f"{provider.authorization}?{urlencode(asked)}"


def redemption(client: Client, code: str, verifier: str, proof: str) -> dict[str, str]:
    """The form in which a code is shown (RFC 6749 section 4.1.3). proof: of ``assertion``."""
    return {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": client.redirect_uri,
        "client_id": client.id,
        "code_verifier": verifier,
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": proof,
    }


def assertion(
    provider: Provider, client: Client, key: ec.EllipticCurvePrivateKey, now: int, id: str
) -> str:
    """Our proof that it is us (RFC 7523 section 3), good once and for a minute. id: chance.

    Its audience is the issuer and nothing else: an address of the provider could be told to us by
    another one, who would then use our proof there (OpenID Foundation, notice of January 2025)."""
    claims = {
        "iss": client.id,
        "sub": client.id,
        "aud": provider.issuer,
        "jti": id,
        "iat": now,
        "exp": now + ASSERTION_SECONDS,
    }
    return jws.sign(key, claims)


# ------------------------------------------------------------------------------ reading
def read(body: Mapping[str, object]) -> Answer:
    """The fields of a request: state, code, and iss where the provider sent one. Raises
    ``app_refused``."""
    if not {"state", "code"} <= set(body) <= {"state", "code", "iss"}:
        raise refused("app_shape")
    if not all(isinstance(each, str) for each in body.values()):
        raise refused("app_shape")
    state, code, iss = (body.get(each) for each in ("state", "code", "iss"))
    if not re.fullmatch(rf"[A-Za-z0-9_-]{{{STATE_LETTERS}}}", str(state)):
        raise refused("app_shape")
    if not _CODE.fullmatch(str(code)) or (iss is not None and len(str(iss)) > MAX_ISSUER):
        raise refused("app_shape")
    return Answer(str(state), str(code), None if iss is None else str(iss))


def check_sender(provider: Provider, iss: str | None) -> None:
    """The answer is this provider's (RFC 9207 section 2.4): a code of another one is never shown to
    this. Raises ``app_refused``."""
    if iss is None:
        if provider.names_itself:
            raise refused("app_sender")
    elif iss != provider.issuer:
        raise refused("app_sender")


def token_of(answer: Mapping[str, Any]) -> tuple[str, str | None]:
    """(id token, access token) of what the token endpoint answered. Raises ``app_refused``."""
    id_token, access = answer.get("id_token"), answer.get("access_token")
    if not isinstance(id_token, str) or not isinstance(access, str | None):
        raise refused("app_answer")
    if str(answer.get("token_type", "")).lower() != "bearer":
        raise refused("app_answer")
    return id_token, access


# ----------------------------------------------------------------------------- checking
def subject(
    claims: Mapping[str, Any],
    provider: Provider,
    client: Client,
    question: Question,
    now: int,
    access: str | None = None,
) -> str:
    """Who it is, by the claims of a verified token (OpenID Connect Core section 3.1.3.7). now: unix
    seconds by our own clock. access: the access token that came with it.

    Raises ``app_refused`` with the rule that is broken."""
    rules = {
        "app_issuer": claims.get("iss") == provider.issuer,
        "app_audience": claims.get("aud") in (client.id, [client.id]),
        "app_party": claims.get("azp", client.id) == client.id,
        "app_nonce": hmac.compare_digest(
            str(claims.get("nonce", "")).encode(), question.nonce.encode()
        ),
        "app_time": _is_now(claims, now),
        "app_auth_time": _is_recent(claims, client.max_age, now),
        "app_acr": client.acr is None or _is_among(claims.get("acr"), client.acr),
        "app_at_hash": "at_hash" not in claims or claims["at_hash"] == _half_hash(access),
        "app_subject": _is_subject(claims.get("sub")),
    }
    broken = [rule for rule, holds in rules.items() if not holds]
    if broken:
        raise refused(broken[0])
    return str(claims["sub"])


def proved_at(claims: Mapping[str, Any]) -> int:
    """When she proved herself at the provider, unix seconds, by the claims of a checked token; 0
    where it does not say."""
    when = claims.get("auth_time")
    return int(str(when)) if _is_time(when) else 0


def _is_among(proof: object, accepted: tuple[str, ...]) -> bool:
    return isinstance(proof, str) and proof in accepted


def _is_now(claims: Mapping[str, Any], now: int) -> bool:
    times = [claims.get("exp"), claims.get("iat"), claims.get("nbf", claims.get("iat"))]
    if not all(map(_is_time, times)):
        return False
    ends, made, begins = (int(str(each)) for each in times)
    if begins > now + LEEWAY_SECONDS:
        return False
    oldest = now - MAX_AGE_OF_TOKEN_SECONDS - LEEWAY_SECONDS
    return ends > now - LEEWAY_SECONDS and oldest <= made <= now + LEEWAY_SECONDS


def _is_recent(claims: Mapping[str, Any], max_age: int, now: int) -> bool:
    """Section 3.1.2.1: where max_age was asked, the token must say when."""
    if not max_age:
        return True
    when = claims.get("auth_time")
    if not _is_time(when):
        return False
    # she also had all the time of the challenge to come back
    oldest = now - max_age - MAX_AGE_OF_TOKEN_SECONDS - LEEWAY_SECONDS
    return bool(oldest <= int(str(when)) <= now + LEEWAY_SECONDS)


def _is_time(value: object) -> bool:
    """Whole seconds; ``True`` is a number for Python."""
    return type(value) is int and 0 < value < 2**53


def _is_subject(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= MAX_SUBJECT and value.isascii()


def _half_hash(access: str | None) -> str | None:
    """Section 3.1.3.6: the left half of the hash of the access token."""
    if access is None or not access.isascii():
        return None
    return jws.to_text(hashlib.sha256(access.encode("ascii")).digest()[:16])


def _is_beside(url: str, issuer: str) -> bool:
    """Same scheme, host and port, with nothing that two readers could read differently."""
    plain = re.fullmatch(r"[A-Za-z0-9._~!$&'()*+,;=:/%-]+", url)
    one, other = urlsplit(url), urlsplit(issuer)
    return bool(plain) and (one.scheme, one.netloc) == (other.scheme, other.netloc)
