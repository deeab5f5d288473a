"""Passkeys (WebAuthn level 3): what a browser is asked, and what its answer proves. Pure.

The signatures are checked by py_webauthn. What is decided here: only a credential that the
authenticator itself can find again (discoverable) and that asks for a finger, a face or a PIN
(user verification); no attestation, because no make of phone is refused; three algorithms.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from todoke.core.errors import TodokeError

#: purposes of challenges: a login, the first one of a new account, one more of an account
LOGIN, NEW, MORE = "passkey_login", "passkey_new", "passkey_more"
#: ES256, EdDSA, RS256 (RFC 9053, RFC 8812), the one phones prefer first
ALGORITHMS = (-7, -8, -257)
#: how long the browser waits for the person, milliseconds; the challenge itself ends by our clock
WAIT_MS = 300_000
#: WebAuthn section 5.8.4: a credential id has at most 1,023 bytes
MAX_ID_BYTES = 1023
#: client data hold a challenge, an origin and a type
MAX_CLIENT_DATA_BYTES = 4096
#: no attestation is asked for; a stranger's may still hold a chain of certificates
MAX_ATTESTATION_BYTES = 16 * 1024
MAX_SIGNATURE_BYTES = 1024
MAX_HANDLE_BYTES = 64
#: letters of the name a person gives a passkey
MAX_NAME = 40
#: a P-256 key in COSE (RFC 9052 section 7) whose private half was thrown away: the generator of
#: the curve itself stands for nobody
NOBODYS_KEY = bytes.fromhex(
    "a5010203262001"
    "2158206b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
    "2258204fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
)


@dataclass(frozen=True, slots=True)
class Site:
    """Whose passkeys: rp_id is the host, origin the one page origin that may use them; name: what
    the phone shows."""

    rp_id: str
    origin: str
    name: str


@dataclass(frozen=True, slots=True)
class Made:
    """A new passkey. id, key: bytes (the key in COSE, RFC 9052). count: its signature counter."""

    id: bytes
    key: bytes
    count: int


@dataclass(frozen=True, slots=True)
class New:
    """What a browser answered to ``creation``."""

    id: str
    client_data: bytes
    attestation: bytes


@dataclass(frozen=True, slots=True)
class Shown:
    """What a browser answered to ``request``. handle: the account the authenticator names."""

    id: str
    client_data: bytes
    authenticator_data: bytes
    signature: bytes
    handle: str


# ------------------------------------------------------------------------------- asking
def creation(
    site: Site, nonce: str, account: str, label: str, known: Sequence[str]
) -> dict[str, Any]:
    """Options for ``navigator.credentials.create`` (binary values in base64url). label: what the
    phone lists the passkey under. known: ids of those the account has: one phone makes one."""
    return {
        "rp": {"id": site.rp_id, "name": site.name},
        "user": {"id": _text(account.encode()), "name": label, "displayName": label},
        "challenge": nonce,
        "pubKeyCredParams": [{"type": "public-key", "alg": each} for each in ALGORITHMS],
        "timeout": WAIT_MS,
        "excludeCredentials": [{"type": "public-key", "id": each} for each in known],
        "authenticatorSelection": {
            "residentKey": "required",
            "requireResidentKey": True,
            "userVerification": "required",
        },
        "attestation": "none",
    }


def request(site: Site, nonce: str) -> dict[str, Any]:
    """Options for ``navigator.credentials.get``: no list of credentials, the phone knows its
    own."""
    return {
        "rpId": site.rp_id,
        "challenge": nonce,
        "timeout": WAIT_MS,
        "userVerification": "required",
        "allowCredentials": [],
    }


# ------------------------------------------------------------------------------ reading
def read_new(body: Mapping[str, object]) -> New:
    """Raises ``passkey_refused`` for another shape."""
    fields = _fields(body, "id", "clientDataJSON", "attestationObject")
    return New(
        _id(fields["id"]),
        _bytes(fields["clientDataJSON"], MAX_CLIENT_DATA_BYTES),
        _bytes(fields["attestationObject"], MAX_ATTESTATION_BYTES),
    )


def read_shown(body: Mapping[str, object]) -> Shown:
    """Raises ``passkey_refused`` for another shape."""
    names = ("id", "clientDataJSON", "authenticatorData", "signature", "userHandle")
    fields = _fields(body, *names)
    return Shown(
        _id(fields["id"]),
        _bytes(fields["clientDataJSON"], MAX_CLIENT_DATA_BYTES),
        _bytes(fields["authenticatorData"], MAX_CLIENT_DATA_BYTES),
        _bytes(fields["signature"], MAX_SIGNATURE_BYTES),
        _bytes(fields["userHandle"], MAX_HANDLE_BYTES).decode("ascii", "replace"),
    )


def nonce_of(client_data: bytes) -> str:
    """The challenge that client data answer. Raises ``passkey_refused``."""
    try:
        found = json.loads(client_data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise refused("passkey_shape") from error
    nonce = found.get("challenge") if isinstance(found, dict) else None
    if not isinstance(nonce, str):
        raise refused("passkey_shape")
    return nonce


# ----------------------------------------------------------------------------- checking
def made(site: Site, nonce: str, answer: New) -> Made:
    """The passkey of an answer to ``creation``. Raises ``passkey_refused``."""
    import webauthn  # 0.2 s and what it brings: only those who log in wait for it
    from webauthn.helpers.cose import COSEAlgorithmIdentifier

    try:
        found = webauthn.verify_registration_response(
            credential=_credential(answer.id, _response(answer)),
            expected_challenge=_bytes(nonce, MAX_CLIENT_DATA_BYTES),
            expected_rp_id=site.rp_id,
            expected_origin=site.origin,
            require_user_verification=True,
            supported_pub_key_algs=[COSEAlgorithmIdentifier(each) for each in ALGORITHMS],
        )
    except Exception as error:  # a stranger's bytes: the library raises whatever its parsers do
        raise refused("passkey_proof") from error
    if found.credential_id != _bytes(answer.id, MAX_ID_BYTES):
        raise refused("passkey_proof")
    return Made(found.credential_id, found.credential_public_key, found.sign_count)


def shown(site: Site, nonce: str, answer: Shown, key: bytes, count: int) -> int:
    """The new signature counter of a passkey that proved itself. key, count: as they are stored.
    Raises ``passkey_refused``, also for a counter that went back: then there are two of it."""
    import webauthn

    try:
        found = webauthn.verify_authentication_response(
            credential=_credential(answer.id, _response(answer)),
            expected_challenge=_bytes(nonce, MAX_CLIENT_DATA_BYTES),
            expected_rp_id=site.rp_id,
            expected_origin=site.origin,
            credential_public_key=key,
            credential_current_sign_count=count,
            require_user_verification=True,
        )
    except Exception as error:  # as above
        raise refused("passkey_proof") from error
    return found.new_sign_count


def refused(rule: str) -> TodokeError:
    """One error for all that can be wrong; the rule stands in the record of acts only."""
    return TodokeError("passkey_refused", rule=rule)


def _response(answer: New | Shown) -> dict[str, str]:
    if isinstance(answer, New):
        return {
            "clientDataJSON": _text(answer.client_data),
            "attestationObject": _text(answer.attestation),
        }
    return {
        "clientDataJSON": _text(answer.client_data),
        "authenticatorData": _text(answer.authenticator_data),
        "signature": _text(answer.signature),
        "userHandle": _text(answer.handle.encode()),
    }


def _credential(id: str, response: dict[str, str]) -> dict[str, Any]:
    return {"id": id, "rawId": id, "type": "public-key", "response": response}


def _fields(body: Mapping[str, object], *names: str) -> dict[str, str]:
    if set(body) != set(names) or not all(isinstance(body[each], str) for each in names):
        raise refused("passkey_shape")
    return {each: str(body[each]) for each in names}


def _id(text: str) -> str:
    _bytes(text, MAX_ID_BYTES)
    return text


def _bytes(text: str, most: int) -> bytes:
    """base64url without padding, written the one way it can be (RFC 4648 section 3.5)."""
    if len(text) > 4 * -(-most // 3):
        raise refused("passkey_shape")
    try:
        found = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise refused("passkey_shape") from error
    if not 0 < len(found) <= most or _text(found) != text:
        raise refused("passkey_shape")
    return found


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
