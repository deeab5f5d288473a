"""A case worker reads, returns and decides; each act is one commit, and nobody is overtaken."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tests.parts.case_desk import CaseDesk
from todoke.core.errors import TodokeError
from todoke.journeys import cases
from todoke.ports import Record, Replace

pytestmark = pytest.mark.also_late

NOTE = "うつした書類の字が読めません。もう一度とって送ってください。"


@pytest.fixture
def desk(tmp_path: Path) -> CaseDesk:
    return CaseDesk.open(tmp_path)


def test_opening_is_written_into_the_persons_history_before_anything_is_shown(
    desk: CaseDesk,
) -> None:
    record = desk.apply()
    case = cases.open_case(desk.services, desk.worker, record.id, "review")
    assert case.resident.name == "見本 はなこ"
    assert case.answers["event"] == "birth"
    assert (desk.worker.id, "application_read") in desk.history()


def test_what_cannot_be_written_down_is_not_shown(
    desk: CaseDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    record = desk.apply()

    def full(self: object, writes: object) -> None:
        raise TodokeError("storage_full")

    # a full disk cannot be had for one commit only
    monkeypatch.setattr(type(desk.services.store), "commit", full)
    with pytest.raises(TodokeError, match="storage_full"):
        cases.open_case(desk.services, desk.worker, record.id, "review")


@pytest.mark.lists_on_time
def test_loading_the_page_anew_is_no_second_reading_but_a_minute_later_it_is(
    desk: CaseDesk,
) -> None:
    record = desk.apply()
    for seconds, readings in ((0, 1), (59, 1), (1, 2), (0, 2), (3600, 3)):
        desk.desk.clock.turn(seconds)
        cases.open_case(desk.services, desk.worker, record.id, "review")
        assert desk.history().count((desk.worker.id, "application_read")) == readings
    cases.open_case(desk.services, desk.other, record.id, "review")
    assert (desk.other.id, "application_read") in desk.history()


def test_the_worklist_is_oldest_first_and_the_decided_newest_first(desk: CaseDesk) -> None:
    made = []
    for _ in range(3):
        made.append(desk.apply().id)
        desk.desk.clock.turn(60)
    assert [
        each.id for each in cases.worklist(desk.services, desk.worker, "submitted").records
    ] == made
    for id in made[:2]:
        cases.decide(desk.services, desk.worker, id, 1, "accepted")
    assert [
        each.id for each in cases.worklist(desk.services, desk.worker, "accepted").records
    ] == made[1::-1]


def test_a_returned_application_tells_the_person_and_comes_back_mended(desk: CaseDesk) -> None:
    record = desk.apply()
    notes = {"proofs": NOTE, "children-1-kana": "よみをたしかめてください。"}
    returned = cases.return_fields(desk.services, desk.worker, record.id, record.version, notes)
    assert returned.data["state"] == "returned"
    assert desk.inside(returned)["asks"] == notes
    assert desk.inside(returned)["answers"] == desk.inside(record)["answers"]
    letter = desk.letters()[0]
    assert letter.kind == "application_returned"
    assert letter.link == f"/applications/{record.id}"
    assert NOTE not in letter.body["ja"]
    assert (desk.worker.id, "application_returned") in desk.history()
    assert not cases.was_mended(returned)
    assert cases.was_mended(desk.mend(record.id, claimant_kana="ミホン ハナ"))


@pytest.mark.parametrize("decision", cases.DECISIONS)
def test_a_decision_tells_the_person_how_to_object(desk: CaseDesk, decision: str) -> None:
    record = desk.apply()
    reason = "児童手当法4条1項の監護がたしかめられません。" if decision == "refused" else ""
    decided = cases.decide(desk.services, desk.worker, record.id, 1, decision, reason)
    assert decided.data["state"] == decision
    assert desk.inside(decided)["reason"] == (reason or None)
    letter = desk.letters()[0]
    assert letter.kind == f"application_{decision}"
    assert reason in letter.body["ja"]
    # 行政不服審査法 82 条 1 項: that one may object, to whom, until when
    for language, words in (
        ("ja", ("審査請求", "知事", "3か月", "裁判所", "6か月")),
        ("easy", ("審査請求", "知事", "3か月", "裁判", "6か月")),
        ("en", ("review", "governor", "three months", "court", "six months")),
    ):
        for word in words:
            assert word in letter.body[language], (language, word)


def test_a_procedure_without_words_on_objecting_cannot_be_decided(desk: CaseDesk) -> None:
    record = desk.apply()
    foreign = {**record.data, "procedure": "bo-ninshin"}
    changed = Record("application", record.id, foreign, record.version)
    desk.services.store.commit([Replace(changed)])
    for decision in cases.DECISIONS:
        with pytest.raises(TodokeError, match="setting_invalid"):
            cases.decide(desk.services, desk.worker, record.id, 2, decision, "だめです。")
    assert desk.get(record.id).data["state"] == "submitted"
    assert not desk.letters()


def test_every_procedure_with_a_form_has_words_on_objecting() -> None:
    root = Path(__file__).parents[2] / "site"
    for path in (root / "procedures").glob("*.yaml"):
        if "\nform:" in path.read_text("utf-8"):
            for language in ("ja", "easy", "en"):
                words = (root / "locales" / language / "desk_cases.yaml").read_text("utf-8")
                assert f"    {path.stem}:" in words, (path.stem, language)


def test_the_same_act_sent_twice_is_one(desk: CaseDesk) -> None:
    record = desk.apply()
    for _ in range(2):
        cases.return_fields(desk.services, desk.worker, record.id, 1, {"proofs": NOTE})
    mended = desk.mend(record.id)
    for _ in range(2):
        cases.decide(desk.services, desk.worker, record.id, mended.version, "refused", "だめです。")
    acts = [act for _, act in desk.history()]
    assert acts.count("application_returned") == 1
    assert acts.count("application_refused") == 1
    assert len(desk.letters()) == 2


def test_a_form_older_than_the_mending_changes_nothing(desk: CaseDesk) -> None:
    record = desk.apply()
    cases.return_fields(desk.services, desk.worker, record.id, 1, {"proofs": NOTE})
    desk.mend(record.id)
    with pytest.raises(TodokeError, match="application_state"):
        cases.return_fields(desk.services, desk.worker, record.id, 1, {"proofs": NOTE})
    with pytest.raises(TodokeError, match="application_state"):
        cases.decide(desk.services, desk.worker, record.id, 1, "accepted")


@pytest.mark.parametrize("state", ["returned", "accepted", "refused"])
def test_only_what_waits_for_the_city_is_decided(desk: CaseDesk, state: str) -> None:
    record = desk.apply()
    if state == "returned":
        cases.return_fields(desk.services, desk.worker, record.id, 1, {"proofs": NOTE})
    else:
        cases.decide(desk.services, desk.worker, record.id, 1, state, "だめです。")
    for decision in cases.DECISIONS:
        with pytest.raises(TodokeError, match="application_state"):
            cases.decide(desk.services, desk.other, record.id, 2, decision, "ちがいます。")
    assert len(desk.letters()) == 1


def test_of_two_clerks_at_once_one_decides(desk: CaseDesk) -> None:
    record = desk.apply()
    start, ends = threading.Barrier(2), []

    def decide(who: int, decision: str) -> None:
        person = (desk.worker, desk.other)[who]
        start.wait()
        try:
            cases.decide(desk.services, person, record.id, 1, decision, "だめです。")
            ends.append(decision)
        except TodokeError as error:
            ends.append(error.code)

    threads = [
        threading.Thread(target=decide, args=each) for each in enumerate(("accepted", "refused"))
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert ends.count("application_state") == 1
    kept = desk.get(record.id)
    assert kept.data["state"] in ends
    assert [each.kind for each in desk.letters()] == [f"application_{kept.data['state']}"]
    decided = [
        act for _, act in desk.history() if act in ("application_accepted", "application_refused")
    ]
    assert decided == [f"application_{kept.data['state']}"]


@pytest.mark.parametrize(
    ("note", "code"),
    [
        ("", "missing_field"),
        ("あ" * 201, "bad_field"),
        ("番号は 1234 5678 9018 ですか", "my_number_in_text"),
        ("https://evil.test を見てください", "link_host_refused"),
        ("暗証番号を書いてください", "bad_field"),
        ("見えない\u202e文字", "bad_field"),
    ],
)
def test_a_note_that_must_not_be_sent_is_refused(desk: CaseDesk, note: str, code: str) -> None:
    record = desk.apply()
    with pytest.raises(TodokeError) as refused:
        cases.return_fields(desk.services, desk.worker, record.id, 1, {"proofs": note})
    assert refused.value.code == code
    assert note[:8] not in str(refused.value) or not note
    assert desk.get(record.id).data["state"] == "submitted"
    assert not desk.letters()


def test_a_refusal_without_a_reason_is_none(desk: CaseDesk) -> None:
    record = desk.apply()
    for reason in ("", " \n", "あ" * (cases.MAX_REASON + 1)):
        with pytest.raises(TodokeError):
            cases.decide(desk.services, desk.worker, record.id, 1, "refused", reason)
    assert desk.get(record.id).data["state"] == "submitted"


def test_an_attachment_opens_only_through_its_own_application(desk: CaseDesk) -> None:
    first, second = desk.apply(files=(b"%PDF-1.7 mihon",)), desk.apply()
    file = str(desk.inside(first)["answers"]["proofs"][0])
    _, body = cases.attachment(desk.services, desk.worker, first.id, file, "review")
    assert body == b"%PDF-1.7 mihon"
    read = [each for each in cases.acts(desk.services, first) if each.data["detail"]]
    assert [each.data["detail"] for each in read] == [{"file": file, "purpose": "review"}]
    for id, name in ((second.id, file), (first.id, "F-00000-00000"), ("T-00000-00000", file)):
        with pytest.raises(TodokeError, match="not_found"):
            cases.attachment(desk.services, desk.worker, id, name, "review")


@pytest.mark.parametrize(
    "typed",
    [
        "T-4K9Q2-7MX0R",
        "t-4k9q2-7mx0r",
        "4K9Q27MXOR",
        "Ｔ－４Ｋ９Ｑ２－７ＭＸ０Ｒ",
        " t 4k9q2 7mx0r ",
    ],
)
def test_a_receipt_number_is_found_however_it_is_typed(typed: str) -> None:
    assert cases.number_typed(typed) == "T-4K9Q2-7MX0R"


def test_text_that_is_no_number_stays_text() -> None:
    for typed in ("", "見本", "T-1", "<script>", "T" * 400):
        assert not cases.number_typed(typed).startswith("T-")
