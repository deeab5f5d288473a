"""DynamoDB, S3 and SQS on this machine, in a process of their own: moto, made exact and hostile.

moto alone lets two of fifty transactions win, so one lock stands before all of it. A token of
TransactWriteItems counts once, as on AWS; its indexes can be late (``late_indexes.py``). And
unless it is told to be calm it leaves keys unprocessed, cancels transactions for a conflict,
throttles, answers 500, and loses answers after the act: an adapter that works here has met what
AWS does on a bad day. Of SQS no answer is lost unless a test asks for it (``lost_job``): a job sent
twice or hidden for nothing is what SQS promises, but few tests could be exact then.

``python -m tests.parts.aws_service`` prints its address; it ends with its standard input.
"""

from __future__ import annotations

import contextlib
import datetime
import io
import json
import random
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from tests.parts import late_indexes
from tests.parts.late_indexes import LateIndexes

#: of a hundred requests of DynamoDB; every fourth as often of the others, whose second try waits
#: up to a second
FAULTS: Mapping[str, int] = {
    "throttled": 2,
    "broken": 2,
    "lost": 2,
    "conflict": 4,
    "unprocessed": 10,
}

#: what is asked of KMS; of four hundred requests, "keys_denied" are refused as to a stranger
_OF_KEYS = frozenset({"GenerateDataKey", "Decrypt"})

Answer = tuple[str, list[tuple[str, str]], bytes]
Environ = dict[str, Any]
Start = Callable[..., Any]


