"""The phone in a real Chromium: installs, reads offline, shows what is pushed, and every page is
accessible at three widths.

Every check also fails on an error in the console, a report of the content security policy, a
request to a foreign host, and text of a notice that became script.
"""

from __future__ import annotations

import contextlib
import functools
import json
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.parts.announcing import announce
from tests.parts.city import City
from todoke import assemble
from todoke.core import catalogue
from todoke.core.notice import Content, PublicNotice
from todoke.core.words import LANGUAGES

ROOT = Path(__file__).parents[2]
TOPIC = "health"
VISITED, NEVER = "/procedures/jt-nintei.html", "/procedures/ho-moushikomi.html"
#: pages of every kind; those with a state of the device are opened by the check itself
PAGES = {
    "home": "/index.html",
    "procedure": VISITED,
    "procedure-window": "/procedures/ho-moushikomi.html",
    "list": "/procedures/index.html",
    "event": "/events/born.html",
    "search": "/search.html",
    "topics": "/topics.html",
    "inbox-empty": "/inbox.html",
    "notices": "/notices/index.html",
    "privacy": "/about/privacy.html",
    "accessibility": "/about/accessibility.html",
    "push": "/about/push.html",
    "login": "/login.html",
    "history": "/history.html",
    "account": "/account.html",
    "apply": "/apply/jt-nintei.html",
    "missing": "/nowhere.html",
    "offline": "/offline.html",
}
HOSTILE = '<img src=x onerror="window.canary=1">'
HOSTILE_TEXT = (
    "<script>window.canary=2</script><svg onload=window.canary=3> {{ 7*7 }} <b onclick=x>"
)


# ---------------------------------------------------------------- the browser
def check(
    name: str, tmp_path: Path, job: Mapping[str, object], *between: Callable[[], None]
) -> dict[str, Any]:
    """Runs one check of chromium.mjs; what it saw, once nothing went wrong.

    ``between`` are acts of this side, one for each time the check hands over."""
    order = {"profile": str(tmp_path / f"profile-{name}"), **job}
    with subprocess.Popen(
        ["node", "tests/e2e/chromium.mjs", name],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            last = _talk(process, order, list(between))
            process.wait(timeout=30)  # it closes its browser after its last word
        finally:
            _end(process)
    seen: dict[str, Any] = json.loads(last)
    if name != "troubled":
        assert seen.pop("troubles") == []
    return seen


def _end(process: subprocess.Popen[str]) -> None:
    """SIGTERM first: the driver then takes its browser along, which a SIGKILL leaves behind."""
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(timeout=10)
    process.kill()


def _talk(
    process: subprocess.Popen[str], order: Mapping[str, object], acts: list[Callable[[], None]]
) -> str:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"{json.dumps(order)}\n")
    process.stdin.flush()
    for line in process.stdout:
        if line.strip() != "waiting":
            return line
        acts.pop(0)()
        process.stdin.write("go on\n")
        process.stdin.flush()
    raise AssertionError("the check ended without a word")


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    with City.start(tmp_path_factory.mktemp("city")) as running:
        yield running


@pytest.fixture(scope="module")
def notice(city: City) -> str:
    """Number of a notice whose title and text would be script if anything let them."""
    return announce(city, TOPIC, HOSTILE, HOSTILE_TEXT)


def say(name: str) -> str:
    return assemble.dictionary().say("ja", f"phone.{name}")


@pytest.mark.real
@pytest.mark.parametrize(
    "trouble",
    [
        "console: said by a page",
        "console: CSP style-src-attr",
        "console: CSP connect-src",
        "thrown by a page",
        "a request to a foreign host: https://foreign.example/",
        "px lie outside",
        "axe image-alt",
        "text became script: sung",
    ],
)
def test_the_watch_notes_every_kind_of_trouble(troubles: list[str], trouble: str) -> None:
    assert [each for each in troubles if trouble in each], troubles


