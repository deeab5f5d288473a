"""診療科目 as clinics and cities write them -> the name of each department.

A department is named after 医療法施行令 3条の2; before 2008 others were, and many signs still bear
those. What is not in the table keeps the name the city gave it: nothing is guessed into another
department.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache

#: name (as 医療法施行令 3条の2 writes it, or as everybody does) -> (its sentence
#: ``site.places.subject_of.<key>``, other ways to write it). What a family looks for comes first.
TABLE: Mapping[str, tuple[str, str]] = {
    "小児科": ("children", "小児 小"),
    "内科": ("internal", "一般内科 内"),
    "産婦人科": ("women_birth", "産婦"),
    "産科": ("birth", "産"),
    "婦人科": ("women", "婦"),
    "耳鼻いんこう科": ("ear", "耳鼻咽喉科 耳鼻咽頭科 耳鼻咽こう科 耳鼻科 耳鼻 耳"),
    "皮膚科": ("skin", "皮膚 皮"),
    "眼科": ("eye", "眼"),
    "歯科": ("teeth", "一般歯科 歯"),
    "小児歯科": ("teeth_children", "小歯 小児歯"),
    "矯正歯科": ("teeth_straight", "歯科矯正 矯正 矯歯 矯"),
    "歯科口腔外科": ("mouth", "口腔外科 歯口 口外"),
    "アレルギー科": ("allergy", "アレルギー アレ"),
    "小児外科": ("surgery_children", "小外 小児外"),
    "児童精神科": ("mind_children", ""),
    "心療内科": ("mind_body", "心療 心内"),
    "精神科": ("mind", "精神 精"),
    "外科": ("surgery", "一般外科 外"),
    "整形外科": ("bones", "整形 整外 整"),
    "形成外科": ("plastic", "形成 形"),
    "美容外科": ("cosmetic", ""),
    "脳神経外科": ("brain_surgery", "脳外科 脳神 脳外"),
    "脳神経内科": ("nerves", "神経内科 神内"),
    "呼吸器内科": ("lungs", "呼吸器科 呼吸 呼内 呼"),
    "循環器内科": ("heart", "循環器科 循環 循内 循"),
    "消化器内科": ("stomach", "消化器科 消化 消内 消 胃腸科 胃腸内科 胃腸 胃"),
    "泌尿器科": ("urology", "泌尿 泌"),
    "肛門外科": ("rectum", "肛門科 肛門 肛"),
    "リウマチ科": ("rheumatism", "リウマチ リウ"),
    "リハビリテーション科": ("rehabilitation", "リハビリ科 リハビリ リハ"),
    "腎臓内科": ("kidneys", "腎内"),
    "糖尿病内科": ("diabetes", "糖内"),
    "乳腺外科": ("breast", "乳腺科 乳外"),
    "放射線科": ("radiology", "放射線 放"),
    "麻酔科": ("anaesthesia", "麻酔 麻"),
    "救急科": ("emergency", "救急"),
}  # fmt: skip
#: the largest hospital names some forty; a cell with more was not meant for one place
MOST = 60
#: no department has a longer name
_LONGEST = 30
_NAMES: Mapping[str, str] = {
    written: name for name, (_, others) in TABLE.items() for written in (name, *others.split())
}
#: 「内科(予約制)、小児科」: what stands in brackets parts nothing
_PARTS = re.compile(r"(?:[^\s、,・;/|:。()]|\([^()]*\))+")
_BRACKETS = re.compile(r"\([^()]*\)")
_MORE = re.compile(r"(?:ほか|など|等)$")


def key_of(name: str) -> str:
    """The sentence of a name, "" for one that is not in the table."""
    return TABLE[name][0] if name in TABLE else ""


@lru_cache(maxsize=20_000)
def subjects_of(text: str) -> tuple[str, ...]:
    """Each department once, in the order of the cell: 「内科；小児科」, 「内・小」."""
    plain = unicodedata.normalize("NFKC", text)
    found = (name for part in _PARTS.findall(plain) for name in _named(part))
    return tuple(dict.fromkeys(found))[:MOST]


def _named(part: str) -> Iterator[str]:
    bare = _MORE.sub("", _BRACKETS.sub("", part)).strip("-.+")
    if bare in _NAMES:
        yield _NAMES[bare]
        return
    several = _joined(bare)
    if several:
        yield from several
    elif len(bare) <= _LONGEST and bare.isalnum() and not bare.isnumeric():
        yield bare


def _joined(text: str) -> list[str]:
    """「内科小児科」: names that nobody parted, if every one of them is known. The longest name
    goes first, so 「整形外科」 is one."""
    found, rest = [], text
    while rest:
        whole = [each for each in _NAMES if each.endswith("科") and rest.startswith(each)]
        if not whole:
            return []
        longest = max(whole, key=len)
        found.append(_NAMES[longest])
        rest = rest[len(longest) :]
    return found
