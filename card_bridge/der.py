"""Where a DER value ends. Card files hold filler after the certificate, so the file's length
says nothing; the value's own header does (ITU-T X.690 section 8.1.3)."""

from __future__ import annotations

from card_bridge.errors import BridgeError

#: longest header looked at: tag, one byte of count, two bytes of length (up to 65,535)
HEADER = 4
_SEQUENCE = 0x30


def whole_length(start: bytes) -> int:
    """Bytes of the SEQUENCE that begins here, header included.

    start: its first ``HEADER`` bytes or more. Raises ``card_failed`` for another tag, an
    indefinite or needlessly long length (DER forbids both), and for more than two length bytes.
    """
    if len(start) < 2 or start[0] != _SEQUENCE:
        raise BridgeError("card_failed")
    first = start[1]
    if first < 0x80:
        return 2 + first
    count = first & 0x7F
    if count not in (1, 2) or len(start) < 2 + count:
        raise BridgeError("card_failed")
    length = int.from_bytes(start[2 : 2 + count], "big")
    if length < 0x80 or (count == 2 and length < 0x100):
        raise BridgeError("card_failed")
    return 2 + count + length
