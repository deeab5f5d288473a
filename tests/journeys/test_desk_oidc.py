"""Coming in to the desk through the city's own provider: whoever was linked before, nobody else."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.parts.desk import Desk
from tests.parts.desk_door import BROWSER, AtTheDoor
from tests.parts.hostile_openid import CLAIMS, OUTAGES, TOKENS, HostileOpenId
from todoke.core.errors import TodokeError
from todoke.journeys import desk_oidc, desk_session, desk_ways, staff
from todoke.journeys.desk_oidc import Came
from todoke.ports import Put

OTHER = "c" * 43
#: claims that are not looked at where the city names no acr
ANY_ACR = ("a weaker proof", "a proof like it", "a list of proofs", "no proof named")


@pytest.fixture
def provider() -> Iterator[HostileOpenId]:
    with HostileOpenId() as made:
        yield made


@pytest.fixture
def desk(tmp_path: Path, provider: HostileOpenId) -> Desk:
    return provider.desk(tmp_path)


@pytest.fixture
def her(desk: Desk) -> AtTheDoor:
    """The author, in by her one-time link."""
    return AtTheDoor.inside(desk.services, desk.author.id)


def linked(her: AtTheDoor, provider: HostileOpenId, browser: str = BROWSER) -> str:
    """She makes the provider's login one of her ways."""
    url = desk_oidc.ask_link(her.services, her.asking(), browser)
    came = desk_oidc.come_back(her.services, browser, provider.back(url), her.token, "Firefox")
    her.token = came.token
    return came.token


def comes(desk: Desk, provider: HostileOpenId, browser: str = BROWSER) -> Came:
    url = desk_oidc.ask(desk.services, browser)
    return desk_oidc.come_back(desk.services, browser, provider.back(url))


def refusal(desk: Desk, provider: HostileOpenId, browser: str = BROWSER) -> tuple[object, ...]:
    with pytest.raises(TodokeError) as caught:
        comes(desk, provider, browser)
    return (caught.value.code, caught.value.status, dict(caught.value.details))


def whose(desk: Desk, token: str) -> str:
    clerk = desk_session.clerk_of(desk.services, token)
    return clerk.id if clerk else ""


REFUSED: tuple[object, ...] = ("staff_oidc_refused", 401, {})


def test_who_linked_it_comes_in(desk: Desk, provider: HostileOpenId, her: AtTheDoor) -> None:
    linked(her, provider)
    came = comes(desk, provider)
    assert whose(desk, came.token) == desk.author.id
    assert came.mark
    acts = desk.acts()
    assert acts.count((desk.author.id, "staff_way_added", f"staff/{desk.author.id}")) == 1
    found = desk_session.find(desk.services, came.token)
    assert found is not None
    assert found[0].data["means"] == "oidc"


def test_a_link_session_goes_on_as_one_of_her_own_way(
    desk: Desk, provider: HostileOpenId, her: AtTheDoor
) -> None:
    before = her.token
    after = linked(her, provider)
    assert after != before
    assert whose(desk, before) == ""
    assert whose(desk, after) == desk.author.id


def test_who_is_in_at_twenty_places_comes_in_again_at_the_oldest(
    desk: Desk, provider: HostileOpenId, her: AtTheDoor
) -> None:
    oldest = linked(her, provider)
    for _ in range(desk_session.MOST - 1):
        desk.clock.turn(1)
        comes(desk, provider)
    body = provider.back(desk_oidc.ask(desk.services, BROWSER))
    came = desk_oidc.come_back(desk.services, BROWSER, body, oldest)
    assert whose(desk, came.token) == desk.author.id
    assert whose(desk, oldest) == ""


def test_what_the_provider_is_asked(desk: Desk) -> None:
    url = desk_oidc.ask(desk.services, BROWSER)
    asked = dict(parse_qsl(urlsplit(url).query))
    assert asked["redirect_uri"] == f"{desk.services.config.console_url}/login/oidc/back"
    assert (asked["response_type"], asked["scope"]) == ("code", "openid")
    assert (asked["code_challenge_method"], asked["max_age"]) == ("S256", "900")
    assert "acr_values" not in asked
    assert len({asked["state"], asked["nonce"], asked["code_challenge"]}) == 3


