"""The suite keeps itself honest: every test with a real part ran, and a skip is told loudly
(in CI it is a failure; elsewhere a machine without root may lack a part).

``tests/real_parts.txt`` lists the tests that use a real browser, process, socket or file system.
A full run fails when one of them is missing, unlisted or was not run to its end.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path

import pytest

LIST = Path(__file__).parent / "real_parts.txt"
_ran: set[str] = set()
_skipped: list[str] = []
_collected: list[str] = []


def _name(nodeid: str) -> str:
    return nodeid.split("[")[0]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Remember which real tests there are, before any marker expression deselects some."""
    _collected.extend(sorted({_name(i.nodeid) for i in items if i.get_closest_marker("real")}))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Note what ran and what was skipped."""
    report = yield
    if report.skipped:
        _skipped.append(item.nodeid)
    elif report.when == "call" and item.get_closest_marker("real"):
        _ran.add(_name(item.nodeid))
    return report


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
        soak = {_name(each) for each in config.stash.get(_SOAK, [])}
        real = set(_collected) - soak
        found += [f"a real-part test is not in {LIST.name}: {each}" for each in real - listed]
        found += [f"listed in {LIST.name} but not there: {each}" for each in listed - real]
        skipped = {_name(each) for each in _skipped}
        found += [f"a real-part test did not run: {e}" for e in real & listed - _ran - skipped]
    return sorted(found)


_SOAK: pytest.StashKey[list[str]] = pytest.StashKey()


def pytest_deselected(items: list[pytest.Item]) -> None:
    """Soak tests are real too, but belong to ``make soak``."""
    if items:
        stash = items[0].config.stash
        stash[_SOAK] = stash.get(_SOAK, []) + [
            each.nodeid for each in items if each.get_closest_marker("soak")
        ]


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Turn a run that left something out into a failed one."""
    grave = [
        each for each in _complaints(session.config) if os.environ.get("CI") or each not in _skips()
    ]
    if grave and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly what was left out."""
    for each in _complaints(terminalreporter.config):
        terminalreporter.write_line(f"NOT COVERED  {each}", red=True)
