"""Another program of the same machine that uses the card in the first reader with one:

    python other_program.py [--hold] [--alone] APDU…     one status per line, or PC/SC's code

It shares the card (``--alone``: does not), as programs do that read a certificate. ``--hold``
keeps it until standard input ends."""

from __future__ import annotations

import sys

from smartcard import scard


def main(words: list[str]) -> int:
    alone = scard.SCARD_SHARE_EXCLUSIVE if "--alone" in words else scard.SCARD_SHARE_SHARED
    _code, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
    _code, readers = scard.SCardListReaders(context, [])
    either = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
    for reader in readers:
        code, card, _protocol = scard.SCardConnect(context, reader, alone, either)
        if code == 0:
            break
        if code & 0xFFFFFFFF != 0x8010000C:  # another reader may have one
            print(f"{code & 0xFFFFFFFF:08X}", flush=True)
            return 1
    for apdu in (each for each in words if not each.startswith("--")):
        code, answer = scard.SCardTransmit(card, scard.SCARD_PCI_T1, list(bytes.fromhex(apdu)))
        print(f"{code & 0xFFFFFFFF:08X}" if code else bytes(answer[-2:]).hex().upper(), flush=True)
    if "--hold" in words:
        print("held", flush=True)
        sys.stdin.read()
    scard.SCardDisconnect(card, scard.SCARD_LEAVE_CARD)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