def test_nobody_is_known_by_a_name_or_an_address(
    desk: Desk, provider: HostileOpenId, her: AtTheDoor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even where the token says all of hers; CLAIMS is the hostile provider's own table."""
    her_name = staff.names(desk.services)[desk.author.id]
    said = {"preferred_username": her_name, "name": her_name, "employee_number": desk.author.id}
    said |= {"email": "author@city.example", "email_verified": "true", "upn": desk.author.id}
    monkeypatch.setitem(CLAIMS, "all her names", lambda _: {**said, "sub": "somebody else"})
    linked(her, provider)
    provider.fault = "all her names"
    assert refusal(desk, provider) == REFUSED


def test_whoever_is_not_linked_has_left_or_began_anew_gets_the_same_answer(
    desk: Desk, provider: HostileOpenId, her: AtTheDoor
) -> None:
    assert refusal(desk, provider) == REFUSED
    token = linked(her, provider)
    boss = staff.add(desk.services, "見本 つかさ", ["administrator"]).staff
    staff.recover(desk.services, desk.author.id, actor=boss)
    assert refusal(desk, provider) == REFUSED
    assert whose(desk, token) == ""
    her.enters_by_link()
    again = linked(her, provider)  # the same login, linked anew
    assert whose(desk, again) == desk.author.id
    assert whose(desk, token) == ""
    staff.remove(desk.services, desk.author.id, actor=boss)
    assert refusal(desk, provider) == REFUSED
    assert whose(desk, again) == ""
    noted = [each for each in desk.acts() if each[1] == "staff_login_refused"]
    assert len(noted) == 3


def test_a_login_is_one_clerks_until_she_unlinks_it_or_leaves(
    desk: Desk, provider: HostileOpenId, her: AtTheDoor
) -> None:
    mine = linked(her, provider)
    other = AtTheDoor(desk.services, desk.approver.id)
    other.sets_up_passkey()
    with pytest.raises(TodokeError, match="staff_oidc_taken"):
        linked(other, provider, OTHER)
    assert whose(desk, comes(desk, provider).token) == desk.author.id
    her.sets_up_app()  # the last way in stays
    [way] = [w for w in desk_ways.of_clerk(desk.services, her.asking().clerk) if w.means == "oidc"]
    desk_ways.remove(desk.services, her.asking(), way.id)
    assert whose(desk, mine) == ""
    assert refusal(desk, provider) == REFUSED
    hers = linked(other, provider, OTHER)
    assert whose(desk, hers) == desk.approver.id
    assert whose(desk, mine) == "", "a session of before came alive again"
    staff.remove(desk.services, desk.approver.id)
    third = AtTheDoor(desk.services, desk.both.id)
    third.enters_by_link()
    assert whose(desk, linked(third, provider, OTHER)) == desk.both.id


def test_a_way_that_a_late_list_left_behind_opens_nothing_after_a_recovery(
    desk: Desk, provider: HostileOpenId, her: AtTheDoor
) -> None:
    linked(her, provider)
    [kept] = desk.services.store.walk("staff_credential", 10).records
    staff.recover(desk.services, desk.author.id)
    desk.services.store.commit([Put(kept)])
    assert refusal(desk, provider) == REFUSED
    her.enters_by_link()
    assert whose(desk, linked(her, provider)) == desk.author.id, "she could not link it anew"


def test_unlinked_and_linked_again_a_session_of_before_stays_ended(
    desk: Desk, provider: HostileOpenId, her: AtTheDoor
) -> None:
    linked(her, provider)
    old = comes(desk, provider).token
    her.token = ""
    her.sets_up_app()
    [way] = [w for w in desk_ways.of_clerk(desk.services, her.asking().clerk) if w.means == "oidc"]
    desk_ways.remove(desk.services, her.asking(), way.id)
    desk.clock.turn(1)
    linked(her, provider)
    assert whose(desk, old) == ""


# ------------------------------------------------------------------------------ answers
@pytest.mark.slow_on_aws
@pytest.mark.parametrize("fault", [*sorted(set(CLAIMS) - set(ANY_ACR)), *TOKENS])
def test_an_answer_that_is_wrong_in_any_way_opens_nothing(
    desk: Desk, provider: HostileOpenId, her: AtTheDoor, fault: str
) -> None:
    linked(her, provider)
    provider.fault = fault
    assert refusal(desk, provider) == REFUSED


@pytest.mark.parametrize("fault", ANY_ACR)
def test_a_proof_that_is_not_the_one_the_city_wants_opens_nothing(
    tmp_path: Path, provider: HostileOpenId, fault: str
) -> None:
    made = provider.desk(tmp_path / "strict", acr=["aal3"])
    her = AtTheDoor.inside(made.services, made.author.id)
    linked(her, provider)
    provider.fault = fault
    assert refusal(made, provider) == REFUSED
    provider.fault = ""
    assert whose(made, comes(made, provider).token) == made.author.id


def test_an_answer_is_good_once_in_its_browser_and_for_five_minutes(
    desk: Desk, provider: HostileOpenId, her: AtTheDoor
) -> None:
    linked(her, provider)
    url = desk_oidc.ask(desk.services, BROWSER)
    body = provider.back(url)
    with pytest.raises(TodokeError, match="staff_oidc_refused"):
        desk_oidc.come_back(desk.services, OTHER, body)
    assert whose(desk, desk_oidc.come_back(desk.services, BROWSER, body).token)
    with pytest.raises(TodokeError, match="staff_oidc_refused"):
        desk_oidc.come_back(desk.services, BROWSER, body)
    late = provider.back(desk_oidc.ask(desk.services, BROWSER))
    desk.clock.turn(301)
    with pytest.raises(TodokeError, match="staff_oidc_refused"):
        desk_oidc.come_back(desk.services, BROWSER, late)
    before = list(provider.calls)
    for wrong in ({}, {"state": "A" * 43}, {**body, "more": "x"}, {**body, "state": "A" * 43},
                  {"error": "access_denied"}):  # fmt: skip
        with pytest.raises(TodokeError, match="staff_oidc_refused"):
            desk_oidc.come_back(desk.services, BROWSER, wrong)
    assert provider.calls == before, "the provider was troubled"


def test_a_code_of_another_provider_is_never_shown_to_this(
    desk: Desk, provider: HostileOpenId, her: AtTheDoor
) -> None:
    linked(her, provider)
    for iss in ("https://evil.example", None):
        body: dict[str, object] = {**provider.back(desk_oidc.ask(desk.services, BROWSER))}
        body.pop("iss")
        with pytest.raises(TodokeError, match="staff_oidc_refused"):
            desk_oidc.come_back(desk.services, BROWSER, {**body, **({"iss": iss} if iss else {})})


def test_of_four_who_show_one_answer_at_once_at_most_one_comes_in(
    desk: Desk, provider: HostileOpenId, her: AtTheDoor
) -> None:
    linked(her, provider)
    body = provider.back(desk_oidc.ask(desk.services, BROWSER))

    def show(_: int) -> str:
        try:
            return desk_oidc.come_back(desk.services, BROWSER, body).token
        except TodokeError as error:
            return f"- {error.code}"

    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(show, range(4)))
    refused = [each for each in told if each.startswith("- ")]
    assert len(refused) >= 3  # where a refused try was quicker, nobody came in
    assert set(refused) <= {"- staff_oidc_refused", "- staff_oidc_unavailable"}


