"""The whole, checked against itself: nothing undeclared, unguarded or untranslated."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
import yaml

from todoke import assemble
from todoke.core import words
from todoke.core.errors import STATUS
from todoke.entry import aws, cli
from todoke.ports import Services
from todoke.store_schema import COUNTERS, INDEXES, RECORDS
from todoke.web import guard
from todoke.web.app import BLUEPRINTS, create_app

ROOT = Path(__file__).parent.parent
SOURCES = sorted((ROOT / "functions").rglob("*.py"))


@pytest.fixture
def services(tmp_path: Path) -> Services:
    return assemble.fake(tmp_path)


def dictionary() -> words.Dictionary:
    return assemble.dictionary()


def test_every_route_carries_a_guard_and_one_of_the_hosts(services: Services) -> None:
    app = create_app(services)
    rules = list(app.url_map.iter_rules())
    assert len(rules) > 10
    for rule in rules:
        assert guard.guard_of(app.view_functions[rule.endpoint]), rule.rule
        assert rule.host in (services.config.portal_host, services.config.console_host), rule.rule


def test_an_unguarded_route_keeps_the_application_from_starting(services: Services) -> None:
    from flask import Flask

    from todoke.web import app as web

    app = Flask("unguarded", static_folder=None)
    app.add_url_rule("/open", view_func=lambda: "open")
    with pytest.raises(RuntimeError, match="no guard"):
        web._refuse_unguarded(app)


def test_every_blueprint_file_is_registered() -> None:
    named = {
        path.stem
        for path in (ROOT / "functions/todoke/web").glob("*.py")
        if re.search(r"^HOST = ", path.read_text("utf-8"), re.M)
    }
    assert named == set(BLUEPRINTS)


def test_every_lambda_is_in_serverless_and_in_aws_py() -> None:
    functions = yaml.safe_load((ROOT / "serverless.yml").read_text("utf-8"))["functions"]
    for name, function in functions.items():
        assert function["handler"] == f"todoke.entry.aws.{name}"
        assert callable(getattr(aws, name))
    assert set(aws.WEB_FUNCTIONS) <= set(functions)
    # the portal's files come from object storage there, not from a function
    answered = {each for names in aws.WEB_FUNCTIONS.values() for each in names}
    assert answered == set(BLUEPRINTS) - {"portal"}


def test_every_error_has_words_in_every_language() -> None:
    found = dictionary()
    for language in words.LANGUAGES:
        for code in STATUS:
            for part in ("message", "advice"):
                assert found.has(language, f"errors.{code}.{part}"), (language, code, part)


def test_every_rule_of_a_field_has_a_sentence() -> None:
    found = dictionary()
    raised = re.compile(r'"bad_field"[^)]*?rule="([a-z_]+)"', re.S)
    rules = {each for path in SOURCES for each in raised.findall(path.read_text("utf-8"))}
    assert len(rules) > 10
    for rule in rules:
        for language in words.LANGUAGES:
            assert found.has(language, f"errors.rule.{rule}"), (language, rule)


@pytest.mark.parametrize(
    "section", ["site", "phone", "push", "errors", "addressed", "amounts", "check"]
)
def test_every_sentence_for_citizens_is_in_three_languages(section: str) -> None:
    found = dictionary().sentences
    names = {
        language: {each for each in found[language] if each.startswith(f"{section}.")}
        for language in words.LANGUAGES
    }
    assert names["ja"], section
    assert names["ja"] == names["easy"] == names["en"]


@pytest.mark.parametrize("section", ["console", "cli"])
def test_every_sentence_for_staff_is_in_japanese_and_english(section: str) -> None:
    found = dictionary().sentences
    japanese = {each for each in found["ja"] if each.startswith(f"{section}.")}
    english = {each for each in found["en"] if each.startswith(f"{section}.")}
    assert japanese
    assert japanese == english


def test_sentences_take_the_same_values_in_every_language() -> None:
    found = dictionary().sentences
    for name, text in found["ja"].items():
        wanted = set(re.findall(r"\{(\w+)\}", text))
        for language in ("easy", "en"):
            if name in found[language] and not name.startswith("errors."):
                given = set(re.findall(r"\{(\w+)\}", found[language][name]))
                assert given == wanted, (language, name)


def test_every_index_and_counter_refers_to_declared_fields() -> None:
    for index in INDEXES.values():
        fields = RECORDS[index.kind].fields
        assert fields[index.partition].type in ("str", "str?"), index.name
        if index.sort:
            assert fields[index.sort].type in ("str", "str?"), index.name
    assert COUNTERS


def test_every_record_type_says_why_it_is_kept() -> None:
    found = dictionary()
    for kind in RECORDS:
        for part in ("purpose", "keep"):
            assert found.has("ja", f"site.records.{kind}.{part}"), (kind, part)


def test_every_field_about_a_person_is_named_in_every_language() -> None:
    found = dictionary()
    for kind, record in RECORDS.items():
        names = [f"fields.{name}" for name in record.fields] if record.about_a_person else []
        for part in ("name", *names):
            for language in words.LANGUAGES:
                assert found.has(language, f"site.records.{kind}.{part}"), (kind, part, language)


def test_site_holds_data_only() -> None:
    assert not list((ROOT / "site").rglob("*.py"))


def test_every_procedure_is_in_the_release(services: Services) -> None:
    from todoke.journeys import publish

    publish.publish_site(services)
    ids = sorted(path.stem for path in (ROOT / "site/procedures").glob("*.yaml"))
    assert len(ids) == 85
    for each in ids:
        for language in ("", "easy/", "en/"):
            assert services.blobs.get(f"{language}procedures/{each}.html"), (language, each)


def test_every_command_has_help_and_is_documented() -> None:
    reference = (ROOT / "docs/reference.md").read_text("utf-8")
    for name in cli.COMMANDS:
        assert f"todoke {name}" in reference, name


def test_vendors_are_imported_by_adapters_only() -> None:
    vendors = re.compile(r"^\s*(?:import|from) (boto3|stripe|pywebpush|sqlite3)\b", re.M)
    for path in SOURCES:
        if "adapters" not in path.parts:
            assert not vendors.search(path.read_text("utf-8")), path.name


def test_the_tour_names_what_is_there() -> None:
    """``folder/file.py:function`` and ``file.js:function`` of docs/tour.md."""
    text = re.sub(r"\s*\n\s*", "", (ROOT / "docs/tour.md").read_text("utf-8"))
    named = re.findall(r"`([\w/]+\.(?:py|js))(?::(\w+))?`", text)
    assert len(named) > 25
    folders = (ROOT / "functions/todoke", ROOT)
    for file, name in named:
        found = [folder / file for folder in folders if (folder / file).is_file()]
        if "/" not in file:  # a neighbour of the file named before it
            found = found or [path for path in ROOT.glob(f"*/**/{file}") if "node" not in str(path)]
        assert found, file
        words = found[0].read_text("utf-8")
        assert not name or re.search(rf"\b(?:def|class|function) {name}\b", words), (file, name)


def test_core_opens_no_connection() -> None:
    # import-linter sees `urllib` only as a whole, and core needs urllib.parse
    for path in SOURCES:
        if "core" in path.parts:
            assert "urllib.request" not in path.read_text("utf-8"), path.name


def test_no_file_is_longer_than_four_hundred_lines() -> None:
    for pattern in ("functions/**/*.py", "card_bridge/**/*.py", "site/**/*.js", "tools/*.py"):
        for path in ROOT.glob(pattern):
            assert len(path.read_text("utf-8").splitlines()) <= 400, path.name


def test_the_locks_name_no_host_and_no_path() -> None:
    for name in ("run", "bridge", "dev"):
        text = (ROOT / f"requirements/{name}.txt").read_text("utf-8")
        assert "--hash=sha256:" in text
        assert not re.search(r"index-url|find-links|://|^/", text, re.M), name
    assert "resolved" not in (ROOT / "package-lock.json").read_text("utf-8")


def test_the_run_lock_holds_no_test_tool() -> None:
    text = (ROOT / "requirements/run.txt").read_text("utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    dev = {re.split(r"[><=]", each)[0] for each in project["optional-dependencies"]["dev"]}
    for name in dev - {"hatchling"}:
        assert not re.search(rf"^{name}==", text, re.M), name


def test_the_makefile_has_at_most_ten_targets() -> None:
    text = (ROOT / "Makefile").read_text("utf-8")
    targets = re.search(r"^\.PHONY: (.*)$", text, re.M)
    assert targets is not None
    assert len(targets[1].split()) <= 10
