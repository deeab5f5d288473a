"""The figures of the build compare equal work or are not printed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tools.bench_site import UnequalError, _prove_equal

PAGES = {f"procedures/{n}.html": f"<p>手続き{n}</p><script>x</script>" * 50 for n in range(30)}


def built(folder: Path, pages: Mapping[str, str]) -> Path:
    for key, body in pages.items():
        (folder / key).parent.mkdir(parents=True, exist_ok=True)
        (folder / key).write_text(body, "utf-8")
    return folder


def test_equal_work_is_equal_whatever_no_reader_sees(tmp_path: Path) -> None:
    other = {key: body.replace("<p>", "<p >", 1) for key, body in PAGES.items()}
    _prove_equal(PAGES, built(tmp_path, other))


@pytest.mark.parametrize(
    "other",
    [
        dict(list(PAGES.items())[1:]),
        {**PAGES, "more.html": ""},
        {**PAGES, "more.css": ""},
        {key: body[: len(body) // 2] for key, body in PAGES.items()},
        {key: body.replace("手続き", "手続", 1) for key, body in PAGES.items()},
        {key: body + "<p>" + "more" * 30 for key, body in PAGES.items()},
    ],
    ids=["fewer", "more", "another kind", "shorter", "another text", "longer"],
)
def test_unequal_work_gives_no_figure(tmp_path: Path, other: Mapping[str, str]) -> None:
    with pytest.raises(UnequalError):
        _prove_equal(PAGES, built(tmp_path, other))
