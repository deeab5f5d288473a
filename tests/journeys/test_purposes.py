"""What a record is opened for is chosen first, holds for an hour of one session, and is written."""

from __future__ import annotations

import pytest

from tests.parts.desk import Desk
from tests.parts.desk_door import AtTheDoor
from todoke.core.errors import TodokeError
from todoke.core.words import LANGUAGES
from todoke.journeys import purposes
from todoke.ports import Record

SUBJECT = "application/T-00000-00000"


@pytest.fixture
def session(desk: Desk) -> Record:
    her = AtTheDoor(desk.services, desk.author.id)
    her.enters_by_link()
    return her.asking().session


def test_a_choice_holds_for_one_record_and_an_hour(desk: Desk, session: Record) -> None:
    with pytest.raises(TodokeError, match="purpose_needed"):
        purposes.of(desk.services, session, SUBJECT)
    purposes.choose(desk.services, session, SUBJECT, "question")
    assert purposes.of(desk.services, session, SUBJECT) == "question"
    with pytest.raises(TodokeError, match="purpose_needed"):
        purposes.of(desk.services, session, "application/T-00000-00001")
    desk.clock.turn(purposes.HOLDS_SECONDS)
    with pytest.raises(TodokeError, match="purpose_needed"):
        purposes.of(desk.services, session, SUBJECT)
    # what she typed meanwhile is taken: she knows what it is about
    assert purposes.of(desk.services, session, SUBJECT, sent=True) == "question"


def test_another_session_chooses_anew(desk: Desk, session: Record) -> None:
    purposes.choose(desk.services, session, SUBJECT, "question")
    other = AtTheDoor(desk.services, desk.author.id)
    other.enters_by_link()
    for sent in (False, True):
        with pytest.raises(TodokeError, match="purpose_needed"):
            purposes.of(desk.services, other.asking().session, SUBJECT, sent=sent)


@pytest.mark.parametrize(
    ("subject", "purpose"),
    [(SUBJECT, "curiosity"), (SUBJECT, ""), ("resident/T-00000-00000", "review"), ("", "review")],
)
def test_only_what_is_in_the_list_and_a_record_can_be_chosen(
    desk: Desk, session: Record, subject: str, purpose: str
) -> None:
    with pytest.raises(TodokeError, match=r"bad_field|bad_request"):
        purposes.choose(desk.services, session, subject, purpose)


def test_the_usual_purposes_have_words_in_every_language(desk: Desk) -> None:
    for code in purposes.known(desk.services):
        assert set(purposes.words(desk.services, code)) == set(LANGUAGES)
    assert purposes.words(desk.services, "curiosity") == {}