class Service:
    """A WSGI application: control below /-/, everything else is moto's."""

    def __init__(self, faults: Mapping[str, int] = FAULTS) -> None:
        from moto.moto_server.werkzeug_app import (
            DomainDispatcherApplication,
            create_backend_app,
        )

        self._moto = DomainDispatcherApplication(create_backend_app)
        self._lock = threading.Lock()
        self._faults = dict(faults)
        self._chance = random.Random(1)
        self._answers: dict[str, Answer] = {}
        self._indexes = LateIndexes()
        self.calls: dict[str, int] = {}

    def __call__(self, environ: Environ, start: Start) -> Iterable[bytes]:
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = environ["wsgi.input"].read(length) if length else b""
        with self._lock:
            if environ["PATH_INFO"].startswith("/-/"):
                status, headers, answer = self._control(environ["PATH_INFO"], body)
            else:
                status, headers, answer = self._served(environ, body)
        start(status, headers)
        return [answer]

    # ------------------------------------------------------------------ faults
    def _served(self, environ: Environ, body: bytes) -> Answer:
        act = str(environ.get("HTTP_X_AMZ_TARGET", "")).partition(".")[2]
        name = act or environ["REQUEST_METHOD"]
        self.calls[name] = self.calls.get(name, 0) + 1
        if act in _OF_KEYS and self._meets("keys_denied", environ):
            return _error(act, 400, "AccessDeniedException")
        if self._meets("throttled", environ):
            return _error(act, 400 if act else 503, "ThrottlingException" if act else "SlowDown")
        if self._meets("broken", environ):
            return _error(act, 500, "InternalServerError")
        if act == "TransactWriteItems":
            known = json.loads(body).get("ClientRequestToken") in self._answers
            if not known and self._meets("conflict", environ):
                count = len(json.loads(body)["TransactItems"])
                return _cancelled(["TransactionConflict"] + ["None"] * (count - 1))
            answer = self._once(environ, body)
        elif act == "BatchGetItem" and self._meets("none_processed", environ):
            answer = _none_processed(json.loads(body)["RequestItems"])
        elif act == "BatchGetItem":
            body, left = self._some(environ, body)
            answer = _unprocessed(self._asked(environ, body), left)
        elif act == "Query":  # every query of ours is one of an index
            with self._indexes.asked():
                answer = self._asked(environ, body)
        else:
            answer = self._written(act, environ, body)
        lost = self._meets("lost_job" if _is_queue(environ) else "lost", environ)
        return _error(act, 500, "InternalServerError") if lost else answer

    def _meets(self, fault: str, environ: Environ) -> bool:
        of = 100 if "DynamoDB" in environ.get("HTTP_X_AMZ_TARGET", "") else 400
        return self._chance.randrange(of) < self._faults.get(fault, 0)

    def _once(self, environ: Environ, body: bytes) -> Answer:
        """moto applies a token twice; AWS gives the first answer again for ten minutes."""
        token = str(json.loads(body).get("ClientRequestToken", ""))
        if token not in self._answers:
            answer = self._written("TransactWriteItems", environ, body)
            if not answer[0].startswith("200"):
                return answer
            self._answers[token] = answer
        return self._answers[token]

    def _written(self, act: str, environ: Environ, body: bytes) -> Answer:
        before = late_indexes.images(act, body)
        answer = self._asked(environ, body)
        if before and answer[0].startswith("200"):
            self._indexes.written(before)
        return answer

    def _some(self, environ: Environ, body: bytes) -> tuple[bytes, dict[str, Any]]:
        """A request for fewer keys, and what was left out of it."""
        asked = json.loads(body)
        ((table, wanted),) = asked["RequestItems"].items()
        keys = wanted["Keys"]
        if not self._meets("unprocessed", environ) or len(keys) < 2:
            return body, {}
        cut = self._chance.randrange(1, len(keys))
        less = {**asked, "RequestItems": {table: {**wanted, "Keys": keys[:cut]}}}
        return json.dumps(less).encode(), {table: {**wanted, "Keys": keys[cut:]}}

    # ------------------------------------------------------------------ moto
    def _asked(self, environ: Environ, body: bytes) -> Answer:
        told: dict[str, Any] = {}

        def start(status: str, headers: list[tuple[str, str]], _info: Any = None) -> None:
            told.update(status=status, headers=headers)

        asked = {**environ, "wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        chunks = self._moto(asked, start)
        try:
            answer = b"".join(chunks)
        finally:
            getattr(chunks, "close", lambda: None)()
        return told["status"], told["headers"], answer

    def _control(self, path: str, body: bytes) -> Answer:
        told = json.loads(body or b"{}")
        if path == "/-/turn":
            _OFFSET[0] += datetime.timedelta(seconds=told["seconds"])
        elif path == "/-/faults":
            self._faults = {**FAULTS, **told} if told.get("default") else told
        elif path == "/-/late":
            self._indexes.become(told["commits"], told["but"])
        elif path == "/-/look":
            self._indexes.look(told["begins"])
        elif path == "/-/calls":
            return "200 OK", [], json.dumps(self.calls).encode()
        return "200 OK", [], b"{}"


_OFFSET = [datetime.timedelta()]


def _turnable() -> None:
    """moto's clock, which we turn."""
    from moto.core import utils

    def utcnow() -> datetime.datetime:
        return datetime.datetime.now(datetime.UTC).replace(tzinfo=None) + _OFFSET[0]

    utils.utcnow = utcnow


def _is_queue(environ: Environ) -> bool:
    return str(environ.get("HTTP_X_AMZ_TARGET", "")).startswith("AmazonSQS")


def _error(act: str, status: int, code: str) -> Answer:
    """In JSON, or for S3 in XML."""
    if act:
        body = json.dumps({"__type": f"com.amazon#{code}", "message": "a bad day"}).encode()
    else:
        body = f"<Error><Code>{code}</Code><Message>a bad day</Message></Error>".encode()
    type_ = "application/x-amz-json-1.0" if act else "application/xml"
    return f"{status} -", [("Content-Type", type_), ("Content-Length", str(len(body)))], body


def _cancelled(reasons: list[str]) -> Answer:
    body = {
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "message": f"Transaction cancelled [{', '.join(reasons)}]",
        "CancellationReasons": [{"Code": each} for each in reasons],
    }
    head = [("Content-Type", "application/x-amz-json-1.0")]
    return "400 Bad Request", head, json.dumps(body).encode()


def _none_processed(asked: dict[str, Any]) -> Answer:
    body = json.dumps({"Responses": {}, "UnprocessedKeys": asked}).encode()
    head = [("Content-Type", "application/x-amz-json-1.0"), ("Content-Length", str(len(body)))]
    return "200 OK", head, body


def _unprocessed(answer: Answer, left: dict[str, Any]) -> Answer:
    if not left or not answer[0].startswith("200"):
        return answer
    body = json.dumps({**json.loads(answer[2]), "UnprocessedKeys": left}).encode()
    # botocore checks the sum of DynamoDB's answers, and the length
    kept = [each for each in answer[1] if each[0].lower() not in ("content-length", "x-amz-crc32")]
    return answer[0], [*kept, ("Content-Length", str(len(body)))], body


# ---------------------------------------------------------------------- in a process of its own
class Aws:
    """The running service, for whoever tests."""

    def __init__(self, url: str) -> None:
        self.url = url

    @property
    def environment(self) -> Mapping[str, str]:
        """How boto3 finds it."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": "made-up",
            "AWS_SECRET_ACCESS_KEY": "made-up",
            "AWS_DEFAULT_REGION": "ap-northeast-1",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def turn(self, seconds: float) -> None:
        """Move its clock."""
        self._tell("turn", {"seconds": seconds})

    def faults(self, **percent: int) -> None:
        """Of a hundred requests; nothing named is calm."""
        self._tell("faults", percent)

    def usual_faults(self) -> None:
        """As at the start."""
        self._tell("faults", {"default": True})

    def late(self, commits: int, but: Sequence[str] = ()) -> None:
        """Indexes see no commit of the last so many, 0: they see everything. but: kinds of
        records whose indexes do."""
        self._tell("late", {"commits": commits, "but": list(but)})

    @contextlib.contextmanager
    def on_time(self) -> Iterator[None]:
        """Indexes see everything for as long as this lasts, then are as late as before."""
        self._tell("look", {"begins": True})
        try:
            yield
        finally:
            self._tell("look", {"begins": False})

    def calls(self) -> dict[str, int]:
        """How often each act was asked for so far."""
        found: dict[str, int] = self._tell("calls", {})
        return found

    def _tell(self, what: str, told: Mapping[str, object]) -> Any:
        request = urllib.request.Request(f"{self.url}/-/{what}", json.dumps(told).encode())
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)


@contextlib.contextmanager
def running() -> Iterator[Aws]:
    """Started; who asks it needs its ``environment``, and so do children."""
    command = [sys.executable, "-W", "ignore", "-m", "tests.parts.aws_service"]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout is not None
    url = process.stdout.readline().strip()
    assert url, "moto did not start"
    try:
        yield Aws(url)
    finally:
        try:
            process.communicate(timeout=20)
        except subprocess.TimeoutExpired:  # a busy machine; what it held is of no use any more
            process.kill()
            process.communicate()


def main() -> None:
    """Serve until the standard input ends."""
    from werkzeug.serving import WSGIRequestHandler, make_server

    class Handler(WSGIRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_request(self, *_: object) -> None:
            """Nothing."""

    _turnable()
    late_indexes.cheap_copies()
    server = make_server("127.0.0.1", 0, Service(), threaded=True, request_handler=Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
