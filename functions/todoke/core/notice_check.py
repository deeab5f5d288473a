"""What a notice may say: lengths, known choices, links, and nothing that helps a swindler.

People learn from real notices what to expect. So ours never ask for a secret, never link
through a shortener, and link only to hosts the city named; a false notice then stands out.
"""

from __future__ import annotations

import dataclasses
import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from todoke.core import my_number
from todoke.core.errors import TodokeError
from todoke.core.notice import URGENCIES, Content, Link
from todoke.core.words import LANGUAGES

#: a phone shows about this many characters of a title
MAX_TITLE = 40
MAX_TEXT = 2000
MAX_LINKS = 5
MAX_LABEL = 60
MAX_URL = 500
MAX_REASON = 200
#: a notice that expires sooner cannot be read in time; one that lives longer is a page
MIN_LIFE_SECONDS = 3600
MAX_LIFE_SECONDS = 400 * 86400

#: services that hide where a link goes
SHORTENERS = frozenset(
    {"amzn.to", "bit.ly", "buff.ly", "cutt.ly", "goo.gl", "is.gd", "j.mp", "lin.ee", "onl.bz"}
    | {"onl.tw", "ow.ly", "p.tl", "rb.gy", "rebrand.ly", "shorturl.at", "t.co", "t.ly", "tiny.cc"}
    | {"tinyurl.com", "url.ie", "ux.nu", "v.gd", "wp.me", "x.gd"}
)
_HOST = re.compile(r"^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}$")
_PATH = re.compile(r"^/(?![/\\])[^\s\\]*$")
_URL_IN_TEXT = re.compile(r"(?i)\b[a-z][a-z0-9+.-]{1,15}://[^\s<>「」『』（）(),、。]+")
_SHORTENER_IN_TEXT = re.compile(
    r"(?i)(?<![a-z0-9.-])("
    + "|".join(map(re.escape, sorted(SHORTENERS)))
    + r")(?![a-z0-9.-]|\.[a-z])"
)
_SENTENCE_END = re.compile(r"[。．！？!?\n]|\.\s")
#: 「パスワードを入力」「暗証番号の記入」; は・が・た between them open another clause, as in
#: 「暗証番号を忘れた人は連絡してください」, which asks for nothing
_DEMAND_JA = re.compile(
    r"(暗証番号|あんしょうばんごう|パスワード|パスコード|認証コード|確認コード|個人番号|"
    r"マイナンバー|セキュリティコード|カード番号|カードの番号)"
    r"(や[^、はがた]{1,15}|と[^、はがた]{1,15}|など|等)?(の|[をも][^、はがた]{0,12})"
    r"(入力|送信|送付|返信|記入|通知|提示|申告|連絡|登録|お?教え|お?おしえ|お?知らせ|お?送|"
    r"おくって|お?伝え|つたえ|入れ|いれ|書|かい)"
)
_DEMAND_EN = re.compile(
    r"(?i)\b(enter|send|tell|reply|give|provide|type|text|e-?mail|submit|share)\b.{0,40}?"
    r"(\bpin\b|password|passcode|one[- ]time code|security code|\bmy number\b(?! card)|card number)"
)
_NEVER = re.compile(
    r"ません|ないで|しない|なくて|不要|いりません|(?i:\b(never|not|don't|won't|no need)\b)"
)
#: directional controls can make a text read otherwise than it is (Unicode TR 36 section 3)
_DIRECTIONS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True, slots=True)
class Rules:
    """What this installation knows. topics, areas, procedures: ids; cohorts: school years;
    link_hosts: "minatono.example", or "*.minatono.example" for the hosts below it."""

    topics: frozenset[str]
    areas: frozenset[str]
    cohorts: frozenset[int]
    procedures: frozenset[str]
    link_hosts: tuple[str, ...]


