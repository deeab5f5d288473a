"""The keys of a reader (PIN pad): the person types there, the reader shows the PIN to the card, and
no program of this computer ever has it.

(PC/SC Workgroup, Interoperability Specification part 10, "IFDs with Secure PIN Entry Capabilities":
sections 2.2, 2.5.2 and 2.6; constants as in pcsc-lite's reader.h.) No reader with keys was there to
try this with: the bytes follow the standard and what GnuPG and OpenSC send, and a stand-in for the
reader's driver has taken them (tests/parts/pin_pad.c).
"""

from __future__ import annotations

import struct

from card_bridge.errors import BridgeError

#: seconds the reader waits for a key; one byte, and some readers refuse much more
ENTRY_SECONDS = 60
#: seconds the computer waits for the reader: drivers add theirs
PATIENCE_SECONDS = ENTRY_SECONDS + 35
_VERIFY_PIN_DIRECT = 0x06
#: bytes of the structure before the command
_HEADER = struct.Struct("<BBBBBHBBHBBBBI")
#: units are bytes, the PIN begins at the first byte of the data, left, in ASCII
_FORMAT = 0x80 | 0 << 3 | 0 << 2 | 0x02
_VALIDATION_KEY = 0x02
_ONE_MESSAGE = 0x01
#: US English: the number that every reader knows; our own window speaks the person's language
_LANGUAGE = 0x0409
_TIMEOUT, _CANCELLED, _DIFFERENT, _LENGTH, _REFUSED = 0x6400, 0x6401, 0x6402, 0x6403, 0x6B80


def verify_code(features: bytes) -> int | None:
    """The control code by which this reader asks for a PIN, from its answer to
    CM_IOCTL_GET_FEATURE_REQUEST (tag, length, value; big endian); None when it has no keys."""
    at = 0
    while at + 2 <= len(features):
        tag, length = features[at], features[at + 1]
        value = features[at + 2 : at + 2 + length]
        if tag == _VERIFY_PIN_DIRECT and length == len(value) == 4:
            return int.from_bytes(value, "big")
        at += 2 + length
    return None


def structure(digits: int) -> bytes:
    """PIN_VERIFY_STRUCTURE for a PIN of so many digits: VERIFY of the PIN that is selected, with
    FF where the reader puts the digits."""
    command = bytes([0x00, 0x20, 0x00, 0x80, digits]) + b"\xff" * digits
    return (
        _HEADER.pack(
            ENTRY_SECONDS,  # bTimeOut
            ENTRY_SECONDS,  # bTimeOut2: after the first key
            _FORMAT,  # bmFormatString
            digits,  # bmPINBlockString: no length in the command, and so many bytes
            0,  # bmPINLengthFormat
            digits << 8 | digits,  # wPINMaxExtraDigit: at least, at most
            _VALIDATION_KEY,  # bEntryValidationCondition
            _ONE_MESSAGE,  # bNumberMessage
            _LANGUAGE,  # wLangId
            0, 0, 0, 0,  # bMsgIndex; bTeoPrologue, of T=1, which the driver fills
            len(command),  # ulDataLength
        )
        + command
    )  # fmt: skip


def check(answer: bytes) -> None:
    """Raises what the reader itself has to say: ``pin_timeout``, ``pin_cancelled``,
    ``pin_length``, ``pad_failed``. Otherwise the answer is the card's."""
    status = int.from_bytes(answer[-2:], "big") if len(answer) == 2 else 0
    said = {
        _TIMEOUT: "pin_timeout",
        _CANCELLED: "pin_cancelled",
        _DIFFERENT: "pin_length",  # of a new PIN typed twice; nobody was asked for one
        _LENGTH: "pin_length",
        _REFUSED: "pad_failed",
    }
    if status in said:
        raise BridgeError(said[status])
    if status == 0 or status >> 8 == 0x64:
        raise BridgeError("pad_failed")