@pytest.mark.slow_on_aws
@pytest.mark.parametrize("fault", OUTAGES)
def test_a_provider_that_is_away_is_told_so_and_the_other_ways_work(
    desk: Desk, provider: HostileOpenId, her: AtTheDoor, fault: str
) -> None:
    phone = her.sets_up_passkey()
    provider.fault = fault
    with pytest.raises(TodokeError) as caught:
        comes(desk, provider)
    assert (caught.value.code, caught.value.status) == ("staff_oidc_unavailable", 503)
    assert whose(desk, her.shows(phone).token) == desk.author.id


def test_without_the_setting_there_is_no_such_way(tmp_path: Path) -> None:
    made = Desk.open(tmp_path / "none")
    assert not desk_oidc.is_offered(made.services)
    with pytest.raises(TodokeError, match="not_found"):
        desk_oidc.ask(made.services, BROWSER)


# ------------------------------------------------------------------------- right after a proof
def test_what_was_proved_hours_ago_at_the_provider_changes_no_way_in(
    tmp_path: Path, provider: HostileOpenId
) -> None:
    """A session at the provider lasts all day."""
    made = provider.desk(tmp_path / "day", max_age=36_000)
    her = AtTheDoor.inside(made.services, made.author.id)
    linked(her, provider)
    provider.proved_ago = 7200
    her.token = comes(made, provider).token
    for act in (desk_ways.new_codes, desk_ways.begin_totp):
        with pytest.raises(TodokeError, match="staff_proof_old"):
            act(made.services, her.asking())
    with pytest.raises(TodokeError, match="staff_proof_old"):
        desk_oidc.ask_link(made.services, her.asking(), BROWSER)
    url = desk_oidc.ask(made.services, BROWSER, fresh=True)
    assert dict(parse_qsl(urlsplit(url).query))["max_age"] == "900"
    with pytest.raises(TodokeError, match="staff_oidc_refused"):  # two hours are no answer to it
        desk_oidc.come_back(made.services, BROWSER, provider.back(url), her.token)
    provider.proved_ago = 5
    url = desk_oidc.ask(made.services, BROWSER, fresh=True)
    old = her.token
    her.token = desk_oidc.come_back(made.services, BROWSER, provider.back(url), old).token
    assert whose(made, old) == ""
    assert len(desk_ways.new_codes(made.services, her.asking())) == desk_ways.CODES