_NO_LINKS = Rules(frozenset(), frozenset(), frozenset(), frozenset(), link_hosts=())


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to mend. field: "title.ja", "links.0.url" …; code: of ``core/errors``; rule:
    names the sentence ``console.problem.<rule>``, with ``values`` in it."""

    field: str
    rule: str
    code: str = "bad_field"
    values: Mapping[str, object] = dataclasses.field(default_factory=dict)

    def error(self) -> TodokeError:
        """The same, to be raised."""
        return TodokeError(self.code, field=self.field, rule=self.rule, **self.values)


def check(content: Content, rules: Rules, now: int) -> None:
    """Raises the first problem of ``problems``."""
    for problem in problems(content, rules, now):
        raise problem.error()


def problems(content: Content, rules: Rules, now: int) -> tuple[Problem, ...]:
    """Everything to mend before the notice may be kept, in the order of the form."""
    return (
        *_choices(content, rules),
        *_language_pairs(content),
        *(each for name in LANGUAGES for each in _words(content, name, rules)),
        *_links(content, rules),
        *_life(content, now),
    )


def reason_problems(reason: str, limit: int = MAX_REASON) -> tuple[Problem, ...]:
    """What to mend in a sentence of a clerk's own that citizens read and no second person does
    before (the reason of a recall, a note to an application): so it leads nowhere and asks for
    no secret. limit: characters."""
    if not reason.strip():
        return (Problem("reason", "required", "missing_field"),)
    return (
        *_plain("reason", reason, limit, lines=False),
        *_trust("reason", reason, _NO_LINKS),
    )


# --------------------------------------------------------------------------- parts
def _choices(content: Content, rules: Rules) -> Iterator[Problem]:
    if content.topic not in rules.topics:
        yield Problem("topic", "unknown_choice" if content.topic else "required")
    if content.area is not None and content.area not in rules.areas:
        yield Problem("area", "unknown_choice")
    if content.cohort is not None and content.cohort not in rules.cohorts:
        yield Problem("cohort", "unknown_choice")
    if content.procedure is not None and content.procedure not in rules.procedures:
        yield Problem("procedure", "unknown_choice")
    if content.urgency not in URGENCIES:
        yield Problem("urgency", "unknown_choice")


def _language_pairs(content: Content) -> Iterator[Problem]:
    """Japanese is always there; another language has both title and text, or neither: half a
    translation would leave a reader with a headline she cannot follow up."""
    for part, words in (("title", content.title), ("text", content.text)):
        for language in words:
            if language not in LANGUAGES:
                yield Problem(f"{part}.{language}", "unknown_language")
    for language in LANGUAGES:
        title = content.title.get(language, "").strip()
        text = content.text.get(language, "").strip()
        needed = language == "ja" or title or text
        if needed and not title:
            yield Problem(f"title.{language}", "required", "missing_field")
        if needed and not text:
            yield Problem(f"text.{language}", "required", "missing_field")


def _words(content: Content, language: str, rules: Rules) -> Iterator[Problem]:
    title, text = content.title.get(language, ""), content.text.get(language, "")
    yield from _plain(f"title.{language}", title, MAX_TITLE, lines=False)
    yield from _plain(f"text.{language}", text, MAX_TEXT, lines=True)
    for part, words in (("title", title), ("text", text)):
        yield from _trust(f"{part}.{language}", words, rules)


def _plain(field: str, words: str, longest: int, *, lines: bool) -> Iterator[Problem]:
    length = len(unicodedata.normalize("NFC", words))
    if length > longest:
        yield Problem(field, "too_long", values={"limit": longest, "length": length})
    if any(not _printable(each, lines) for each in words):
        yield Problem(field, "control_character")
    if my_number.found_in(words):
        yield Problem(field, "my_number", "my_number_in_text")


def _printable(character: str, lines: bool) -> bool:
    if character == "\n":
        return lines
    return (
        unicodedata.category(character) not in ("Cc", "Cs", "Co", "Zl", "Zp")
        and character not in _DIRECTIONS
    )


def _as_read(words: str) -> str:
    """Without what a reader does not see: other widths of a letter, invisible characters."""
    plain = unicodedata.normalize("NFKC", words)
    return "".join(each for each in plain if unicodedata.category(each) != "Cf")


def _trust(field: str, words: str, rules: Rules) -> Iterator[Problem]:
    words = _as_read(words)
    if any(_asks_for_secret(sentence) for sentence in _SENTENCE_END.split(words)):
        yield Problem(field, "asks_for_secret")
    shortener = _SHORTENER_IN_TEXT.search(words)
    if shortener:
        yield Problem(field, "shortener", "link_host_refused", _hosts(shortener.group(), rules))
        return
    for url in _URL_IN_TEXT.findall(words):
        refused = refusal_of_url(url, rules.link_hosts)
        if refused:
            yield Problem(field, refused, "link_host_refused", _hosts(_host_of(url), rules))
            return


def _asks_for_secret(sentence: str) -> bool:
    joined = re.sub(r"\s+", "", unicodedata.normalize("NFKC", sentence))  # 分かち書き
    asked = _DEMAND_JA.search(joined) or _DEMAND_EN.search(sentence)
    return bool(asked) and not _NEVER.search(sentence)


def _links(content: Content, rules: Rules) -> Iterator[Problem]:
    if len(content.links) > MAX_LINKS:
        yield Problem("links", "too_many", values={"limit": MAX_LINKS})
    for place, link in enumerate(content.links):
        yield from _link(f"links.{place}", link, rules)


def _link(field: str, link: Link, rules: Rules) -> Iterator[Problem]:
    refused = refusal_of_url(link.url, rules.link_hosts)
    if refused:
        yield Problem(
            f"{field}.url", refused, "link_host_refused", _hosts(_host_of(link.url), rules)
        )
    elif my_number.found_in(link.url):
        yield Problem(f"{field}.url", "my_number", "my_number_in_text")
    if not link.label.strip():
        yield Problem(f"{field}.label", "required", "missing_field")
    yield from _plain(f"{field}.label", link.label, MAX_LABEL, lines=False)
    yield from _trust(f"{field}.label", link.label, rules)


def refusal_of_url(url: str, link_hosts: tuple[str, ...]) -> str | None:
    """Name of the rule a URL breaks, None when a notice may carry it.

    Allowed: https on a named host, compared label by label (so ``minatono.example.evil.test``
    and ``evilminatono.example`` are other hosts), and paths of this site."""
    if len(url) > MAX_URL or any(not _printable(each, False) or each == " " for each in url):
        return "link_shape"
    if url.startswith("/"):
        return None if _PATH.match(url) and "/../" not in f"{url}/" else "link_shape"
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return "link_shape"
    if parts.scheme.lower() != "https":
        return "link_https"
    if "@" in parts.netloc or "\\" in url or port not in (None, 443) or not _HOST.match(host):
        return "link_shape"
    if _under(host, SHORTENERS):
        return "shortener"
    return None if any(_named(host, each) for each in link_hosts) else "link_host"


def _named(host: str, pattern: str) -> bool:
    labels, wanted = host.split("."), pattern.lower().split(".")
    if wanted[0] == "*":
        return len(labels) >= len(wanted) and labels[1 - len(wanted) :] == wanted[1:]
    return labels == wanted


def _under(host: str, hosts: frozenset[str]) -> bool:
    labels = host.split(".")
    return any(".".join(labels[place:]) in hosts for place in range(len(labels)))


def _host_of(url: str) -> str:
    """The host for a sentence; never more of the URL, which may hold anything."""
    try:
        return (urlsplit(url).hostname or "-")[:80]
    except ValueError:
        return "-"


def _hosts(host: str, rules: Rules) -> dict[str, object]:
    return {"host": host.lower(), "allowed": " ".join(rules.link_hosts) or "-"}


def _life(content: Content, now: int) -> Iterator[Problem]:
    life = content.expires_at - now
    if life < MIN_LIFE_SECONDS:
        yield Problem("expires_at", "too_soon")
    elif life > MAX_LIFE_SECONDS:
        yield Problem("expires_at", "too_late", values={"days": MAX_LIFE_SECONDS // 86400})
