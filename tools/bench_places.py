"""Bringing in open data: how long ten thousand rows take, and how much memory."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tools.figure import ROUNDS, Figure, versions

#: our own limits, for a list as large as the largest prefecture's
ROWS, SECONDS, MEGABYTES = 10_000, 3.0, 100.0
#: the 53 columns of 子育て施設 in the edition of 2026
_NAMES = (
    "全国地方公共団体コード,ID,地方公共団体名,名称,名称_カナ,名称_英字,種別,"
    "所在地_全国地方公共団体コード,町字ID,所在地_連結表記,所在地_都道府県,所在地_市区町村,"
    "所在地_町字,所在地_番地以下,建物名等(方書),緯度,経度,高度の種別,高度の値,アクセス方法,"
    "駐車場情報,電話番号,内線番号,FAX番号,連絡先メールアドレス,連絡先FormURL,"
    "連絡先備考（その他、SNSなど）,郵便番号,法人番号,団体名,認可等年月日,収容定員,受入年齢,"
    "利用可能曜日,開始時間,終了時間,利用可能日時特記事項,一時預かりの有無,"
    "子供預かり料金種別,子供預かり料金,子供預かり料金備考,子供預かり開所時間,"
    "子供預かり閉所時間,病児保育の有無,授乳室,おむつ替えコーナー,飲食可否,ベビーカー貸出,"
    "ベビーカー利用,URL,画像,画像_ライセンス,備考"
)
HEADER = next(csv.reader([_NAMES]))
#: runs in a process of its own, so that its memory is its own
MEASURED = """
import json, resource, sys, time
from pathlib import Path
from todoke import assemble
from todoke.journeys import places
services = assemble.fake(Path(sys.argv[1]))
before, worked = time.perf_counter(), time.process_time()
body = Path(sys.argv[2]).read_bytes()
done = places.bring_in(services, "childcare", body, "x.csv", None, "")
seconds, work = time.perf_counter() - before, time.process_time() - worked
rows = len(done.reading.outcomes)
assert done.done and rows == int(sys.argv[3]), rows
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps([seconds, work, peak]))
"""


def opendata_import() -> Iterator[Figure]:
    """A file of 10,000 rows and 53 columns in cp932, every other row to be mended, read, reported
    and kept; the peak of memory is that of the whole process, the program with it."""
    seconds: list[float] = []
    work: list[float] = []
    peaks: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "list.csv"
        file.write_bytes(made_up(ROWS))
        for number in range(ROUNDS):
            command = [sys.executable, "-c", MEASURED, f"{folder}/{number}", str(file), str(ROWS)]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            for found, value in zip((seconds, work, peaks), json.loads(done.stdout), strict=True):
                found.append(value)
    known, limit = versions(), "our own limit"
    yield Figure("opendata.import", "s", limit, seconds, [SECONDS] * ROUNDS, known)
    yield Figure("opendata.import_work", "core-s", limit, work, [SECONDS] * ROUNDS, known)
    yield Figure("opendata.import_mb", "MB", limit, peaks, [MEGABYTES] * ROUNDS, known)


def made_up(count: int) -> bytes:
    """Rows of places that are none."""
    out = io.StringIO(newline="")
    rows = csv.DictWriter(out, HEADER, restval="")
    rows.writeheader()
    for number in range(count):
        rows.writerow(_row(number))
    return out.getvalue().encode("cp932")


def _row(number: int) -> dict[str, str]:
    worse = bool(number % 2)
    latitude, longitude = f"{35 + number / 10_000:.4f}", "140.1065"
    return {
        "全国地方公共団体コード": "12100" if worse else "121002",
        "ID": f"SYN{number:05}",
        "地方公共団体名": "(架空)とどけ市",
        "名称": f"(架空)見本{number}番の保育所",
        "名称_カナ": "ミホンノホイクショ",
        "種別": "認可公立保育所",
        "所在地_連結表記": "" if worse else f"千葉県とどけ市見本町{number}-1",
        "所在地_都道府県": "千葉県",
        "所在地_市区町村": "とどけ市",
        "所在地_町字": "見本町",
        "所在地_番地以下": f"{number}-1",
        "緯度": longitude if worse else latitude,
        "経度": latitude if worse else longitude,
        "電話番号": "(043)000-0001" if worse else "043-000-0001",
        "収容定員": "90",
        "受入年齢": "生後57日から就学前",
        "利用可能曜日": "月～土" if worse else "月火水木金土",
        "開始時間": "7：00" if worse else "07:00",
        "終了時間": "19:00",
        "利用可能日時特記事項": "土曜は18:00まで\n祝日と12/29から1/3は休み",
        "一時預かりの有無": "○" if worse else "有",
        "病児保育の有無": "無",
        "URL": "https://www.city.example/hoiku",
        "備考": "見本です。" * 5,
    }


def figures() -> Iterator[Figure]:
    """Everything of this file."""
    yield from opendata_import()


if __name__ == "__main__":
    for each in figures():
        print(each.line(), flush=True)