@pytest.fixture(scope="module")
def troubles(city: City, tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    seen: list[str] = check("troubled", tmp_path_factory.mktemp("control"), {"url": city.url})[
        "troubles"
    ]
    return seen


# ---------------------------------------------------------------- install, offline
@pytest.mark.real
def test_a_phone_may_put_the_city_on_its_home_screen(city: City, tmp_path: Path) -> None:
    seen = check("install", tmp_path, {"url": city.url})
    assert seen["installabilityErrors"] == []
    assert seen["manifestErrors"] == []
    assert seen["manifest"] == f"{city.url}/manifest.webmanifest"


@pytest.mark.real
def test_catalogue_and_inbox_are_read_while_the_city_is_away(tmp_path: Path) -> None:
    with City.start(tmp_path / "city") as city:
        notice = announce(city, TOPIC, "乳幼児健診の日程", "会場は保健センターです。")
        job = {
            "url": city.url,
            "topic": TOPIC,
            "notice": notice,
            "visited": VISITED,
            "never": NEVER,
            "query": "ケンシン 健診",
        }
        job["query"] = "保健センター"
        seen = check("offline", tmp_path, job, city.kill)
    assert "児童手当" in seen["visited"]
    assert seen["home"]
    offline = assemble.dictionary().say("ja", "site.offline.title")
    assert offline in seen["never"]
    assert assemble.dictionary().say("en", "site.offline.title") in seen["neverEnglish"]
    assert "乳幼児健診の日程" in seen["inbox"]
    assert say("inbox.down") in seen["inbox"] or say("inbox.offline") in seen["inbox"]
    assert seen["found"] == 1
    assert "会場は保健センターです。" in seen["notice"]


@pytest.mark.real
def test_an_inbox_moves_to_a_new_phone_in_one_file(city: City, notice: str, tmp_path: Path) -> None:
    (tmp_path / "downloads").mkdir()
    job = {"url": city.url, "topic": TOPIC, "notice": notice}
    seen = check("carry", tmp_path, {**job, "downloads": str(tmp_path / "downloads")})
    assert seen["choices"] == [TOPIC]
    file = json.loads(Path(seen["file"]).read_text("utf-8"))
    assert [each["id"] for each in file["notices"]] == [notice]
    assert set(file) == {"todoke", "made_at", "choices", "notices", "states"}


@pytest.mark.real
def test_erasing_a_shared_phone_leaves_nothing_in_any_window(
    city: City, notice: str, tmp_path: Path
) -> None:
    seen = check("erase", tmp_path, {"url": city.url, "topic": TOPIC, "notice": notice})
    assert seen["notices"] == []
    assert seen["settings"] == []
    assert set(seen["left"]) <= {"todoke"}, "the other window opens an empty one again"


# ---------------------------------------------------------------- push
@pytest.mark.real
def test_pushes_of_both_shapes_and_a_broken_one_are_each_shown_once(
    city: City, notice: str, tmp_path: Path
) -> None:
    def declared(body: str) -> str:
        navigate = f"{city.url}/inbox.html#{notice}"
        words = {"title": "みなと野市", "body": body, "navigate": navigate, "tag": notice}
        return json.dumps({"web_push": 8030, "notification": {**words, "lang": "ja"}})

    messages = [
        {"data": declared("一つ目"), "count": 1, "body": "一つ目"},
        {"data": declared("訂正"), "count": 1, "body": "訂正"},
        {"data": '{"v":1,"id":"N-2026-0999","title":"別"}', "count": 2, "body": "別"},
        {"data": "\x00 not json", "count": 3, "body": "お知らせが届きました"},
        {"data": '{"web_push":8030}', "count": 3, "body": "お知らせが届きました"},
    ]
    job = {"url": city.url, "topic": TOPIC, "notice": notice, "messages": messages}
    seen = check("push", tmp_path, job)
    last = {each["tag"]: each for each in seen["seen"][-1]}
    assert set(last) == {notice, "N-2026-0999", "todoke"}
    assert last[notice]["body"] == "訂正"
    assert last[notice]["data"]["navigate"] == f"{city.url}/inbox.html#{notice}"
    assert last["todoke"]["data"]["navigate"] == f"{city.url}/inbox.html"
    assert seen["kept"] == [notice]
    assert seen["title"] == HOSTILE


# ---------------------------------------------------------------- hostile words
@pytest.mark.real
def test_words_of_a_notice_never_become_script(city: City, notice: str, tmp_path: Path) -> None:
    job = {"url": city.url, "topic": TOPIC, "notice": notice, "languages": LANGUAGES}
    seen = check("hostile", tmp_path, job)
    assert seen["titles"] == [HOSTILE, HOSTILE_TEXT] * len(LANGUAGES)
    assert seen["requests"] > 20


# ---------------------------------------------------------------- everybody can use it
@pytest.mark.real
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_page_is_accessible_at_three_widths(
    city: City, notice: str, tmp_path: Path, language: str
) -> None:
    pages = {**PAGES, "notice": f"/notices/{notice}.html"}
    job = {"url": city.url, "topic": TOPIC, "notice": notice, "pages": pages, "language": language}
    assert check("accessible", tmp_path, job)["inspected"] == len(pages) + 3


@pytest.mark.real
def test_following_is_accessible_in_every_state(city: City, tmp_path: Path) -> None:
    seen = check("following", tmp_path, {"url": city.url, "topic": TOPIC, "languages": LANGUAGES})
    assert len(seen["states"]) == 5 * len(LANGUAGES)


@pytest.mark.real
def test_the_whole_of_following_is_done_with_tab_space_and_enter(
    city: City, tmp_path: Path
) -> None:
    headlines = {"choose": "topics.headline", "paused": "following.headline_paused"} | {
        view: f"{view}.headline" for view in ("ask", "following", "left")
    }
    words = {
        "submit": "topics.submit",
        "agree": "ask.agree",
        "week": "following.pause_week",
        "end": "following.pause_end",
        "change": "following.change",
        "cancel": "topics.cancel",
        "leave": "following.leave",
    }
    job = {
        "url": city.url,
        "topicName": "健診・予防接種",
        "words": {
            **{name: say(key) for name, key in words.items()},
            "headlines": {view: say(key) for view, key in headlines.items()},
        },
    }
    seen = check("keyboard", tmp_path, job)
    assert set(seen["outlines"]) == {"solid"}, "the focus must be seen"
    assert not [each for each in seen["held"] if each["name"] in ("held", "choices")]


@pytest.mark.real
def test_the_console_is_accessible_at_three_widths(tmp_path: Path) -> None:
    with City.start(tmp_path / "city") as city:
        announce(city, TOPIC, HOSTILE, HOSTILE_TEXT)
        links = [city.link("author"), city.link("approver")]
        job = {"url": city.url, "console": city.console_url, "links": links}
        seen = check("console", tmp_path, job)
    assert len(seen["pages"]) >= 4


@pytest.mark.real
def test_pages_that_scripts_fill_and_pages_of_notices_are_valid_html(tmp_path: Path) -> None:
    services = assemble.fake(tmp_path / "data")
    now = datetime(2026, 11, 24, tzinfo=UTC)
    content = Content(
        topic=TOPIC,
        title={"ja": HOSTILE, "en": "A title"},
        text={"ja": HOSTILE_TEXT},
        expires_at=int((now + timedelta(days=9)).timestamp()),
    )
    news = [PublicNotice("N-2026-0001", content, now)]
    known = catalogue.parse(services.read_site())
    files = {
        **services.press.site(known, date(2026, 11, 24)),
        **services.press.notices(news, news),
    }
    kinds = ("inbox.html", "topics.html", "notices/index.html", "N-2026-0001.html")
    pages = {key: body for key, body in files.items() if key.endswith(kinds)}
    further = 2 * len(known.references)  # inbox and topics
    assert len(pages) == len(kinds) * len(LANGUAGES) + further
    (tmp_path / "site").mkdir()
    for key, body in pages.items():
        (tmp_path / "site" / key.replace("/", "_")).write_bytes(body)
    rules = ["--config", "tests/press/html-validate.json", "--max-warnings=0"]
    done = subprocess.run(
        ["node_modules/.bin/html-validate", *rules, f"{tmp_path}/site"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stdout[:4000] + done.stderr[:2000]


# ---------------------------------------------------------------- taking a worker back
@contextlib.contextmanager
def _served(folder: Path) -> Iterator[str]:
    """A folder on a port of its own: the worker can be replaced in it."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

    handler = functools.partial(Quiet, directory=str(folder))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.mark.real
def test_a_worker_is_replaced_by_a_release_and_removed_by_the_kill_switch(tmp_path: Path) -> None:
    services = assemble.fake(tmp_path / "data")
    site = services.read_site()
    files = services.press.site(catalogue.parse(site), date(2026, 11, 24))
    folder = tmp_path / "site"
    for key, body in files.items():
        page = folder / key
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_bytes(body)
    (folder / "feeds").mkdir()
    (folder / "feeds" / "all.json").write_text('{"items":[]}', "utf-8")
    worker = folder / "sw.js"
    release = worker.read_bytes()

    def publish_again() -> None:
        start = release.index(b'const RELEASE="') + len(b'const RELEASE="')
        worker.write_bytes(release[:start] + b"next-" + release[start:])

    def retire() -> None:
        worker.write_bytes(site["sw_retired.js"])

    with _served(folder) as url:
        seen = check("retire", tmp_path, {"url": url}, publish_again, retire)
    shells = [
        [each for each in seen[release] if "-shell-" in each] for release in ("first", "second")
    ]
    assert len(shells[0]) == len(shells[1]) == 1
    assert shells[0] != shells[1]
