"""What ``todoke init`` writes: the settings of a new city out of eight answers, and the shared
files (procedures, topics, sentences, assets, templates) without the demonstration's own."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from todoke.core import input_check
from todoke.core.errors import TodokeError

QUESTIONS = ("code", "name", "name_en", "office", "phone", "hours", "email", "public_url")
#: the demonstration city's own; every other file is what any city needs
LEFT_OUT = ("todoke.toml", "areas.yaml")
#: lists of places that do not exist
MADE_UP = "places/"
#: how its name begins; its reading stands among those of ordinary words
DEMONSTRATION = "みなと野"
LONGEST = 100
_MAIL = re.compile(r"[^@\s\"<>]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}")
_PHONE = re.compile(r"\+?[0-9][0-9 ()-]{4,18}[0-9]")

AREAS = """\
# 地区。届け先を地区で選べるようにするときに書く。なければ、選ぶ欄は出ない。
# areas:
#   - id: kita
#     name: {ja: 北地区, easy: 北の ほう, en: North}
areas: []
"""
SETTINGS = """\
# {name}の設定。項目の説明は docs/reference.md。間違いは `todoke doctor` が教える。
profile = "production"
public_url = {public_url}

[city]
code = {code}
phone = {phone}
email = {email}
contact_url = {public_url}

[city.name]
ja = {name}
en = {name_en}

[city.office]
ja = {office}

[city.hours]
ja = {hours}

[push]
# プッシュ通知サービスの運営者が連絡してくる先(RFC 8292)
contact = {contact}

[payments]
# オンラインで払えるようにするときは "stripe"。鍵は環境変数で渡す(TODOKE_PAYMENTS__STRIPE_KEY など)
provider = "none"

# 申請・請求・お知らせ・操作の記録を、終わってから何年残すか。過ぎたものは毎日消える。
# 年数は市の文書の決まり(文書管理規程など)で決まる。下は例なので、そのままでは始められない:
# years(1から30)、counted("day" 終わった日の次の日から / "fiscal_year" 次の年度の4月1日から)、
# basis(根拠)、as_of(いつから)、source(どこで読めるか)を、市の決まりに合わせて書く。
[keep.application]
years = 5
counted = "fiscal_year"
basis.ja = "市の文書の保存期間の決まり"
basis.en = "The city's rules on how long documents are kept"
as_of = "2026-04"
source.title.ja = "市の文書管理規程"
source.url = "https://www.city.example.jp/reiki"

# 市が受け取る・返すお金の権利は、5年で時効になる(地方自治法236条1項)
[keep.bill]
years = 5
counted = "fiscal_year"
basis.ja = "市の文書の保存期間の決まりと、地方自治法236条1項(5年の時効)"
basis.en = "The city's rules on documents, and Local Autonomy Act, Article 236 (1): five years"
as_of = "2026-04"
source.title.ja = "市の文書管理規程"
source.url = "https://www.city.example.jp/reiki"

[keep.addressed_notice]
years = 5
counted = "fiscal_year"
basis.ja = "市の文書の保存期間の決まり"
basis.en = "The city's rules on how long documents are kept"
as_of = "2026-04"
source.title.ja = "市の文書管理規程"
source.url = "https://www.city.example.jp/reiki"

[keep.audit]
years = 5
counted = "fiscal_year"
basis.ja = "市の文書の保存期間の決まり"
basis.en = "The city's rules on how long documents are kept"
as_of = "2026-04"
source.title.ja = "市の文書管理規程"
source.url = "https://www.city.example.jp/reiki"

[notices]
# お知らせから開いてよいサイト。市の公式サイトを書く: ["www.city.example.jp"]
link_hosts = []

# 国の制度の文はそのままに、市が決めたことだけをここに書く(金額・期限・受付時間・年齢・支払日など。
# 一覧は docs/reference.md の [procedures.ID.PARAMETER])。いつのもので、どこで決まったかも必ず書く。
# 先頭の「# 」を消すと使える:
# [procedures.jt-nintei.hours]
# value.ja = "平日 8:30から17:15まで"
# value.en = "Monday to Friday, 8:30 to 17:15"
# as_of = "2026-04"
# source.title.ja = "市のこども担当課の案内"
# source.url = "https://www.city.example.jp/kodomo"
"""


def from_file(path: Path) -> Mapping[str, str]:
    """The eight answers of a TOML file. Raises ``missing_field``, ``unknown_field`` or
    ``bad_field``."""
    try:
        given = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise TodokeError("bad_field", field=path.name, rule="toml") from error
    for name in given:
        if name not in QUESTIONS:
            raise TodokeError("unknown_field", field=name, known=" ".join(QUESTIONS))
    for name in QUESTIONS:
        if name not in given:
            raise TodokeError("missing_field", field=name)
    return {name: check(name, given[name]) for name in QUESTIONS}


def check(name: str, answer: object) -> str:
    """A sound answer, trimmed. Raises ``bad_field`` with the rule."""
    text = answer.strip() if isinstance(answer, str) else ""
    if not text or len(text) > LONGEST or not text.isprintable():
        raise TodokeError("bad_field", field=name, rule="one_line")
    wrong = _RULES[name](text) if name in _RULES else None
    if wrong:
        raise TodokeError("bad_field", field=name, rule=wrong)
    return text


def settings(answers: Mapping[str, str]) -> dict[str, Any]:
    """The settings as read back from the file that is written."""
    return tomllib.loads(_settings_file(answers))


def files(root: Path, answers: Mapping[str, str]) -> dict[str, bytes]:
    """Relative path -> bytes of everything in the new folder."""
    found: dict[str, bytes] = {}
    for part in ("site", "templates"):
        for path in sorted((root / part).rglob("*")):
            relative = path.relative_to(root)
            if path.is_file() and not any(each.startswith(".") for each in relative.parts):
                found[relative.as_posix()] = path.read_bytes()
    for name in LEFT_OUT:
        found.pop(f"site/{name}", None)
    for name in [each for each in found if each.startswith(f"site/{MADE_UP}")]:
        del found[name]
    readings = found["site/readings.yaml"].decode("utf-8").splitlines(keepends=True)
    kept = [line for line in readings if DEMONSTRATION not in line]
    found["site/readings.yaml"] = "".join(kept).encode()
    found["site/areas.yaml"] = AREAS.encode()
    found["site/todoke.toml"] = _settings_file(answers).encode()
    return found


def _settings_file(answers: Mapping[str, str]) -> str:
    quoted = {name: _quoted(value) for name, value in answers.items()}
    comment = SETTINGS.partition("\n")[0].format(name=answers["name"])
    rest = SETTINGS.partition("\n")[2]
    return f"{comment}\n" + rest.format(**quoted, contact=_quoted(f"mailto:{answers['email']}"))


def _quoted(text: str) -> str:
    """A TOML basic string."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _url(text: str) -> str | None:
    url = urlsplit(text)
    plain = url.scheme == "https" and url.hostname and "." in url.hostname
    return None if plain and not (url.path or url.query or url.fragment) else "https_url"


_RULES: Mapping[str, Callable[[str], str | None]] = {
    "code": input_check.city_code_problem,
    "phone": lambda text: None if _PHONE.fullmatch(text) else "phone",
    "email": lambda text: None if _MAIL.fullmatch(text) else "email",
    "public_url": _url,
}
