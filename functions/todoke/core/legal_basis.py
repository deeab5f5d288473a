"""What a procedure stands on: articles of a law, or who set it up where no national law does.

``legal_basis`` names laws, orders, ordinances or guidelines by their names and articles, so that
whoever doubts a page can look them up. 「都道府県事業」 names none: what a prefecture or a
municipality set up itself, or the state by a budget alone, says so under ``set_by``, and its page
tells families that no national law stands behind it.
"""

from __future__ import annotations

import re

from todoke.core.site_fields import Fields

#: who set it up where a national law did not, or left it to them (``site.set_by.<name>``)
SET_BY = ("prefecture", "municipality", "budget")
#: of any place and of no place: they name no text that one could open
_NOBODY = re.compile(
    "^(?:都道府県|市区町村|市町村|自治体|区市|市|県|国)(?:・(?:都道府県|市区町村|市町村|区市))*"
    "(?:の(?:条例|規則|要綱|定め)|事業|補助)"
)
_NAME = "(?:[法令]|法律|規則|規約|条約|条例|要綱)"
_ARTICLE = r"(?:附則)?[0-9]+(?:条|項|号)(?:の[0-9]+)*"
#: 児童手当法26条 · 同施行規則4条 · …に関する法律17条・19条 · …法(2025年4月1日施行)
_CITATION = re.compile(rf"[^0-9()]+{_NAME}(?:{_ARTICLE}|[(]|$|[・、])")


def citations(fields: Fields) -> tuple[str, ...]:
    """``legal_basis:`` of a procedure. Raises ``site_file_invalid``."""
    found = fields.texts("legal_basis")
    for number, each in enumerate(found, 1):
        if _NOBODY.match(each) or not _CITATION.match(each):
            rule = f"{each!r} is no law with its article"
            step = f"write 児童手当法7条, or set_by: [{', '.join(SET_BY)}] where no law says it"
            raise fields.wrong(f"legal_basis[{number}]", rule, step)
    return found


def set_by(fields: Fields) -> tuple[str, ...]:
    """``set_by:`` of a procedure. Raises ``site_file_invalid``."""
    found = fields.texts("set_by")
    for number, each in enumerate(found, 1):
        if each not in SET_BY:
            rule = f"{each!r} is not a known value"
            raise fields.wrong(f"set_by[{number}]", rule, f"choose from: {', '.join(SET_BY)}")
    return found