def test_where_the_provider_does_not_say_when_no_way_in_is_changed(
    tmp_path: Path, provider: HostileOpenId
) -> None:
    made = provider.desk(tmp_path / "never", max_age=0)
    her = AtTheDoor.inside(made.services, made.author.id)
    linked(her, provider)
    provider.fault = "proved who knows when"
    her.token = comes(made, provider).token
    with pytest.raises(TodokeError, match="staff_proof_old"):
        desk_ways.new_codes(made.services, her.asking())


def test_a_link_is_made_by_the_clerk_who_asked_and_while_her_proof_is_young(
    desk: Desk, provider: HostileOpenId, her: AtTheDoor
) -> None:
    other = AtTheDoor(desk.services, desk.approver.id)
    other.enters_by_link()
    for token in (other.token, "", "x" * 43):
        url = desk_oidc.ask_link(desk.services, her.asking(), BROWSER)
        with pytest.raises(TodokeError, match="staff_oidc_refused"):
            desk_oidc.come_back(desk.services, BROWSER, provider.back(url), token)
    url = desk_oidc.ask_link(desk.services, her.asking(), BROWSER)
    body = provider.back(url)
    desk.clock.turn(240)
    staff.recover(desk.services, desk.author.id)
    with pytest.raises(TodokeError, match="staff_oidc_refused"):
        desk_oidc.come_back(desk.services, BROWSER, body, her.token)
    assert refusal(desk, provider) == REFUSED


def test_an_answer_to_a_question_for_coming_in_links_nothing(
    desk: Desk, provider: HostileOpenId, her: AtTheDoor
) -> None:
    """She is in by another way; somebody leads her browser out and back."""
    url = desk_oidc.ask(desk.services, BROWSER)
    with pytest.raises(TodokeError, match="staff_oidc_refused"):
        desk_oidc.come_back(desk.services, BROWSER, provider.back(url), her.token)
    assert not desk_ways.of_clerk(desk.services, her.asking().clerk)


def test_nothing_of_the_login_is_kept_in_clear(
    desk: Desk, provider: HostileOpenId, her: AtTheDoor
) -> None:
    linked(her, provider)
    comes(desk, provider)
    kinds = ("staff", "staff_session", "staff_credential", "challenge", "audit")
    kept = repr([desk.services.store.walk(kind, 1000).records for kind in kinds])
    assert provider.person not in kept
    assert "127.0.0.1" not in kept
