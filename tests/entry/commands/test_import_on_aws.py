"""A city on AWS brings in open data and publishes from the machine it is built on: the same
commands, their files in S3, as infra/README.md writes down."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.parts import aws_city, aws_service, snapshots
from tests.parts.sealing_keys import tell_secret
from tests.parts.terminal import Operator
from todoke import assemble
from todoke.adapters import aws_client
from todoke.journeys import residents

pytestmark = pytest.mark.real
ROOT = Path(__file__).parents[3]
LIST = "ID,名称,住所,受入年齢\n" + "".join(f"{n},(架空){n}番の園,見本町{n},3歳\n" for n in range(3))


@pytest.fixture
def name(cloud: aws_service.Aws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A city's resources and keys, named by the settings."""
    name = aws_city.name_of(tmp_path)
    aws_city.settle_all(name)
    tell_secret(name, tmp_path)
    monkeypatch.setenv("TODOKE_AWS__CITY", name)
    assemble.aws.cache_clear()
    yield name
    assemble.aws.cache_clear()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "childcare_20260801.csv"
    path.write_text(LIST, "utf-8")
    return path


def lines_of_readme() -> list[str]:
    """The commands of infra/README.md, as somebody types them."""
    text = (ROOT / "infra" / "README.md").read_text("utf-8")
    [block] = re.findall(r"```sh\n(.*?)```", text, re.S)
    return [each for each in block.splitlines() if each]


def test_a_list_is_brought_into_the_bucket_and_put_back(
    name: str, newcomer: Operator, file: Path
) -> None:
    told = newcomer.asks("import", "opendata", "childcare", str(file))
    assert told["imported"] is True
    assert not newcomer.data.exists(), "nothing lies on this machine"
    found = aws_client.client("s3").get_object(
        Bucket=f"{name}-public", Key="files/places/lists/childcare.json"
    )
    assert b"childcare_20260801.csv" in found["Body"].read()
    file.write_text(LIST.replace("番の園", "番のこども園"), "utf-8")
    _, out, _ = newcomer.says("import", "opendata", "childcare", str(file))
    assert "todoke publish" in out
    assert len(newcomer.asks("import", "opendata", "childcare", "--editions")["editions"]) == 1
    assert newcomer.asks("import", "opendata", "childcare", "--back", "1")["rows"] == 3


def test_what_the_readme_says_publishes_the_list(
    name: str, cloud: aws_service.Aws, newcomer: Operator, file: Path
) -> None:
    settings, bring, publish = lines_of_readme()
    assert settings.startswith("export TODOKE_AWS__CITY=")
    assert bring.startswith("todoke import opendata childcare ")
    assert newcomer.asks(*bring.split()[1:-1], str(file))["imported"] is True
    command = publish.split()[1:]
    assert command == ["publish"]
    cloud.faults()
    try:
        assert newcomer.asks(*command, "--check")["procedures"] == 85
        assert newcomer.asks(*command)["changed"] is True
        _, out, _ = newcomer.says(*command)
    finally:
        cloud.usual_faults()
    assert name in out, "where it was published"
    assert not newcomer.data.exists(), "nothing is published on this machine"
    page = assemble.aws().blobs.get("places/childcare.html")
    assert page is not None
    assert "(架空)2番の園" in page.body.decode()


def test_a_city_that_moved_to_aws_is_not_told_what_this_machine_published_before(
    name: str, cloud: aws_service.Aws, newcomer: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as here:
        here.delenv("TODOKE_AWS__CITY")
        assert newcomer.asks("publish")["changed"] is True
        assert newcomer.asks("publish")["changed"] is False
    cloud.faults()
    try:
        assert newcomer.asks("publish")["changed"] is True, "into the bucket, for the first time"
    finally:
        cloud.usual_faults()
    assert assemble.aws().blobs.get("index.html") is not None
    monkeypatch.delenv("TODOKE_AWS__CITY")
    assert newcomer.asks("publish")["changed"] is False, "here nothing has changed"


@pytest.mark.parametrize("missing", ["AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID"])
@pytest.mark.parametrize("command", ["import opendata childcare", "publish"])
def test_a_machine_without_a_role_is_told_what_it_needs(
    name: str, file: Path, missing: str, command: str
) -> None:
    asked = [*command.split(), *([] if command == "publish" else [str(file)])]
    start = "import os, sys; os.environ.pop(sys.argv.pop(1))\nfrom todoke.entry import cli\n"
    done = subprocess.run(
        [sys.executable, "-c", f"{start}sys.exit(cli.main(sys.argv[1:]))", missing,
         *asked, "--json"],
        capture_output=True, text=True, check=False, env=without_files(file.parent),
    )  # fmt: skip
    told = json.loads(done.stdout)
    assert (done.returncode, told["error"]) == (1, "setting_invalid"), done.stderr
    assert "AWS_ACCESS_KEY_ID" in told["message"]
    assert "infra/README.md" in told["advice"]
    assert "made-up" not in done.stdout + done.stderr


def test_a_machine_without_the_library_is_told_which(
    name: str, newcomer: Operator, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A patch, because the library is installed here."""
    aws_client.client.cache_clear()
    monkeypatch.setitem(sys.modules, "boto3", None)
    told = newcomer.asks("import", "opendata", "childcare", str(file), code=1)
    aws_client.client.cache_clear()
    assert told["error"] == "setting_invalid"
    assert "pip install todoke[aws]" in told["advice"]


def without_files(folder: Path) -> dict[str, str]:
    """The environment of this process, with no settings of AWS but its own."""
    nowhere = str(folder / "none")
    return {
        **os.environ,
        "AWS_CONFIG_FILE": nowhere,
        "AWS_SHARED_CREDENTIALS_FILE": nowhere,
        "HOME": nowhere,
        "LANG": "en_US.UTF-8",
    }


def test_the_register_of_residents_is_brought_into_the_table(
    name: str, newcomer: Operator, tmp_path: Path
) -> None:
    path = tmp_path / "people.csv"
    path.write_bytes(snapshots.file(*snapshots.crowd(60), snapshots.line("1", 性別="")))
    words = ("residents", "import", str(path), "--on", "2026-11-01")
    told = newcomer.asks(*words, "--keep")
    assert (told["people"], told["new"]) == (61, 61)
    assert newcomer.asks(*words)["known"] is True
    assert newcomer.asks("residents", "report")["counts"]["no_sex"] == 1
    assert not newcomer.data.exists(), "nothing lies on this machine"
    assert newcomer.asks("residents", "code", "5007")["code"]
    found = residents.find(assemble.aws(), "5007")
    assert found is not None
    assert found.number == "5007"
