"""The certified OpenID Connect provider of npm in a process of its own, gone when the test ends."""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.parts.city import free_port
from todoke.core import jws

ROOT = Path(__file__).parents[2]
CLIENT = "minatono-city"
#: what its page offers; the city takes the last alone
ACR = ("aal2", "aal3")


@contextlib.contextmanager
def running(
    folder: Path, city_port: int, *, of_clerks: bool = False
) -> Iterator[Mapping[str, Any]]:
    """The settings of a city whose people (or clerks) log in there. folder: of its own key."""
    table = "staff__oidc" if of_clerks else "oidc"
    host, path = (
        ("console.localhost", "login/oidc/back") if of_clerks else ("localhost", "login.html")
    )
    folder.mkdir(parents=True, exist_ok=True)
    key, port = ec.generate_private_key(ec.SECP256R1()), free_port()
    file = folder / "oidc.pem"
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    file.chmod(0o600)
    job = {
        "port": port,
        "client": CLIENT,
        "back": f"http://{host}:{city_port}/{path}",
        "jwks": {"keys": [jws.public_jwk(key.public_key())]},
        "acr": ACR,
    }
    process = subprocess.Popen(
        ["node", "tests/parts/oidc_provider.mjs"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(json.dumps(job))
        process.stdin.close()
        assert process.stdout.readline() == "ready\n", "oidc-provider did not start"
        yield {
            f"{table}__issuer": f"http://127.0.0.1:{port}",
            f"{table}__client_id": CLIENT,
            f"{table}__acr": [ACR[-1]],
            f"{table}__key_file": str(file),
        }
    finally:
        process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
