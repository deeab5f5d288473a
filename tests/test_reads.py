"""Every way in which the city reads what it keeps about a person is listed here, with the entry
it writes into her やりとり履歴, or the reason why it needs none. A new one fails until it is."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from todoke import assemble
from todoke.core.words import LANGUAGES
from todoke.entry import cli
from todoke.web import console

ROOT = Path(__file__).parents[1] / "functions/todoke"
#: what opens something sealed, or a resident of the register
OPENS = {("sealed", "open_json"), ("sealed", "unseal")}
OPENS |= {("residents", name) for name in ("get", "find", "opened")}

#: page of the desk -> act it writes; "": no personal data; "numbers": rows without names
PAGES = {
    "/": "numbers",
    "/find": "",
    "/audit": "numbers",
    "/leave": "",
    "/language": "",
    "/notices": "",
    "/notices/new": "",
    "/notices/<id>": "",
    "/notices/<id>/edit": "",
    "/notices/<id>/ask": "",
    "/notices/<id>/approve": "",
    "/notices/<id>/return": "",
    "/notices/<id>/recall": "",
    "/notices/<id>/result": "",
    "/cases": "numbers",
    "/cases/<id>": "application_read",
    "/cases/<id>/files/<file>": "attachment_read",
    "/cases/<id>/return": "application_read",
    "/cases/<id>/decide": "application_read",
    "/cases/<id>/hand-over": "",
    "/bills": "numbers",
    "/bills/import": "bill_imported",
    "/bills/import/<id>": "bill_imported",
    "/bills/sample.csv": "",
    "/bills/<id>": "bill_read",
    "/register": "numbers",
    "/purpose": "",  # asked before a record opens
    **dict.fromkeys(
        (
            "/me",
            "/me/codes",
            "/me/oidc",
            "/me/passkey",
            "/me/passkey/options",
            "/me/sessions/end",
            "/me/totp",
            "/me/totp/confirm",
            "/me/ways/remove",
            "/clerks",
            "/clerks/<id>",
        ),
        "",  # of clerks
    ),
}

#: command -> act it writes; "": it shows nobody's data; "sealed": carries all of it, unread
COMMANDS = {
    "bills": "bill_imported",
    "residents": "letter_code_made register_reported residents_imported",
    "backup": "sealed",
    "restore": "sealed",
    "import": "",  # lists of places
    "subscribers": "",  # rounded counts
    "staff": "",  # of clerks, whose own record it is
    **dict.fromkeys(
        (
            "amount", "announce", "catalogue", "check", "clock", "deadline", "doctor", "export",
            "init", "keys", "publish", "redrive", "refuse-mynumber", "serve", "timeline",
            "validate", "verify", "work",
        ),
        "",
    ),
}  # fmt: skip

#: function that opens something -> who asks, and the act that is written (or why none is)
READERS = {
    "entry/commands/residents.py:_code": "cli: letter_code_made",
    "journeys/address.py:opened": "herself, and the desk behind application_read",
    "journeys/apply.py:read_own": "herself, who filed it for her (mandate_looked for both)",
    "journeys/apply.py:_inside": "herself, who filed it for her",
    "journeys/apply.py:_told": "herself: who filed it for her",
    "journeys/standing_in.py:by_mandate": "the city itself: whether she lives here",
    "journeys/batches.py:kept_input": "the clerk's own file, whose bills are imported",
    "journeys/bills.py:_judge": "bill_imported",
    "journeys/bills.py:opened": "herself, bill_read, and lists of numbers",
    "journeys/cases.py:open_case": "application_read",
    "journeys/cases.py:attachment": "attachment_read",
    "journeys/cases.py:_inside": "behind application_read, and the acts that decide",
    "journeys/desk_ways.py:_shown": "a clerk's own",
    "journeys/desk_ways.py:confirm_totp": "a clerk's own",
    "journeys/desk_ways.py:secret_of": "a clerk's own",
    "journeys/guardians.py:_named": "her guardians, in their own inboxes",
    "journeys/guardians.py:children": "her guardians",
    "journeys/guardians.py:of_child": "the city itself: who is told",
    "journeys/login.py:_linked": "the city itself: whether the letter's person has died",
    "journeys/mailbox.py:_may_open": "herself, her guardians, who has a mandate (written for both)",
    "journeys/mailbox.py:_others": "herself, her guardians, who has a mandate (written for both)",
    "journeys/mandates.py:_holds": "the city itself: whether both live here",
    "journeys/my_data.py:_content": "herself: data_exported",
    "journeys/my_data.py:file_of": "herself",
    "journeys/passkeys.py:_shown": "herself",
    "journeys/pay.py:answered": "herself: her own way to the provider",
    "journeys/register.py:_before": "residents_imported",
    "journeys/register_findings.py:_rows": "numbers and reasons: register_findings_seen",
    "journeys/register_report.py:_looked": "register_reported",
    "journeys/register_report.py:_compare": "register_reported",
    "journeys/register_report.py:tell": "register_reported",
    "journeys/residents.py:opened": "whoever asks stands in this table",
    "web/console_bills.py:bill_page": "bill_read",
    "web/form_fields.py:carried": "herself: her own page",
    "web/identity.py:me": "herself",
    "web/payments.py:_values": "herself",
    "web/paper_form.py:_principals": "who has a mandate: whose",
    "web/status_pages.py:_name": "herself and who filed it for her: each other's names",
    "web/mandates.py:_shown": "both sides of a mandate",
    "journeys/pay.py:_receipt": "herself: who paid for her",
    "web/mandate_pages.py:_bills_page": "who may pay (mandate_looked for both)",
    "web/mandate_pages.py:_shown": "both sides of a mandate, and who typed its code",
    "journeys/mandates.py:_told": "the other side of a mandate",
    "journeys/staff.py:name_of": "of clerks",
}


def test_every_page_of_the_desk_is_known_with_what_it_writes() -> None:
    assert {each.rule for each in console.PAGES} == set(PAGES)


def test_every_command_is_known_with_what_it_writes() -> None:
    assert set(cli.COMMANDS) == set(COMMANDS)


def test_every_function_that_opens_something_of_a_person_is_known() -> None:
    found = set()
    for path in ROOT.rglob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        for function in _innermost(tree):
            calls = {
                (ast.unparse(call.func.value), call.func.attr)
                for call in ast.walk(function)
                if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)
            }
            if calls & OPENS:
                found.add(f"{path.relative_to(ROOT).as_posix()}:{function.name}")
    assert found == set(READERS)


def _innermost(tree: ast.Module) -> list[ast.FunctionDef]:
    """Functions that hold no other function: the views of a blueprint, not the blueprint."""
    every = [each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef)]
    return [
        e
        for e in every
        if not any(isinstance(i, ast.FunctionDef) for i in ast.walk(e) if i is not e)
    ]


def test_every_act_of_these_tables_says_in_three_languages_what_and_what_for() -> None:
    words = assemble.dictionary()
    told = " ".join([*PAGES.values(), *COMMANDS.values(), *READERS.values()])
    acts = set(re.findall(r"\b[a-z]+_(?:[a-z]+_)?(?:read|made|imported|reported)\b", told))
    assert len(acts) == 7
    for act in acts:
        for language in LANGUAGES:
            for part in ("act", "reason"):
                assert words.has(language, f"phone.history.{part}.{act}"), (language, part, act)
