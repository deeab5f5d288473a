"""How the desk writes moments, figures and states: in Japanese time, never by colour alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from todoke.core.audience import Figure
from todoke.core.words import Dictionary
from todoke.journeys.audit import JST

#: shape and colour of each state; the word is in the locale (DESK: shape + word + colour)
STATES: Mapping[str, tuple[str, str]] = {
    "draft": ("◇", ""),
    "returned": ("◆", "wait"),
    "asked": ("◆", "wait"),
    "scheduled": ("◷", "go"),
    "approved": ("▶", "go"),
    "sending": ("▶", "go"),
    "sent": ("✓", "good"),
    "recalled": ("✕", "bad"),
}
#: the same for applications: brown waits for the city, ochre for the citizen
CASE_STATES: Mapping[str, tuple[str, str]] = {
    "submitted": ("○", "warn"),
    "mended": ("▶", "go"),
    "returned": ("◆", "wait"),
    "accepted": ("✓", "good"),
    "refused": ("✕", ""),
}
#: and for bills
BILL_STATES: Mapping[str, tuple[str, str]] = {
    "open": ("○", ""),
    "started": ("▶", "go"),
    "awaiting": ("◆", "wait"),
    "paid": ("✓", "good"),
    "withdrawn": ("✕", ""),
}
#: 元号法: Reiwa began on 1 May 2019; every date shown here is later
_REIWA = 2018
_ERAS = (
    ("reiwa", date(2019, 5, 1)),
    ("heisei", date(1989, 1, 8)),
    ("showa", date(1926, 12, 25)),
)


def day(words: Dictionary, language: str, unix: int) -> str:
    """「令和8年11月24日(火)」 or "Tue 24 November 2026"."""
    at = datetime.fromtimestamp(unix, JST)
    weekday = words.say(language, f"console.weekday.d{at.weekday()}")
    month = words.say(language, f"console.month.m{at.month}")
    return words.say(
        language,
        "console.date",
        era=at.year - _REIWA,
        year=at.year,
        month=month,
        day=at.day,
        weekday=weekday,
    )


def moment(words: Dictionary, language: str, unix: int) -> str:
    """The day and the minute."""
    at = datetime.fromtimestamp(unix, JST)
    return f"{day(words, language, unix)} {at.hour}:{at.minute:02d}"


def short_moment(words: Dictionary, language: str, unix: int, now: int) -> str:
    """Only the time for today, else month, day and time: for tables."""
    at = datetime.fromtimestamp(unix, JST)
    clock = f"{at.hour}:{at.minute:02d}"
    if at.date() == datetime.fromtimestamp(now, JST).date():
        return words.say(language, "console.today_at", time=clock)
    month = words.say(language, f"console.month.m{at.month}")
    weekday = words.say(language, f"console.weekday.d{at.weekday()}")
    return words.say(
        language, "console.short_date", month=month, day=at.day, weekday=weekday, time=clock
    )


def to_second(words: Dictionary, language: str, unix: int) -> str:
    """Month, day and the second: for the record of acts."""
    at = datetime.fromtimestamp(unix, JST)
    month = words.say(language, f"console.month.m{at.month}")
    weekday = words.say(language, f"console.weekday.d{at.weekday()}")
    return words.say(
        language,
        "console.short_date",
        month=month,
        day=at.day,
        weekday=weekday,
        time=clock_time(unix),
    )


def waited(words: Dictionary, language: str, seconds: int) -> str:
    """「3日」「5時間」「10分」: how long somebody has been waiting, in the largest whole unit."""
    for unit, length in (("days", 86400), ("hours", 3600)):
        if seconds >= length:
            return words.say(language, f"console.waited.{unit}", number=seconds // length)
    return words.say(language, "console.waited.minutes", number=max(0, seconds) // 60)


def clock_time(unix: int) -> str:
    """Hours, minutes and seconds."""
    return f"{datetime.fromtimestamp(unix, JST):%H:%M:%S}"


def figure(words: Dictionary, language: str, shown: Figure) -> str:
    """「2,946台」「180台以上」「10台より少ない」."""
    name = "few" if shown.few else "at_least" if shown.at_least else "exact"
    return words.say(language, f"console.figure.{name}", number=f"{shown.number:,}")


def cohort_name(words: Dictionary, language: str, cohort: int) -> str:
    """A school year by the births it holds (2 April to 1 April, 学校教育法 17)."""
    return words.say(language, "console.cohort", year=cohort, next=cohort + 1)


def unix_of(year: int, month: int, day_: int, hour: int, minute: int) -> int | None:
    """Unix seconds of a Japanese wall-clock minute, None for a date that does not exist."""
    try:
        return int(datetime(year, month, day_, hour, minute, tzinfo=JST).timestamp())
    except (ValueError, OverflowError):
        return None


def written_day(words: Dictionary, language: str, iso: str) -> str:
    """「平成3年4月2日(1991年)」 or "2 April 1991" of "1991-04-02"; other text as it is.

    Years of an era begin on its own first day (元号法): 昭和 1926-12-25, 平成 1989-01-08."""
    try:
        at = date.fromisoformat(iso)
    except ValueError:
        return iso
    era, first = next(
        ((name, begins.year) for name, begins in _ERAS if begins <= at),
        ("", 0),
    )
    return words.say(
        language,
        "console.written_day" if era else "console.written_day_plain",
        era=words.say(language, f"console.era.{era}") if era else "",
        era_year=at.year - first + 1,
        year=at.year,
        month=words.say(language, f"console.month.m{at.month}"),
        day=at.day,
    )


def act_name(words: Dictionary, language: str, actor: str, act: str) -> str:
    """What was done; a citizen's session is another thing than a clerk's. The code of an act
    that has no words."""
    for name in (f"console.act.{actor}_{act}", f"console.act.{act}"):
        if words.has(language, name):
            return words.say(language, name)
    return act


def parts_of(unix: int) -> tuple[int, int, int, int, int]:
    """Year, month, day, hour, minute in Japan."""
    at = datetime.fromtimestamp(unix, JST)
    return at.year, at.month, at.day, at.hour, at.minute


def months_back(now: int, number: int = 14) -> list[str]:
    """The last months as "2026-11", newest first: the choices of the record of acts."""
    at = datetime.fromtimestamp(now, JST).replace(day=1)
    found = []
    for _ in range(number):
        found.append(f"{at.year:04d}-{at.month:02d}")
        at = (at - timedelta(days=1)).replace(day=1)
    return found


#: acts that may be looked for in the record of acts: of a notice's life, of clerks, of
#: applications, of money
ACTS = (
    "drafted",
    "edited",
    "asked",
    "given_back",
    "approved",
    "refused",
    "published",
    "recalled",
    "session_opened",
    "session_closed",
    "staff_added",
    "staff_link_made",
    "staff_removed",
    "staff_roles",
    "staff_offices",
    "staff_recovered",
    "staff_sessions_ended",
    "staff_way_added",
    "staff_way_removed",
    "staff_codes_made",
    "staff_login_refused",
    "letter_code_made",
    "letter_code_wrong",
    "account_linked",
    "card_added",
    "card_removed",
    "app_added",
    "app_removed",
    "passkey_added",
    "passkey_removed",
    "handover_allowed",
    "handover_refused",
    "handover_wrong",
    "account_unlinked",
    "letter_code_ended",
    "account_erased",
    "data_exported",
    "link_refused",
    "application_submitted",
    "application_mended",
    "application_read",
    "attachment_read",
    "application_returned",
    "application_handed_over",
    "application_accepted",
    "application_refused",
    "bills_imported",
    "residents_imported",
    "register_reported",
    "register_report_asked",
    "register_findings_seen",
    "letters_sent",
    "bill_imported",
    "bill_read",
    "payment_started",
    "payment_paid",
    "payment_amount_differs",
    "payment_overpaid",
)
