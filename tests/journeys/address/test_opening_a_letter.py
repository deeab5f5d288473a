"""Letters of the city to one resident: sealed at rest, opened by her alone."""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path

import pytest

from tests.parts.desk import HOUR
from tests.parts.letters import NAME, SECRET, Neighbour, neighbour
from tests.parts.town import Town
from todoke.core import sealed
from todoke.core.errors import TodokeError
from todoke.journeys import address
from todoke.ports import Record, Replace

pytestmark = pytest.mark.slow_on_aws


@pytest.mark.looks_into_files
def test_nothing_of_it_can_be_read_in_the_files_of_the_store(
    town: Town, hanako: Neighbour, tmp_path: Path
) -> None:
    phone = town.join()
    hanako.joins(phone)
    id = hanako.is_written_to()
    town.settle()
    files = [each for each in tmp_path.rglob("*") if each.is_file()]
    printing = b"".join(each.read_bytes() for each in files if each.parent.name == "plan")
    assert not any(each.encode() in printing for each in (SECRET, NAME, "はなこ", "/bills/B-"))
    # what printing keeps holds the words of every public page, お支払い too
    kept = b"".join(each.read_bytes() for each in files if each.parent.name != "plan")
    assert id.encode() in kept, "this looks at the wrong files"
    kept = re.sub(rb"0{11}1", b"", kept)  # the first link of the chain of acts has 12 digits
    texts = (SECRET, NAME, "はなこ", "5,000", "/bills/B-", "お支払い", "0000000001")
    for text in texts:
        for written in (
            text.encode(),
            json.dumps(text).strip('"').encode(),
            text.encode("utf-16-le"),
        ):
            assert written not in kept, text


def test_the_letter_opens_with_its_words_in_three_languages(town: Town, hanako: Neighbour) -> None:
    hanako.is_written_to()
    (letter,) = address.letters(
        town.services, address.of_resident(town.services, hanako.resident).records
    )
    assert sorted(letter.title) == sorted(letter.body) == ["easy", "en", "ja"]
    assert all(SECRET in each for each in letter.title.values())
    assert letter.link == "/bills/B-00000-00000"
    assert letter.opened_at is None


def test_a_letter_that_does_not_open_says_so_and_hides_no_other(
    town: Town, hanako: Neighbour, caplog: pytest.LogCaptureFixture
) -> None:
    first, second = hanako.is_written_to("一つ目"), hanako.is_written_to("二つ目")
    store = town.services.store
    one, other = store.get("addressed_notice", first), store.get("addressed_notice", second)
    assert one is not None
    assert other is not None
    moved = {**one.data, "sealed": other.data["sealed"]}  # a text put into another's place
    store.commit([Replace(Record(one.kind, one.id, moved, one.version))])
    with caplog.at_level(logging.ERROR):
        records = address.of_resident(town.services, hanako.resident).records
        letters = {each.id: each for each in address.letters(town.services, records)}
    assert "二つ目" in letters[second].title["ja"]
    assert first in letters[first].body["ja"]
    assert "二つ目" not in str(letters[first])
    assert [each.code for each in caplog.records] == ["sealed_unreadable"]  # type: ignore[attr-defined]
    with pytest.raises(TodokeError, match="sealed_unreadable"):
        address.opened(town.services, store.get("addressed_notice", first))  # type: ignore[arg-type]


def test_only_the_first_opening_counts_and_racers_agree(town: Town, hanako: Neighbour) -> None:
    id = hanako.is_written_to()
    first = address.open_once(town.services, hanako.resident, id)
    town.clock.turn(HOUR)
    assert address.open_once(town.services, hanako.resident, id) == first
    with pytest.raises(TodokeError, match="not_found"):
        address.open_once(town.services, neighbour(town, 2).resident, id)


def test_sealing_names_the_record_so_a_copied_row_opens_nowhere_else(
    town: Town, hanako: Neighbour
) -> None:
    id = hanako.is_written_to()
    found = town.services.store.get("addressed_notice", id)
    assert found is not None
    key = town.services.secrets.data_key
    assert SECRET in str(sealed.open_json(key, "addressed_notice", id, found.data["sealed"]))
    with pytest.raises(TodokeError, match="sealed_unreadable"):
        sealed.open_json(key, "addressed_notice", "A-99999-99999", found.data["sealed"])
