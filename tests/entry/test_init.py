"""Eight answers make a new city, without anything of the demonstration's own."""

from __future__ import annotations

import json
import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.parts.keeping import decide
from todoke import assemble, config, production
from todoke.core import keeping
from todoke.core.errors import TodokeError
from todoke.entry import cli, new_city

ANSWERS = {
    "code": "131032",
    "name": "試験区",
    "name_en": "Shiken City",
    "office": "子ども課",
    "phone": "03-0000-0000",
    "hours": "平日 9:00から17:00まで",
    "email": "kodomo@city.shiken.lg.jp",
    "public_url": "https://kosodate.city.shiken.lg.jp",
}


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TODOKE_LANGUAGE", "en")


def answers_file(tmp_path: Path, **changed: object) -> Path:
    """The answers as a file; None leaves one out."""
    given = {**ANSWERS, **changed}
    lines = [
        f"{name} = {json.dumps(value)}\n" for name, value in given.items() if value is not None
    ]
    file = tmp_path / "answers.toml"
    file.write_text("".join(lines), "utf-8")
    return file


def init(*words: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, Any]]:
    """Exit code and JSON answer of ``todoke init``."""
    code = cli.main(["init", "--json", *words])
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return code, answer


@pytest.fixture
def new(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A new city's folder."""
    folder = tmp_path / "city"
    code, answer = init(str(folder), "--answers", str(answers_file(tmp_path)), capsys=capsys)
    assert (code, answer["ok"]) == (0, True)
    return folder


@pytest.fixture(scope="module")
def new_city_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new city, published in its ``data``, that tests spoil and mend again."""
    folder = tmp_path_factory.mktemp("init")
    city = folder / "city"
    assert cli.main(["init", str(city), "--answers", str(answers_file(folder))]) == 0
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(city)
        assert cli.main(["publish", "--data", "data"]) == 0
    return city


def test_the_settings_are_the_answers(new: Path) -> None:
    found = config.load(new, new / "data", {})
    assert found.production
    assert found.public_url == ANSWERS["public_url"]
    assert (found.city.code, found.city.name["ja"]) == ("131032", "試験区")
    assert found.city.name["en"] == "Shiken City"
    assert found.push.contact == "mailto:kodomo@city.shiken.lg.jp"
    sound = production.Found(False, False, False, False, False)
    undecided = [f"keep_{kind}_example" for kind in keeping.KINDS]
    assert production.refusals(found, sound) == undecided
    decide(new)
    assert production.refusals(config.load(new, new / "data", {}), sound) == []


def test_the_sample_of_what_a_city_decides_works_without_its_hash(
    new: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    city = tmp_path / "other"
    shutil.copytree(new, city, ignore=shutil.ignore_patterns("data"))
    settings = city / "site" / "todoke.toml"
    text, line = settings.read_text("utf-8"), "# [procedures.jt-nintei.hours]\n"
    head, sample = text.split(line)
    settings.write_text(head + line[2:] + sample.replace("# ", ""), "utf-8")
    monkeypatch.chdir(city)
    assert cli.main(["publish", "--data", "data"]) == 0
    page = (city / "data/public/current/procedures/jt-nintei.html").read_text("utf-8")
    assert "平日 8:30から17:15まで" in page
    assert "市のこども担当課の案内" in page


def test_nothing_of_the_demonstration_is_in_it(new: Path) -> None:
    for path in new.rglob("*"):
        if path.is_file():
            text = path.read_bytes().decode("utf-8", "replace")
            for trace in ("みなと野", "minatono", "Minatono", "000-000-0000", "見本 "):
                assert trace not in text, (path.relative_to(new), trace)
    assert not list(new.rglob("*.part"))


def test_the_new_city_publishes_its_procedures_under_its_own_name(
    new: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(new)
    data = str(tmp_path / "data")
    assert cli.main(["publish", "--json", "--data", data]) == 0
    assert json.loads(capsys.readouterr().out)["procedures"] == 85
    home = assemble.local(Path(data)).blobs.get("index.html")
    assert home is not None
    text = home.body.decode("utf-8")
    assert "試験区" in text
    assert "みなと野" not in text
    # everything is ready for a real city but the years, which nobody but the city can decide
    assert cli.main(["doctor", "--json", "--data", data]) == 1
    decide(new)
    capsys.readouterr()
    assert cli.main(["doctor", "--json", "--data", data]) == 0


def _spoil(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


@pytest.mark.parametrize(
    ("file", "old", "new", "named"),
    [
        ("procedures/jt-nintei.yaml", "kind: relative", "kind: someday", "deadline.kind"),
        ("procedures/jt-nintei.yaml", "category:", "categorie:", "categorie"),
        ("procedures/jt-nintei.yaml", "id: jt-nintei", "id: jt-nintei\n  - x", "line"),
        ("topics/allowance.yaml", "order:", "ordre:", "ordre"),
        ("areas.yaml", "areas: []", "areas: {a: b}", "areas"),
    ],
    ids=lambda value: value if "." in value else "",
)
def test_a_malformed_file_is_named_and_the_site_stays_as_it_was(
    file: str, old: str, new: str, named: str,
    new_city_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(new_city_folder)
    before = assemble.local(Path("data")).blobs.get("procedures/jt-nintei.html")
    capsys.readouterr()
    path = new_city_folder / "site" / file
    whole = path.read_text("utf-8")
    try:
        _spoil(path, old, new)
        code = cli.main(["publish", "--json"])
    finally:
        path.write_text(whole, "utf-8")
    answer = json.loads(capsys.readouterr().out)
    assert (code, answer["error"]) == (1, "site_file_invalid")
    assert file in answer["message"]
    assert named in answer["message"]
    assert "{" not in answer["advice"]
    services = assemble.local(Path("data"))
    assert services.blobs.current_release() == 1
    assert services.blobs.get("procedures/jt-nintei.html") == before


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("[notices]", "[notice]", "notices"),
        ("profile", "profil", "profile"),
        ('profile = "production"', 'profile = "test"', "profile"),
        ("link_hosts = []", 'link_hosts = "x"', "notices.link_hosts"),
        ("[push]", "[push", "TOML"),
    ],
)
def test_a_malformed_setting_is_named_with_the_next_step(
    old: str, new: str, named: str,
    new_city_folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.chdir(new_city_folder)
    path = new_city_folder / "site/todoke.toml"
    whole = path.read_text("utf-8")
    try:
        _spoil(path, old, new)
        code = cli.main(["publish", "--json"])
    finally:
        path.write_text(whole, "utf-8")
    answer = json.loads(capsys.readouterr().out)
    assert (code, answer["error"]) == (1, "setting_invalid")
    assert named in answer["message"] + answer["advice"]


def test_a_folder_that_holds_something_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "city"
    folder.mkdir()
    (folder / "precious").write_text("mine")
    answers = answers_file(tmp_path)
    code, answer = init(str(folder), "--answers", str(answers), capsys=capsys)
    assert (code, answer["error"]) == (1, "would_overwrite")
    assert [each.name for each in folder.iterdir()] == ["precious"]


@pytest.mark.parametrize(
    ("name", "value", "error"),
    [
        ("code", "131033", "bad_field"), ("code", "000000", "bad_field"),
        ("code", "13103", "bad_field"), ("code", 131032, "bad_field"),
        ("name", "", "bad_field"), ("name", "two\nlines", "bad_field"),
        ("name", None, "missing_field"),
        ("phone", "call me", "bad_field"), ("email", "nobody", "bad_field"),
        ("email", "a b@c.jp", "bad_field"),
        ("public_url", "http://city.lg.jp", "bad_field"),
        ("public_url", "https://city.lg.jp/path", "bad_field"),
        ("public_url", "https://localhost", "bad_field"),
        ("mayor", "somebody", "unknown_field"),
    ],
)  # fmt: skip
def test_a_bad_answer_makes_nothing(
    name: str, value: object, error: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = answers_file(tmp_path, **{name: value})
    code, answer = init(str(tmp_path / "city"), "--answers", str(answers), capsys=capsys)
    assert (code, answer["error"]) == (1, error)
    assert name in answer["message"]
    assert [each.name for each in tmp_path.iterdir()] == ["answers.toml"]


def test_a_bad_answer_is_asked_again_at_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    typed = iter(["131033", *ANSWERS.values()])
    monkeypatch.setattr("builtins.input", lambda *_: next(typed))
    assert cli.main(["init", str(tmp_path / "city")]) == 0
    shown = capsys.readouterr()
    assert "no such code" in shown.err
    assert "8/8" in shown.err
    settings = (tmp_path / "city/site/todoke.toml").read_text("utf-8")
    assert tomllib.loads(settings)["city"]["code"] == "131032"


@pytest.mark.parametrize("code", ["131016", "011002", "401307", "472018", "131032", "271004"])
def test_codes_of_real_cities_pass_the_check_digit(code: str) -> None:
    assert new_city.check("code", code) == code


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(["name", "name_en", "office", "hours"]), st.text()))
def test_any_answer_that_is_accepted_is_read_back_as_it_was_typed(typed: dict[str, str]) -> None:
    try:
        answers = {
            name: new_city.check(name, value) for name, value in {**ANSWERS, **typed}.items()
        }
    except TodokeError:
        return
    found = new_city.settings(answers)
    assert found["city"]["name"] == {"ja": answers["name"], "en": answers["name_en"]}
    assert found["city"]["office"]["ja"] == answers["office"]
    assert found["city"]["hours"]["ja"] == answers["hours"]
    assert sorted(found) == ["city", "keep", "notices", "payments", "profile", "public_url", "push"]
