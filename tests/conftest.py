"""The suite keeps itself honest: every test with a real part ran, and a skip is told loudly
(in CI it is a failure; elsewhere a machine without root may lack a part).

``tests/real_parts.txt`` lists the tests that use a real browser, process, socket or file system.
A full run fails when one of them is missing, unlisted or was not run to its end. With several
worker processes (pytest-xdist) each tells the first one what it collected.

A test that drives a real browser is begun once more when it fails, one in each process at most, and
the summary says so with the first failure: a browser that a busy machine held up is no defect of
the city. Whoever sees it twice in the same test mends the test.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from _pytest.runner import runtestprotocol
from hypothesis import settings

from tests.parts import aws_service
from todoke.press import modules
from todoke.press.shorten import shortened

# how long an example takes says something about the machine, nothing about the code
settings.register_profile("todoke", deadline=None)
settings.load_profile("todoke")

LIST = Path(__file__).parent / "real_parts.txt"
SCRIPTS = Path(__file__).parents[1] / "site/assets/js"
_ran: set[str] = set()
_skipped: set[str] = set()
_real: set[str] = set()
_soak: set[str] = set()
#: tests of a real browser that may be begun once more in this process
_second_tries = 2
_SECOND_TRY = "second try after"
_twice: list[str] = []


def _name(nodeid: str) -> str:
    return nodeid.split("[")[0]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Remember which real tests there are, before any marker expression deselects some; soak
    tests are real too, but belong to ``make soak``."""
    for each in items:
        if each.get_closest_marker("real"):
            (_soak if each.get_closest_marker("soak") else _real).add(_name(each.nodeid))


def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """A real browser gets a second try; every other test runs as pytest runs it."""
    global _second_tries
    if "e2e" not in item.path.parts or not item.get_closest_marker("real"):
        return None
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    reports = runtestprotocol(item, nextitem=nextitem, log=False)
    failed = [each for each in reports if each.failed]
    if _second_tries and failed and all(each.when == "call" for each in failed):
        _second_tries -= 1
        item._initrequest()  # type: ignore[attr-defined]
        item.user_properties.append((_SECOND_TRY, _what_failed(failed[0])))
        reports = runtestprotocol(item, nextitem=nextitem, log=False)
    for each in reports:
        item.ihook.pytest_runtest_logreport(report=each)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


def _what_failed(report: pytest.TestReport) -> str:
    """Place and words of a failure, on one line."""
    lines = str(report.longreprtext).strip().splitlines()
    words = [each.removeprefix("E").strip() for each in lines if each.startswith("E  ")]
    return " ".join([*lines[-1:], *words])[:600]


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Note what ran and what was skipped, in whichever process."""
    if report.when == "call":
        _twice.extend(
            f"{report.nodeid}: {said}"
            for name, said in report.user_properties
            if name == _SECOND_TRY
        )
    if report.skipped:
        _skipped.add(report.nodeid)
    elif report.when == "call" and "real" in report.keywords:
        _ran.add(_name(report.nodeid))


def _whole_suite(config: pytest.Config) -> bool:
    """Whether this run claims to be everything (``make test``)."""
    named = [each for each in config.args if Path(each).resolve() != LIST.parent]
    return config.option.markexpr == "not soak" and not named and not config.option.keyword


def _skips() -> list[str]:
    return [f"skipped: {each}" for each in _skipped]


def _complaints(config: pytest.Config) -> list[str]:
    found: list[str] = []
    if os.environ.get("CI") or _whole_suite(config):
        found += _skips()
    if _whole_suite(config):
        listed = set(LIST.read_text("utf-8").split())
        found += [f"a real-part test is not in {LIST.name}: {each}" for each in _real - listed]
        found += [f"listed in {LIST.name} but not there: {each}" for each in listed - _real]
        skipped = {_name(each) for each in _skipped}
        missing = _real & listed - _ran - skipped
        found += [f"a real-part test did not run: {each}" for each in missing]
    return sorted(found)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Turn a run that left something out into a failed one; a worker only tells."""
    told: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if told is not None:
        told["real"] = sorted(_real)
        return
    grave = [
        each for each in _complaints(session.config) if os.environ.get("CI") or each not in _skips()
    ]
    if grave and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """What a worker collected. One that died told nothing; its tests count as not run."""
    _real.update(getattr(node, "workeroutput", {}).get("real", ()))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly what was left out."""
    for each in _twice:
        terminalreporter.write_line(f"SECOND TRY  {each}", yellow=True)
    for each in _complaints(terminalreporter.config):
        terminalreporter.write_line(f"NOT COVERED  {each}", red=True)


@pytest.fixture(scope="session")
def cloud_service() -> Iterator[aws_service.Aws]:
    """AWS on this machine, one for all tests of a process."""
    with aws_service.running() as started:
        yield started


@pytest.fixture
def cloud(cloud_service: aws_service.Aws, monkeypatch: pytest.MonkeyPatch) -> aws_service.Aws:
    """The same, named in the environment of this test alone."""
    for name, value in cloud_service.environment.items():
        monkeypatch.setenv(name, value)
    cloud_service.usual_faults()
    cloud_service.late(0)
    return cloud_service


@pytest.fixture(scope="session", autouse=True)
def scripts_as_served(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whatever Node is asked about a script of the site, it answers with what browsers get."""
    folder = tmp_path_factory.mktemp("shortened")
    scripts = {each.name: modules.minified(each.read_bytes()) for each in SCRIPTS.glob("*.js")}
    for name, text in shortened(scripts).items():
        (folder / name).write_text(text, "utf-8")
    hook = (Path(__file__).parent / "js/as_served.mjs").as_uri()
    os.environ["NODE_OPTIONS"] = f"--import={hook}"
    os.environ["SHORTENED_SCRIPTS"] = str(folder)
