"""The files of a city as they lie there; thousands of procedures are not held at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from todoke.adapters.site_folder import read


def test_hidden_files_and_leftovers_stay_out_and_the_order_is_that_of_the_names(
    tmp_path: Path,
) -> None:
    paths = ("b.yaml", "a/c.yaml", "a.b/x.yaml", "procedures/z.yaml", "procedures/y.yaml")
    for path in (*paths, ".git/x", "a/.hidden", "#draft#", "procedures/.#y.yaml"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(path)
    found = read(tmp_path)
    assert list(found) == sorted(paths, key=lambda path: path.split("/"))
    assert dict(found) == {path: path.encode() for path in paths}
    assert "procedures/none.yaml" not in found


def test_a_procedure_is_read_when_it_is_asked_for_and_nothing_else_is(tmp_path: Path) -> None:
    for path in ("procedures/a.yaml", "facts.yaml"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text("before")
    found = read(tmp_path)
    for path in found:
        (tmp_path / path).write_text("after")
    assert found["procedures/a.yaml"] == b"after"
    assert found["facts.yaml"] == b"before"
    (tmp_path / "procedures" / "a.yaml").unlink()
    with pytest.raises(FileNotFoundError):
        found["procedures/a.yaml"]
