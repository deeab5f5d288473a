"""Whether a person of the register is the one a signing certificate describes: ``same``,
``not_certain`` with a reason, or ``different``. Nobody is guessed: there is a letter for the rest.

The first row that holds decides. "Address" is what ``address_forms.compare`` says, "name" what
``names.compare`` does; the order of the two persons does not matter.

==  =====================================================  ============  ===================
no  what is found                                          answer        reason
==  =====================================================  ============  ===================
1   birth dates known and not the same day                 different     born
2   sexes known (1 or 2) and not the same                  different     sex
3   name different                                         different     name
4   name family or script, address not same                different     name
5   a birth date is not known                              not_certain   no_birth_date
6   a sex is not known                                     not_certain   no_sex
7   name substituted, alias, mistakable, part, family,     not_certain   name_<that word>
    script
8   name exact or variant, address same                    same
9   name variant, address anything else                    not_certain   name_variant
10  name exact, address unreadable, partly, differs        not_certain   address_<that word>
==  =====================================================  ============  ===================

So ``same`` means: one ``key`` (name, birth date, sex and address in their one form), and three
persons of whom two pairs are the same are all the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from todoke.core import address_forms, names

SAME, NOT_CERTAIN, DIFFERENT = "same", "not_certain", "different"
#: ISO/IEC 5218, as certificates and registers use it; whatever else is written says nothing
MALE, FEMALE = "1", "2"
_NEEDS_ADDRESS = (names.FAMILY, names.SCRIPT)
_EQUAL = (names.EXACT, names.VARIANT)


class Described(Protocol):
    """Four attributes. sex: "1", "2" or anything that says nothing. substitutes: of each letter
    "1" where it stands for another one, or ""."""

    @property
    def name(self) -> str:
        """As it is written."""

    @property
    def name_substitutes(self) -> str:
        """Of the name."""

    @property
    def address(self) -> str:
        """As it is written."""

    @property
    def address_substitutes(self) -> str:
        """Of the address."""

    @property
    def born(self) -> date | None:
        """None where it is not known."""

    @property
    def sex(self) -> str:
        """ISO/IEC 5218."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """answer: same | not_certain | different. reason: code, "" for the same."""

    answer: str
    reason: str = ""


def compare(one: Described, other: Described, home: Sequence[str] = ()) -> Verdict:
    """As the table above says. home: names of the city, which its register may leave out."""
    if one.born and other.born and one.born != other.born:
        return Verdict(DIFFERENT, "born")
    sexes = {one.sex, other.sex}
    if sexes == {MALE, FEMALE}:
        return Verdict(DIFFERENT, "sex")
    name = names.compare(one.name, other.name, one.name_substitutes, other.name_substitutes)
    place = _places(one, other, home)
    if name == names.DIFFERENT or (name in _NEEDS_ADDRESS and place != address_forms.SAME):
        return Verdict(DIFFERENT, "name")
    return _alike(one, other, name, place)


def _alike(one: Described, other: Described, name: str, place: str) -> Verdict:
    if not one.born or not other.born:
        return Verdict(NOT_CERTAIN, "no_birth_date")
    if not {one.sex, other.sex} <= {MALE, FEMALE}:
        return Verdict(NOT_CERTAIN, "no_sex")
    if name not in _EQUAL:
        return Verdict(NOT_CERTAIN, f"name_{name}")
    if place == address_forms.SAME:
        return Verdict(SAME)
    reason = f"name_{name}" if name == names.VARIANT else f"address_{place}"
    return Verdict(NOT_CERTAIN, reason)


def key(one: Described, home: Sequence[str] = ()) -> str:
    """What all who are the same have in common; "" for whom nobody is the same as."""
    name, place = names.key(one.name), address_forms.read(one.address, home).key
    whole = name and names.WILD not in name and place and names.WILD not in place
    if not whole or not one.born or one.sex not in (MALE, FEMALE):
        return ""
    return "\n".join((name, one.born.isoformat(), one.sex, place))


def _places(one: Described, other: Described, home: Sequence[str]) -> str:
    """How the addresses agree; a letter that stands for another one may also be right."""
    both = (one, other)
    written = [address_forms.read(each.address, home) for each in both]
    if (found := address_forms.compare(*written)) == address_forms.SAME:
        return found
    marked = [names.marked(each.address, each.address_substitutes) for each in both]
    return address_forms.compare(*(address_forms.read(each, home) for each in marked))
