"""What the bridge needs of a card in a reader: ``pcsc.open_pcsc`` and ``PretendCard`` give it."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from card_bridge.protocol import Purpose


class Card(Protocol):
    """A card that this program holds alone, powered."""

    def exchange(self, apdu: bytes | bytearray) -> bytes:
        """Sends one command APDU (ISO/IEC 7816-4); the answer, its two status bytes last.

        Raises ``card_pulled``, ``card_failed``, ``card_silent`` when it does not answer, or
        ``pcsc_stopped``.
        """
        ...


class Pad(Protocol):
    """The keys of the reader itself, by which a PIN goes to the card and not into this computer."""

    def enter(self, structure: bytes) -> bytes:
        """Lets the person type: PIN_VERIFY_STRUCTURE of PC/SC part 10 (``pinpad``); the two
        status bytes of the card, or of the reader. Returns when she is done.

        Raises what ``Card.exchange`` does, and ``pad_failed``."""
        ...

    def stop(self) -> None:
        """Ends the act while another thread waits in ``enter``; the card is lost with it."""
        ...


class Transport(Protocol):
    """Where a card comes from."""

    @property
    def kind(self) -> str:
        """``pretend`` or ``present``: the word that ``/v1/status`` says of a card that is there."""
        ...

    def published(self, purpose: Purpose) -> str | None:
        """The secret of a card that is none (the pretend one); None for every real card."""
        ...

    def card(self) -> AbstractContextManager[Card]:
        """Holds the card exclusively; on leaving it loses power, and with it the verified PIN.

        Raises ``no_reader``, ``no_card``, ``cards_many``, ``card_taken``, ``card_unknown`` …,
        ``no_pcsc``, ``pcsc_stopped``, ``pcsc_refused``, or ``busy``."""
        ...

    def pad(self, card: Card) -> Pad | None:
        """The keys of the reader that holds this card; None where it has none."""
        ...
