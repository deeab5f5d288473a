"""What a notice may say, its snapshot, and who may do what to it when."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from todoke.core import notice
from todoke.core.errors import TodokeError
from todoke.core.notice import Content, Link, Person, Standing
from todoke.core.notice_check import Rules, check, problems, reason_problems, refusal_of_url

NOW = 1_795_478_400
RULES = Rules(
    topics=frozenset({"nursery"}),
    areas=frozenset({"kita"}),
    cohorts=frozenset({2023}),
    procedures=frozenset({"jt-nintei"}),
    link_hosts=("minatono.example", "*.lg.minatono.example"),
)
GOOD = Content(
    topic="nursery",
    title={"ja": "保育園の申込は12月4日(金)まで"},
    text={"ja": "一次申込の締切は12月4日(金)です。\n電話 000-000-1234"},
    expires_at=NOW + 30 * 86400,
    links=(Link("https://minatono.example/hoiku", "申込の案内"), Link("/topics.html", "話題")),
    area="kita",
    cohort=2023,
    procedure="jt-nintei",
)
AUTHOR = Person("S-a", frozenset({"author"}))
SECOND = Person("S-b", frozenset({"approver"}))
BOTH = Person("S-c", frozenset({"author", "approver"}))


def found(**changes: object) -> set[tuple[str, str]]:
    wrong = replace(GOOD, **changes)  # type: ignore[arg-type]
    return {(each.field, each.rule) for each in problems(wrong, RULES, NOW)}


# ------------------------------------------------------------------ what it may say
def test_a_good_notice_has_no_problem() -> None:
    assert problems(GOOD, RULES, NOW) == ()


@pytest.mark.parametrize(
    ("changes", "field", "rule"),
    [
        ({"topic": "football"}, "topic", "unknown_choice"),
        ({"topic": ""}, "topic", "required"),
        ({"area": "minami"}, "area", "unknown_choice"),
        ({"cohort": 1999}, "cohort", "unknown_choice"),
        ({"procedure": "nothing"}, "procedure", "unknown_choice"),
        ({"urgency": "very-high"}, "urgency", "unknown_choice"),
        ({"title": {}}, "title.ja", "required"),
        ({"title": {"ja": "  "}}, "title.ja", "required"),
        ({"text": {}}, "text.ja", "required"),
        ({"title": {"ja": "あ" * 41}}, "title.ja", "too_long"),
        ({"text": {"ja": "あ" * 2001}}, "text.ja", "too_long"),
        ({"title": {"ja": "題", "en": "Title"}}, "text.en", "required"),
        ({"text": {"ja": "文", "easy": "ぶん"}}, "title.easy", "required"),
        ({"title": {"ja": "題", "fr": "Titre"}}, "title.fr", "unknown_language"),
        ({"title": {"ja": "題\n二行"}}, "title.ja", "control_character"),
        ({"text": {"ja": "文\x00"}}, "text.ja", "control_character"),
        ({"text": {"ja": "文\u202e逆"}}, "text.ja", "control_character"),
        ({"text": {"ja": "文\ud800"}}, "text.ja", "control_character"),
        ({"title": {"ja": "番号 0537 0329 6641"}}, "title.ja", "my_number"),
        ({"expires_at": NOW + 3599}, "expires_at", "too_soon"),
        ({"expires_at": NOW + 401 * 86400}, "expires_at", "too_late"),
        ({"links": (Link("/a.html", "あ"),) * 6}, "links", "too_many"),
        ({"links": (Link("/a.html", " "),)}, "links.0.label", "required"),
        ({"links": (Link("https://evil.test/", "見る"),)}, "links.0.url", "link_host"),
        ({"links": (Link("/x/053703296641", "見る"),)}, "links.0.url", "my_number"),
        ({"text": {"ja": "見てください https://evil.test/x"}}, "text.ja", "link_host"),
        ({"text": {"ja": "見てください bit.ly/abc"}}, "text.ja", "shortener"),
        ({"text": {"ja": "見てください ｂｉｔ．ｌｙ/abc"}}, "text.ja", "shortener"),
        ({"text": {"ja": "見てください b\u00adit.ly/abc"}}, "text.ja", "shortener"),
        ({"text": {"ja": "見てください https：//evil.test/x"}}, "text.ja", "link_host"),
        ({"text": {"ja": "見てください https:/\u2060/evil.test"}}, "text.ja", "link_host"),
        ({"text": {"ja": "暗\u200b証番号を入力"}}, "text.ja", "asks_for_secret"),
        ({"text": {"ja": "enter your ｐｉｎ"}}, "text.ja", "asks_for_secret"),
    ],
)
def test_each_rule_names_the_field_to_mend(
    changes: dict[str, object], field: str, rule: str
) -> None:
    assert (field, rule) in found(**changes)


def test_forty_characters_of_title_and_two_thousand_of_text_are_fine() -> None:
    assert found(title={"ja": "あ" * 40}, text={"ja": "あ" * 2000}) == set()


def test_one_hour_and_four_hundred_days_are_the_edges_of_its_life() -> None:
    assert found(expires_at=NOW + 3600) == set()
    assert found(expires_at=NOW + 400 * 86400) == set()


@pytest.mark.parametrize(
    "sentence",
    [
        "このページに暗証番号を入力してください。",
        "パスワードを 教えて ください",
        "ＰＡＳＳＷＯＲＤのかわりにパスワードの送信をお願いします",
        "口座の番号とカード番号を返信してください",
        "マイナンバーなどを書いて送ってください",
        "Please enter your PIN on this page",
        "Reply with your password",
    ],
)
def test_a_request_for_a_secret_is_refused(sentence: str) -> None:
    assert ("text.ja", "asks_for_secret") in found(text={"ja": sentence})


@pytest.mark.parametrize(
    "sentence",
    [
        "市から暗証番号を聞くことはありません。",
        "パスワードを入力しないでください。",
        "暗証番号を忘れた人は、市民課へ連絡してください。",
        "マイナンバーカードを持ってきてください。",
        "Never enter your PIN on a page you do not know.",
        "We sent a letter about passwords.",
    ],
)
def test_a_warning_about_secrets_is_welcome(sentence: str) -> None:
    assert found(text={"ja": sentence}) == set()


@pytest.mark.parametrize(
    "url",
    [
        "https://minatono.example",
        "https://MINATONO.example/hoiku?y=2027#top",
        "https://minatono.example:443/",
        "https://kosodate.lg.minatono.example/",
        "https://a.b.lg.minatono.example/",
        "/procedures/jt-nintei.html#when",
    ],
)
def test_links_to_named_hosts_and_own_pages_pass(url: str) -> None:
    assert refusal_of_url(url, RULES.link_hosts) is None


@pytest.mark.parametrize(
    "url",
    [
        "",
        "http://minatono.example/",
        "https://evilminatono.example/",
        "https://minatono.example.evil.test/",
        "https://www.minatono.example/",
        "https://lg.minatono.example/",
        "https://minatono.example@evil.test/",
        "https://evil.test\\@minatono.example/",
        "https://minatono.example:8443/",
        "https://minatono.example:x/",
        "https://192.0.2.1/",
        "https://[::1]/",
        "https://mïnatono.example/",
        "https://minatono.example /",
        "javascript:alert(1)",
        "data:text/html,x",
        "//evil.test/",
        "/\\evil.test/",
        "/a/../b",
        "topics.html",
        "https://t.co/x",
        "https://" + "a" * 600,
    ],
)
def test_every_other_link_is_refused(url: str) -> None:
    assert refusal_of_url(url, RULES.link_hosts) is not None


def test_a_shortener_is_refused_even_where_it_was_named() -> None:
    assert refusal_of_url("https://bit.ly/x", ("bit.ly",)) == "shortener"


@given(st.text(max_size=60))
def test_only_a_named_host_ever_passes(text: str) -> None:
    for url in (text, f"https://{text}", f"https://{text}.minatono.example.test/"):
        if refusal_of_url(url, ("minatono.example",)) is None:
            assert url.startswith("/") or url.lower().startswith("https://minatono.example")


@given(st.dictionaries(st.sampled_from(["ja", "easy", "en", "xx"]), st.text(max_size=90)))
def test_any_words_can_be_checked(words: dict[str, str]) -> None:
    problems(replace(GOOD, title=words, text=words), RULES, NOW)


def test_the_first_problem_is_raised_with_its_field() -> None:
    with pytest.raises(TodokeError) as caught:
        check(replace(GOOD, text={"ja": "番号は053703296641"}), RULES, NOW)
    assert caught.value.code == "my_number_in_text"
    assert "0537" not in str(caught.value)


def test_a_reason_is_short_and_never_empty() -> None:
    assert reason_problems("日付に誤りがありました") == ()
    assert [each.rule for each in reason_problems("  ")] == ["required"]
    assert [each.rule for each in reason_problems("あ" * 201)] == ["too_long"]
    assert [each.rule for each in reason_problems("053703296641")] == ["my_number"]


@pytest.mark.parametrize(
    ("reason", "rule"),
    [
        ("正しくは https://evil.test/ を見てください", "link_host"),
        ("正しくは https://minatono.example/ を見てください", "link_host"),
        ("正しくは bit.ly/abc", "shortener"),
        ("確認のため暗証番号を入力してください", "asks_for_secret"),
    ],
)
def test_a_reason_leads_nowhere_because_no_second_person_reads_it_first(
    reason: str, rule: str
) -> None:
    assert [each.rule for each in reason_problems(reason)] == [rule]


# ------------------------------------------------------------------ JSON, snapshot
def test_json_goes_both_ways() -> None:
    assert notice.from_json(notice.to_json(GOOD)) == GOOD


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"colour": "red"}, "unknown_field"),
        ({"topic": 3}, "bad_field"),
        ({"title": "題"}, "bad_field"),
        ({"title": {"ja": 3}}, "bad_field"),
        ({"expires_at": True}, "bad_field"),
        ({"expires_at": "soon"}, "bad_field"),
        ({"links": [3]}, "bad_field"),
        ({"links": [{"url": "/a"}]}, "bad_field"),
        ({"cohort": "2023"}, "bad_field"),
    ],
)
def test_a_wrong_shape_is_named(changes: dict[str, object], code: str) -> None:
    with pytest.raises(TodokeError) as caught:
        notice.from_json({**notice.to_json(GOOD), **changes})
    assert caught.value.code == code


@given(
    st.recursive(st.none() | st.integers() | st.text(), st.lists)
    | st.dictionaries(st.text(), st.text())
)
def test_any_json_is_read_or_refused(value: object) -> None:
    with pytest.raises(TodokeError):
        notice.from_json(value)


def test_the_snapshot_is_the_same_whatever_the_order_of_names() -> None:
    shuffled = replace(GOOD, title={"en": "a", "ja": "b"}, text={"en": "c", "ja": "d"})
    ordered = replace(GOOD, title={"ja": "b", "en": "a"}, text={"ja": "d", "en": "c"})
    assert notice.snapshot("N-2026-0001", shuffled, None) == notice.snapshot(
        "N-2026-0001", ordered, None
    )


def test_the_snapshot_covers_number_time_and_every_part_of_the_content() -> None:
    variants = [
        replace(GOOD, topic="x"),
        replace(GOOD, title={"ja": "x"}),
        replace(GOOD, text={"ja": "x"}),
        replace(GOOD, expires_at=1),
        replace(GOOD, links=()),
        replace(GOOD, urgency="high"),
        replace(GOOD, area=None),
        replace(GOOD, cohort=None),
        replace(GOOD, procedure=None),
    ]
    seals = {notice.snapshot("N-2026-0001", each, None) for each in [GOOD, *variants]}
    seals |= {notice.snapshot("N-2026-0002", GOOD, None), notice.snapshot("N-2026-0001", GOOD, 5)}
    assert len(seals) == len(variants) + 3
    assert len(variants) == len(Content.__slots__)


# ------------------------------------------------------------------ who may do what
ASKED = Standing("asked", frozenset({"S-a"}), "seal")


def test_a_second_person_approves_what_she_saw() -> None:
    assert notice.approve(ASKED, SECOND, "seal") == "approved"


def test_whoever_wrote_or_changed_it_cannot_approve_it() -> None:
    for writers in ({"S-c"}, {"S-a", "S-c"}):
        with pytest.raises(TodokeError, match="same_person"):
            notice.approve(replace(ASKED, writers=frozenset(writers)), BOTH, "seal")


def test_an_author_without_the_role_cannot_approve() -> None:
    with pytest.raises(TodokeError, match="role_missing"):
        notice.approve(replace(ASKED, writers=frozenset()), AUTHOR, "seal")


def test_an_approver_cannot_write() -> None:
    for act in (notice.edit, notice.ask):
        with pytest.raises(TodokeError, match="role_missing"):
            act(Standing("draft"), SECOND)


@pytest.mark.parametrize("seen", ["", "another"])
def test_another_snapshot_is_not_approved(seen: str) -> None:
    with pytest.raises(TodokeError, match="notice_changed"):
        notice.approve(ASKED, SECOND, seen)
    with pytest.raises(TodokeError, match="notice_changed"):
        notice.approve(replace(ASKED, snapshot=None), SECOND, seen)


def test_recall_needs_one_person_of_either_role() -> None:
    for who in (AUTHOR, SECOND, BOTH):
        for state in ("approved", "sending", "sent"):
            assert notice.recall(Standing(state, frozenset({"S-a"})), who) == "recalled"
    with pytest.raises(TodokeError, match="role_missing"):
        notice.recall(Standing("sending"), Person("S-x", frozenset()))


def test_an_approver_gives_back_and_a_writer_takes_back() -> None:
    assert notice.give_back(ASKED, SECOND) == "draft"
    assert notice.give_back(ASKED, AUTHOR) == "draft"
    with pytest.raises(TodokeError, match="role_missing"):
        notice.give_back(ASKED, Person("S-x", frozenset({"author"})))


STATES = ("draft", "asked", "approved", "sending", "sent", "recalled")
WAYS = {
    ("edit", "draft"),
    ("ask", "draft"),
    ("approve", "asked"),
    ("give_back", "asked"),
    ("publish", "approved"),
    ("finish", "sending"),
    ("recall", "approved"),
    ("recall", "sending"),
    ("recall", "sent"),
}


@pytest.mark.parametrize("act", sorted(notice.ACTS))
@pytest.mark.parametrize("state", STATES)
def test_only_these_ways_lead_on(act: str, state: str) -> None:
    if (act, state) in WAYS:
        assert notice.after(state, act) in STATES
    else:
        with pytest.raises(TodokeError, match="notice_state"):
            notice.after(state, act)


def test_a_recalled_notice_stays_recalled() -> None:
    assert not any("recalled" in ways for ways in notice.ACTS.values())
