"""Folded templates print the bytes of the templates as they stand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from jinja2 import DictLoader, Environment, StrictUndefined, pass_context
from markupsafe import Markup

from todoke import assemble
from todoke.journeys import publish
from todoke.press import pages, search_files
from todoke.press.folding import Compiled, Folding
from todoke.press.frame import Frame
from todoke.press.house import House

TONGUE: Mapping[str, Any] = {
    "language": "ja",
    "city": {"name": "<市>", "phone": "03-1"},
    "t": lambda name, /, **values: Markup("<b>{}</b>").format(name) + str(values.get("n", "")),
    "plain": lambda name, /, **values: f'"{name}"&',
    "url": lambda path: f"/{path}",
}
ICONS = (
    '{% macro icon(name) %}<i class="{{ name }}">{% if name == "x" %}X{% endif %}</i>{% endmacro %}'
)
PAGES = {
    "fixed": '{{ t("a") }} {{ plain("b") }} {{ city.name }} {{ url("c" ~ ".html") }}',
    "filtered": '{{ city.phone | replace("-", "") }} {{ plain("<a>") | urlencode }}',
    "markup stays markup": '{{ t("a") ~ "<" ~ plain("b") }} {{ t("site." ~ "x") ~ own }}',
    "values": '{{ t("a", n=2) }} {{ t("a", n=own) }} {{ t(own) }}',
    "branches": '{% if language == "en" %}E{% elif own %}O{% elif language == "ja" %}J{% endif %}'
    '{% if language == "ja" %}J{% else %}N{% endif %}{% if language == "en" %}E{% endif %}',
    "loops": '{% for a, b in [("x", 1), ("y", 2)] %}{{ t("s." ~ a) }}{{ b }}{{ own }}{% endfor %}'
    "{% for n in range(1, 4) %}{{ t('n' ~ n) }}{% endfor %}",
    "loops that stay": "{% for n in range(1, 3) %}{{ loop.index }}{{ n }}{% endfor %}"
    "{% for n in [1, 2] if n > 1 %}{{ n }}{% else %}-{% endfor %}"
    "{% for n in [1, 2] %}{% set k = n %}{{ k }}{% endfor %}"
    "{% for n in [1] %}{% for n in [2, 3] %}{{ n }}{% endfor %}{{ n }}{% endfor %}",
    "names of its own": "{% set url = own %}{{ url }}"
    '{% macro t(x) %}({{ x }}){% endmacro %}{{ t("a") }}',
    "names of a loop": '{% for language in ["q"] %}{{ language }}{% endfor %}{{ language }}',
    "icons": '{% import "icons" as icons %}{{ icons.icon("x") }}{{ icons.icon(own) }}'
    '{{ icons.icon("<") }}',
    "tables": "{{ table.a }} {{ table.items() | list }} {{ table['a'] }} {{ table.get('z') }}",
    "special": "{{ table.b }} {{ 5 }} {{ none }} {{ own | length }} {{ [1, own] }}",
    "macros": '{% macro m(a, b="<") %}{{ a }}{{ b }}{% endmacro %}'
    "{{ m(own) }}{{ m(own, b=t('z')) }}"
    "{% macro c(a) %}{{ a }}{{ caller() }}{% endmacro %}"
    "{% call c(1) %}<p>{{ own }}</p>{% endcall %}",
    "blocks": '{% extends "fixed" %}',
}


def both(template: str, **own: Any) -> tuple[str, str]:
    options: dict[str, Any] = {
        "loader": DictLoader({**PAGES, "icons": ICONS, "page": template}),
        "autoescape": True,
        "undefined": StrictUndefined,
    }
    plain = Environment(**options).get_template("page").render({**TONGUE, **own})
    return plain, Folding(TONGUE, **options).get_template("page").render({**TONGUE, **own})


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("own", ["", "<o>", "plain"])
def test_a_folded_template_prints_the_same(name: str, own: str) -> None:
    plain, folded = both(PAGES[name], own=own, table={"a": "<1>", "b": '"q"', "items": 3})
    assert folded == plain


def test_what_is_wrong_in_a_template_is_wrong_when_folded_too() -> None:
    for wrong in ("{{ nothing }}", "{{ t() }}", "{{ table.nothing }}", "{{ nothing() }}"):
        with pytest.raises(Exception) as plain:
            both(wrong, table={})
        with pytest.raises(type(plain.value)):
            Folding(TONGUE, undefined=StrictUndefined).from_string(wrong).render(TONGUE, table={})


def test_a_function_that_wants_the_page_cannot_be_called_directly() -> None:
    with pytest.raises(TypeError, match="whole"):
        Folding({"whole": pass_context(lambda context: "")})


def test_every_page_of_the_site_is_the_same_folded_or_not(tmp_path: Path) -> None:
    services = assemble.fake(tmp_path)
    press = services.press
    assert isinstance(press, House)
    frame, catalogue = press._frame, publish.read_catalogue(services)
    search_files.publish(catalogue, frame)  # pages name its files
    folded = _printed(frame, pages.sheets(catalogue, frame, date(2026, 4, 1)))
    frame._environment = lambda *_: frame.plain  # type: ignore[method-assign]
    plain = _printed(frame, pages.sheets(catalogue, frame, date(2026, 4, 1)))
    assert [key for key in plain if plain[key] != folded[key]] == []
    assert len(folded) == len(plain) > 200


def test_a_page_that_gives_a_word_of_the_language_another_meaning_keeps_it(tmp_path: Path) -> None:
    press = assemble.fake(tmp_path).press
    assert isinstance(press, House)
    press._frame.templates["own.html"] = "{{ language }} {{ city.name }}"
    page = press.page("own.html", "en", {"city": {"name": "Elsewhere"}})
    assert page == b"en Elsewhere\n"


def _printed(frame: Frame, sheets: Any) -> dict[str, bytes]:
    return dict(frame.render(each, language) for each in sheets for language in each.languages)


class Damaged(dict[str, bytes]):
    """Parts of a shelf, of which it knows the names but vouches for one only."""

    def __getitem__(self, key: str) -> bytes:
        if not key.endswith("sound"):
            raise KeyError(key)
        return super().__getitem__(key)

    def get(self, key: str, default: Any = None) -> Any:
        return self[key] if key.endswith("sound") else default


def test_a_damaged_template_is_compiled_again_and_the_others_are_kept() -> None:
    kept = Damaged({"mark/ja/sound": b"1", "mark/ja/harmed": b"2", "other/ja/sound": b"3"})
    assert Compiled("mark", kept).parts() == {"mark/ja/sound": b"1"}
