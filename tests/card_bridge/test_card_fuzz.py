"""Whatever a card answers, wherever in a login: no crash, no hang, no second try of a PIN, and no
signature that does not hold."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from card_bridge import login
from card_bridge.consent import Hangup
from card_bridge.errors import BridgeError
from card_bridge.login import Desk
from card_bridge.pretend_card import PoweredCard
from card_bridge.pretend_folder import PretendFolder
from card_bridge.protocol import Purpose
from card_bridge.transport import Card
from tests.card_bridge.at_reader import ASKED, MESSAGE, ORIGIN, Typing, sign_in
from tests.parts.pcscd import Pcscd
from tests.parts.virtual_card import VirtualCard

Change = Callable[[bytes], bytes]
#: commands of a login, and some for what a strange answer makes the bridge ask besides
COMMANDS = 24
_STATUSES = (
    "9000", "6282", "6300", "63C0", "63C1", "63CF", "6700", "6982", "6983", "6984", "6A82", "6B00",
    "6C00", "6C10", "6CFF", "6100", "6110", "61FF", "6D00", "6F00",
)  # fmt: skip
_changes: st.SearchStrategy[Change] = st.one_of(
    st.binary(min_size=1, max_size=300).map(lambda told: lambda _answer: told),
    st.sampled_from(_STATUSES).map(lambda s: lambda answer: answer[:-2] + bytes.fromhex(s)),
    st.sampled_from(_STATUSES).map(lambda s: lambda _answer: bytes.fromhex(s)),
    st.integers(0, 257).map(lambda size: lambda answer: answer[:size] + b"\x90\x00"),
    st.builds(lambda at, bits: _flipping(at, bits), st.integers(0, 257), st.integers(1, 255)),
    st.binary(min_size=1, max_size=20).map(lambda m: lambda a: a[:-2] + m + a[-2:]),
)
_login_changes = st.dictionaries(st.integers(1, COMMANDS), _changes, max_size=4)


def _flipping(at: int, bits: int) -> Change:
    def flipped(answer: bytes) -> bytes:
        if at >= len(answer):
            return answer
        return answer[:at] + bytes([answer[at] ^ bits]) + answer[at + 1 :]

    return flipped


def _as_it_is(answer: bytes) -> bytes:
    return answer


class Changed:
    """A reader whose card answers as it should but for some commands, counted from 1."""

    kind = "present"

    def published(self, _purpose: Purpose) -> None:
        pass

    def pad(self, _card: Card) -> None:
        pass

    def __init__(self, folder: PretendFolder, changes: Mapping[int, Change]) -> None:
        self._powered, self._changes = PoweredCard(folder), changes
        self.told: list[bytes] = []

    @contextmanager
    def card(self) -> Iterator[Card]:
        yield self

    def exchange(self, apdu: bytes | bytearray) -> bytes:
        self.told.append(bytes(apdu))
        answer = self._powered.exchange(apdu)
        return self._changes.get(len(self.told), _as_it_is)(answer)


def holds(said: Mapping[str, str]) -> bool:
    """Independently of the program's own check."""
    certificate = x509.load_der_x509_certificate(base64.b64decode(said["certificate"]))
    key, signature = certificate.public_key(), base64.b64decode(said["signature"])
    if isinstance(key, rsa.RSAPublicKey):
        key.verify(signature, MESSAGE, padding.PKCS1v15(), SHA256())
        return said["algorithm"] == "RS256"
    assert isinstance(key, ec.EllipticCurvePublicKey)
    key.verify(signature, MESSAGE, ec.ECDSA(SHA384()))
    return said["algorithm"] == "ES384"


@pytest.fixture(scope="module", params=["RS256", "ES384"])
def made_of(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> PretendFolder:
    return PretendFolder(tmp_path_factory.mktemp("fuzz") / "card", request.param)


@settings(max_examples=150, suppress_health_check=list(HealthCheck), deadline=None)
@given(changes=_login_changes)
@example(changes={})
@example(changes={18: lambda _answer: b"\x90\x00"}).via("a signature of no bytes")
@example(changes={16: lambda _answer: b"\x90\x00", 18: _flipping(9, 1)}).via(
    "one bit of the signature is wrong"
)
def test_a_login_ends_with_a_named_error_or_a_signature_that_holds(
    made_of: PretendFolder, changes: Mapping[int, Change]
) -> None:
    made_of.keep("1234", 3)
    reader, person = Changed(made_of, changes), Typing()
    outcome = ""
    try:
        said = login.authenticate(Desk(reader, person), ASKED, ORIGIN, Hangup())
    except BridgeError as error:
        outcome = error.code
    assert outcome.partition("_")[0] in ("card", "pin") if outcome else holds(said)
    assert len(reader.told) < 5000
    shown = [each for each in reader.told if each[1] == 0x20 and len(each) > 5]
    assert len(shown) <= 1


@pytest.mark.real
@settings(max_examples=8, suppress_health_check=list(HealthCheck), deadline=None)
@given(changes=_login_changes)
def test_the_same_through_a_real_reader(
    running_pcscd: Pcscd, card_folder: PretendFolder, changes: Mapping[int, Change]
) -> None:
    card_folder.keep("1234", 3)
    running_pcscd.sees(card=False)
    with VirtualCard(card_folder, running_pcscd.ports[0]) as card:
        card.answering = lambda powered, apdu: changes.get(len(card.told), _as_it_is)(
            powered.exchange(apdu)
        )
        running_pcscd.sees()
        outcome = sign_in()  # which looks at the signature again
        assert outcome == "RS256" or outcome.partition("_")[0] in ("card", "pin")
        assert card.tries() <= 1
