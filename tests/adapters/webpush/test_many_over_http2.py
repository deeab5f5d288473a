"""Many messages over HTTP/2, against another implementation of it, kind and hostile."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator

import http_ece  # type: ignore[import-untyped]
import pytest
from h2.settings import SettingCodes

from tests.parts.hostile_push import Certificates, HostilePush
from tests.parts.http2_push import Exchange, Http2Push
from tests.parts.many_messages import OTHER, engine_over, outcomes, sent, targets
from tests.parts.push_wire import AUTH, BODY, BROWSER, HOST, MESSAGE, POINT, Wire
from todoke.adapters import push_engine, push_lines
from todoke.adapters.push_engine import PushEngine
from todoke.ports import Outgoing, PushTarget


@pytest.fixture
def server(certificates: Certificates) -> Iterator[Http2Push]:
    with Http2Push(certificates.serving(HOST, OTHER)) as running:
        yield running
    assert running.faults == []


@pytest.fixture
def wire(server: Http2Push) -> Wire:
    return Wire(server.port)


@pytest.fixture
def engine(wire: Wire, certificates: Certificates) -> Iterator[PushEngine]:
    made = engine_over(wire, certificates)
    yield made
    made.close()


def test_a_thousand_messages_arrive_each_once_and_can_be_opened(
    engine: PushEngine, server: Http2Push
) -> None:
    assert outcomes(sent(engine, targets(1000))) == {"accepted": 1000}
    assert sorted(each.path for each in server.requests) == sorted(f"/m/{n}" for n in range(1000))
    assert len(server.lines) <= push_lines.MOST_LINES
    assert len({each.body[:86] for each in server.requests}) == 1000  # salt and key: never twice
    for each in (server.requests[0], server.requests[-1]):
        opened = http_ece.decrypt(
            each.body, private_key=BROWSER, auth_secret=AUTH, version="aes128gcm"
        )
        assert opened == BODY
        expected = {
            ":method": "POST",
            ":scheme": "https",
            ":authority": HOST,
            "content-encoding": "aes128gcm",
            "ttl": "600",
            "urgency": "high",
            "topic": "T" * 32,
            "content-length": str(len(each.body)),
        }
        assert {name: each.headers[name] for name in expected} == expected
        assert each.headers["authorization"].startswith("vapid t=")


def test_nothing_to_send_opens_nothing(engine: PushEngine, server: Http2Push) -> None:
    assert sent(engine, []) == {}
    assert server.lines == []


def test_a_second_call_goes_over_the_connection_of_the_first(
    engine: PushEngine, server: Http2Push
) -> None:
    sent(engine, targets(3))
    sent(engine, targets(3))
    assert len(server.lines) == 1


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(201, "accepted"), (204, "accepted"), (410, "gone"), (404, "gone"), (403, "refused"),
     (429, "later"), (503, "later"), (400, "defect"), (301, "defect")],
)  # fmt: skip
def test_every_answer_means_what_it_means_alone(
    engine: PushEngine, server: Http2Push, status: int, outcome: str
) -> None:
    told = {"retry-after": "77", "location": "https://evil.example/"}
    server.behave = lambda exchange: exchange.answer(status, b"", **told)
    found = sent(engine, targets(5))
    assert {(each.outcome, each.status) for each in found.values()} == {(outcome, status)}
    assert {each.retry_after for each in found.values()} == {77 if outcome == "later" else None}
    assert len(server.requests) == 5  # nothing was followed


def test_mixed_answers_reach_the_right_message(engine: PushEngine, server: Http2Push) -> None:
    def behave(exchange: Exchange) -> None:
        number = int(exchange.request.path.rsplit("/", 1)[1])
        exchange.answer([201, 410, 429, 503][number % 4], body=b"x" * (number % 3))

    server.behave = behave
    for number, answer in sent(engine, targets(400)).items():
        assert answer.status == [201, 410, 429, 503][number % 4]


def test_a_message_too_large_comes_once_more_as_its_number(
    engine: PushEngine, server: Http2Push
) -> None:
    server.behave = lambda exchange: exchange.answer(
        413 if len(exchange.request.body) > 1000 else 201
    )
    assert outcomes(sent(engine, targets(2))) == {"accepted": 2}
    assert len(server.requests) == 4
    assert len({len(each.body) for each in server.requests[2:]}) == 1


def test_an_old_path_of_fcm_is_tried_at_its_new_place(
    engine: PushEngine, server: Http2Push
) -> None:
    server.behave = lambda exchange: exchange.answer(
        201 if exchange.request.path.startswith("/wp/") else 404
    )
    old = PushTarget(f"https://{OTHER}/fcm/send/abc", POINT, AUTH)
    assert sent(engine, [old])[0].outcome == "accepted"
    assert [each.path for each in server.requests] == ["/fcm/send/abc", "/wp/abc"]


def test_a_goaway_loses_nothing_and_the_rest_goes_over_another_connection(
    engine: PushEngine, server: Http2Push
) -> None:
    def behave(exchange: Exchange) -> None:
        exchange.answer(201)
        if exchange.line.count == 30 and len(server.lines) == 1:
            exchange.line.http.close_connection(last_stream_id=exchange.stream)

    server.behave = behave
    found = outcomes(sent(engine, targets(200)))
    assert found["accepted"] >= 199 - 100  # what was under way when it closed may come later
    assert found["accepted"] + found["later"] == 200
    assert len(server.lines) >= 2
    server.faults.clear()  # h2 bears nothing more after its own goaway


def test_a_refused_stream_is_sent_again_and_another_reset_comes_later(
    engine: PushEngine, server: Http2Push
) -> None:
    seen: Counter[str] = Counter()

    def behave(exchange: Exchange) -> None:
        path = exchange.request.path
        seen[path] += 1
        if path.endswith("/0") and seen[path] == 1:
            exchange.reset(7)
        elif path.endswith("/1"):
            exchange.reset(2)
        else:
            exchange.answer(201)

    server.behave = behave
    found = sent(engine, targets(3))
    assert [found[n].outcome for n in range(3)] == ["accepted", "later", "accepted"]
    assert (seen["/m/0"], seen["/m/1"]) == (2, 1)


def test_what_is_never_answered_comes_later_after_the_deadline_and_the_others_in_time(
    wire: Wire, certificates: Certificates, server: Http2Push
) -> None:
    engine = engine_over(wire, certificates, seconds=1.0)
    server.behave = lambda exchange: (
        None if exchange.request.path.endswith("/3") else exchange.answer(201)
    )
    found = sent(engine, targets(50))
    assert [key for key, each in found.items() if each.outcome == "later"] == [3]
    assert {each.detail for each in found.values() if each.outcome == "later"} == {"timeout"}
    engine.close()


def test_a_body_without_end_costs_the_stream_and_not_the_answer(
    engine: PushEngine, server: Http2Push
) -> None:
    def behave(exchange: Exchange) -> None:
        exchange.line.http.send_headers(exchange.stream, [(":status", "201")])
        exchange.line.http.send_data(exchange.stream, b"x" * 4096)

    server.behave = behave
    assert outcomes(sent(engine, targets(10))) == {"accepted": 10}
    assert outcomes(sent(engine, targets(10))) == {"accepted": 10}
    assert len(server.lines) == 1


def test_interim_answers_are_passed_over(engine: PushEngine, server: Http2Push) -> None:
    def behave(exchange: Exchange) -> None:
        exchange.line.http.send_headers(exchange.stream, [(":status", "103")])
        exchange.answer(201)

    server.behave = behave
    assert outcomes(sent(engine, targets(20))) == {"accepted": 20}


def test_a_service_that_allows_two_streams_gets_no_third(
    wire: Wire, certificates: Certificates
) -> None:
    most = [0]
    with Http2Push(certificates.serving(HOST), {SettingCodes.MAX_CONCURRENT_STREAMS: 2}) as narrow:
        wire.port = narrow.port

        def behave(exchange: Exchange) -> None:
            most[0] = max(most[0], exchange.line.http.open_inbound_streams)
            exchange.answer(201)

        narrow.behave = behave
        engine = engine_over(wire, certificates)
        assert outcomes(sent(engine, targets(60))) == {"accepted": 60}
        engine.close()
    assert most[0] <= 2


def test_a_service_that_gives_no_room_gets_what_fits_and_no_more(
    wire: Wire, certificates: Certificates, server: Http2Push
) -> None:
    server.gives_room = False
    engine = engine_over(wire, certificates, seconds=1.5)
    found = outcomes(sent(engine, targets(300)))
    # 65,535 bytes on each connection, and not one more
    assert 0 < found["accepted"] <= push_lines.MOST_LINES * 65_535 // 1100
    assert found["later"] == 300 - found["accepted"]
    engine.close()


def test_a_connection_closed_while_idle_loses_nothing(
    engine: PushEngine, server: Http2Push
) -> None:
    sent(engine, targets(2))
    for line in server.lines:
        line.raw.shutdown(2)
    time.sleep(0.1)
    assert outcomes(sent(engine, targets(5))) == {"accepted": 5}


def test_a_key_that_is_no_key_and_a_foreign_host_fail_alone(
    engine: PushEngine, server: Http2Push
) -> None:
    bad = PushTarget(f"https://{HOST}/m/bad", b"\x04" + b"\x01" * 64, AUTH)
    foreign = PushTarget("https://evil.example/m", POINT, AUTH)
    good = targets(3)
    found = sent(engine, [good[0], bad, foreign, good[1]])
    assert [found[n].outcome for n in range(4)] == ["accepted", "defect", "blocked", "accepted"]


def test_an_address_inside_is_blocked_and_nothing_is_dialled(
    engine: PushEngine, wire: Wire
) -> None:
    wire.addresses = ["10.0.0.1"]
    found = sent(engine, targets(5))
    assert {(each.outcome, each.detail) for each in found.values()} == {("blocked", "address")}
    assert wire.dialled == []


def test_a_certificate_of_somebody_else_ends_before_anything_is_sent(
    wire: Wire, certificates: Certificates
) -> None:
    with Http2Push(certificates.serving("other.example")) as stranger:
        wire.port = stranger.port
        engine = engine_over(wire, certificates)
        assert outcomes(sent(engine, targets(5))) == {"later": 5}
        assert stranger.requests == []
        engine.close()


def test_a_silent_service_holds_up_the_others_for_two_seconds_at_most(
    wire: Wire, certificates: Certificates, server: Http2Push
) -> None:
    """Its messages come later; those behind them in the same page go out."""
    engine = engine_over(wire, certificates, seconds=4.0)
    server.behave = lambda exchange: (
        exchange.answer(201) if exchange.request.headers[":authority"] == HOST else None
    )
    mixed = [each for pair in zip(targets(600, OTHER), targets(600), strict=True) for each in pair]
    begin, last = time.monotonic(), 0.0
    counts: Counter[tuple[str, str]] = Counter()
    for key, answer in engine.send_many((n, each, MESSAGE) for n, each in enumerate(mixed)):
        host = OTHER if mixed[key].endpoint.startswith(f"https://{OTHER}") else HOST
        counts[host, answer.outcome] += 1
        if host == HOST:
            last = time.monotonic() - begin
    assert counts == {(HOST, "accepted"): 600, (OTHER, "later"): 600}
    # nobody waits for the silent one's deadlines again and again: 600 of them would be 12 s
    assert last < 12
    engine.close()


def test_the_memory_of_a_call_is_bounded_by_what_is_under_way(
    engine: PushEngine, server: Http2Push
) -> None:
    """Messages are taken only as there is room: the rest may still leave or be recalled."""
    release = threading.Event()
    taken = [0]

    def behave(exchange: Exchange) -> None:
        release.wait(10)
        exchange.answer(201)

    def messages() -> Iterator[Outgoing[int]]:
        for number, each in enumerate(targets(1000)):
            taken[0] += 1
            yield number, each, MESSAGE

    server.behave = behave
    answers = engine.send_many(messages())
    most: list[int] = []

    def look() -> None:
        most.append(taken[0])
        release.set()

    threading.Timer(0.7, look).start()
    assert sum(1 for _ in answers) == 1000
    assert most[0] <= push_engine.MOST_WAITING_PER_ORIGIN + 1


def test_a_path_that_died_without_a_word_is_not_taken_again(
    wire: Wire, certificates: Certificates, server: Http2Push
) -> None:
    engine = engine_over(wire, certificates, seconds=0.5)
    dead: list[object] = []

    def behave(exchange: Exchange) -> None:
        if not dead:
            dead.append(exchange.line)
        if exchange.line not in dead:
            exchange.answer(201)

    server.behave = behave
    assert outcomes(sent(engine, targets(3))) == {"later": 3}
    assert outcomes(sent(engine, targets(3))) == {"accepted": 3}
    assert len(server.lines) == 2
    engine.close()


def test_one_connection_that_is_cut_costs_one_message_its_time_and_no_more(
    engine: PushEngine, server: Http2Push
) -> None:
    """A hundred failures in a row would look like an outage."""
    arrived: list[int] = []

    def behave(exchange: Exchange) -> None:
        arrived.append(exchange.stream)
        if len(arrived) == 50:
            exchange.line.raw.close()
            raise OSError("cut")
        if len(arrived) > 50:
            exchange.answer(201)

    server.behave = behave
    assert outcomes(sent(engine, targets(50))) == {"accepted": 49, "later": 1}


def test_what_was_not_begun_is_not_sent_after_the_call_is_over(
    wire: Wire, certificates: Certificates
) -> None:
    """Towards a service without HTTP/2: nobody would write down what became of it."""
    with HostilePush(certificates.serving(HOST)) as old:
        slow, calm = old.behave, threading.Event()

        def behave(*asked: object) -> bool:
            calm.wait(0.3)
            return slow(*asked)  # type: ignore[arg-type]

        old.behave = behave
        wire.port = old.port
        engine = engine_over(wire, certificates)
        answers = engine.send_many((n, each, MESSAGE) for n, each in enumerate(targets(100)))
        next(answers)
        answers.close()  # type: ignore[attr-defined]
        time.sleep(0.5)
        gone = len(old.requests)
        time.sleep(1.0)
        assert len(old.requests) == gone <= 3 * push_engine.PLAIN_AT_ONCE
        engine.close()
