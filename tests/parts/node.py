"""A script of Node beside the tests: a job in, the last line of what it says out.

see("tests/e2e/pair.mjs", job)   -> what it saw, as JSON
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def see(script: str, job: Mapping[str, Any], *words: str, seconds: int = 300) -> dict[str, Any]:
    """Runs it with the job on its standard input. words: after its name. Fails with what it
    complained of when it says nothing or does not come to its end."""
    done = subprocess.run(
        ["node", script, *words],
        cwd=ROOT,
        input=json.dumps(job),
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    assert done.stdout.strip(), done.stderr[-3000:]
    assert done.returncode == 0, f"{done.stdout[-1500:]}\n{done.stderr[-3000:]}"
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found
