"""Which column of an open data file means what: the names of 自治体標準オープンデータセット (the
editions of 2026 and before), of its English items, and of the cities that write them otherwise.

The names were read in files of cities that publish (2026-11, `data/opendata/formats.yaml`)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from todoke.core.open_data_bytes import refused

_COMMON: Mapping[str, str] = {
    "id": "ID NO IDENTIFIER",
    "code": "全国地方公共団体コード 自治体コード 都道府県コード又は市区町村コード 市区町村コード "
    "LOCALGOVERNMENTCODE",
    "publisher": "地方公共団体名",
    "name": "名称 NAME 施設名 施設名称",
    "kana": "名称_カナ NAMEKANA 名称カナ",
    "place_code": "所在地_全国地方公共団体コード 所在地_自治体コード LOCATEDLOCALGOVERNMENTCODE",
    "address": "所在地_連結表記 住所 所在地 FULLADDRESS",
    "prefecture": "所在地_都道府県 都道府県名 PREFECTURE",
    "city": "所在地_市区町村 市区町村名 CITY",
    "town": "所在地_町字 STREETADDRESS",
    "block": "所在地_番地以下 CITYBLOCK",
    "building": "建物名等(方書) 建物名等 方書 BUILDINGNAMEETC",
    "latitude": "緯度 LATITUDE",
    "longitude": "経度 LONGITUDE",
    "both": "緯度経度 緯度・経度 緯度,経度 座標 位置座標 LOCATION LATLNG",
    "phone": "電話番号 TEL 電話 CONTACTPOINTPHONENUMBER 連絡先電話番号",
    "days": "利用可能曜日",
    "opens": "開始時間",
    "closes": "終了時間",
    "hours": "利用可能日時特記事項 利用可能日時特記",
    "url": "URL コンテンツURL",
    "about": "説明 備考 REMARKS",
}
_OWN: Mapping[str, Mapping[str, str]] = {
    "childcare": {
        "type": "種別",
        "ages": "受入年齢",
        "capacity": "収容定員",
        "approved": "認可等年月日 許可等年月日",
        "temporary": "一時預かりの有無",
        "sick": "病児保育の有無",
        "nursing": "授乳室",
        "diapers": "おむつ替えコーナー",
    },
    "public": {"type": "種別", "barrier": "バリアフリー情報"},
    "medical": {
        "type": "医療機関の種類",
        "medical_code": "医療機関コード",
        "days": "利用可能曜日 診療曜日",
        "opens": "開始時間 診療開始時間",
        "closes": "終了時間 診療終了時間",
        "hours": "利用可能日時特記事項 利用可能日時特記 診療日時特記事項",
        "after_hours": "時間外における対応",
        "subjects": "診療科目",
        "beds": "病床数",
    },
    "evacuation": {
        "flood": "災害種別_洪水 FLOOD_L1 FLOOD",
        "flood_largest": "FLOOD_L2",
        "landslide": "災害種別_崖崩れ、土石流及び地滑り SEDIMENTDISASTER",
        "surge": "災害種別_高潮 STORMSURGE",
        "earthquake": "災害種別_地震 EARTHQUAKE",
        "tsunami": "災害種別_津波 TUNAMI TSUNAMI",
        "fire": "災害種別_大規模な火事 FIRE",
        "inland": "災害種別_内水氾濫 INUNDATION",
        "volcano": "災害種別_火山現象 VOLCANO",
        "shelter": "指定避難所との重複 ALSOFORSHELTER",
        "capacity": "想定収容人数 MAXCAPACITY",
        "communities": "対象となる町会・自治会 RECEPTIONTARGETLOCALCOMMUNITY",
    },
    "events": {
        "name": "イベント名 行事名 名称",
        "kana": "イベント名_カナ 名称_カナ",
        "type": "イベント種類 カテゴリー",
        "first": "開始日 開催日",
        "last": "終了日",
        "hours": "開始日時特記事項",
        "venue": "場所名称",
        "fee": "料金(基本) 料金 料金種別",
        "fee_more": "料金(詳細)",
        "target": "対象",
        "apply_by": "参加申込終了日 申込期間",
        "organiser": "主催者 連絡先名称 問い合わせ先(市の担当課)",
        "published": "公開日 更新日",
    },
}
#: at least one of these columns tells the kind
_MARKS: Mapping[str, Sequence[str]] = {
    "events": ("first",),
    "evacuation": ("flood", "landslide", "surge", "earthquake", "tsunami", "fire", "inland"),
    "medical": ("subjects", "medical_code", "after_hours"),
    "childcare": ("ages", "temporary", "approved"),
    "public": (),
}
#: read as another name only from this length on: 「住所」 and 「場所」 are no slip of the pen
_LONG = 5
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Columns:
    """fields: what a column means -> its places in a row, the best one first. names: as written.
    slips: names that were read as another one: (written, meant). unnamed: places (from 1) of
    columns without a name. unknown: names that say nothing to us."""

    fields: Mapping[str, Sequence[int]]
    names: Sequence[str]
    slips: Sequence[tuple[str, str]] = ()
    unnamed: Sequence[int] = ()
    unknown: Sequence[str] = field(default=(), repr=False)


def columns(kind: str, header: Sequence[str], row: int) -> Columns:
    """Raises ``open_data_refused`` with row and column when it is no file of that kind."""
    found = _read(kind, header)
    other = next((each for each in _MARKS if each != kind and _is(each, header)), "")
    if not _is(kind, header) or (kind == "public" and other):
        raise refused(f"open_data_is_{other}" if other else "open_data_kind", row, _missing(kind))
    if "name" not in found.fields:
        raise refused("open_data_column", row, _first_name(kind, "name"))
    where = ("address", "both", "latitude", "city", "town")
    if kind != "events" and not any(each in found.fields for each in where):
        raise refused("open_data_column", row, _first_name(kind, "address"))
    return found


def plain(name: str) -> str:
    """A column's name without what cities write differently: width, spaces, capitals, 標記."""
    text = _SPACE.sub("", unicodedata.normalize("NFKC", name)).upper()
    return text.replace("標記", "表記").removesuffix(".") if text != "." else text


def _is(kind: str, header: Sequence[str]) -> bool:
    if not _MARKS[kind]:
        return kind == "public" and "name" in _read(kind, header).fields
    return any(each in _read(kind, header).fields for each in _MARKS[kind])


def _missing(kind: str) -> str:
    marks = _MARKS[kind]
    return _first_name(kind, marks[0] if marks else "name")


def _first_name(kind: str, meaning: str) -> str:
    return _meanings(kind)[meaning].split()[0]


def _meanings(kind: str) -> Mapping[str, str]:
    return {**_COMMON, **_OWN[kind]}


def _read(kind: str, header: Sequence[str]) -> Columns:
    known = {
        plain(name): (meaning, rank)
        for meaning, names in _meanings(kind).items()
        for rank, name in enumerate(names.split())
    }
    there = {plain(each) for each in header}
    places: dict[str, list[tuple[int, int]]] = {}
    slips, unknown = [], []
    for place, written in enumerate(header):
        name = plain(written)
        if name and name not in known:
            meant = _slip(name, known, there)
            if not meant:
                unknown.append(written)
                continue
            slips.append((written, meant))
            name = meant
        elif name and written.strip() != name and "標記" in written:
            slips.append((written, name))
        if name:
            meaning, rank = known[name]
            places.setdefault(meaning, []).append((rank, place))
    ordered = {meaning: [place for _, place in sorted(found)] for meaning, found in places.items()}
    unnamed = [place for place, name in enumerate(header, 1) if not name.strip()]
    return Columns(ordered, list(header), slips, unnamed, unknown)


def _slip(name: str, known: Mapping[str, object], there: set[str]) -> str:
    """The one known name that differs by a single character, if the file has not it too."""
    near = [
        each
        for each in known
        if len(each) >= _LONG and each not in there and abs(len(each) - len(name)) <= 1
        and _is_one_apart(each, name)
    ]  # fmt: skip
    return near[0] if len(near) == 1 else ""


def _is_one_apart(one: str, other: str) -> bool:
    """One character put in, left out, or in place of another."""
    start = 0
    while start < min(len(one), len(other)) and one[start] == other[start]:
        start += 1
    rest, others = one[start:], other[start:]
    return rest[1:] == others[1:] or rest[1:] == others or rest == others[1:]
