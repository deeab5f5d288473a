"""What follows from a new register: the dead have no account any more, a letter to where somebody
lives no more opens nothing, and the rows of the register before it go. A job of the workers, in
small commits; a copy of it finds everything done."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import product
from typing import cast

from todoke.core.errors import TodokeError
from todoke.core.resident_file import CLOSED, DECEASED
from todoke.journeys import audit, batch_care, batches, residents
from todoke.journeys.batch_writing import Pace
from todoke.journeys.register import ANOTHER
from todoke.ports import Delete, Message, Record, Replace, Services, Write

#: somebody logs in while her account is closed: one of them wins each round
ROUNDS = 5
#: what a snapshot says of somebody whose letter may lie in other people's letter box by now
ELSEWHERE = (CLOSED, "moved", "back")


def settle(services: Services, job: Message) -> None:
    """A slice of it; then it asks for the next one."""
    new, before = str(job.body["snapshot"]), str(job.body["before"])
    over = batch_care.slice_over()
    part = cast("int", job.body.get("part", 0))
    record = batches.get(services, new)
    while part < batches.whole(record, "parts"):
        follow(services, new, part)
        part += 1
        if over():
            batch_care.ask_on(services, job, part=part)
            return
    if before in ("", residents.OWN, residents.snapshot(services)):
        return
    pace = Pace()
    for index, shelf in product(("register_shelves", "ward_shelves"), residents.shelves(before)):
        while page := services.store.find(index, shelf, limit=pace.rows).records:
            gone: list[Write] = [Delete(each.kind, each.id) for each in page]
            pace.keep(partial(services.store.commit, gone))
            if over():
                batch_care.ask_on(services, job, part=part)
                return


def follow(services: Services, snapshot: str, part: int) -> None:
    """Takes the accounts of those whom one part of a snapshot calls dead, or somebody else, from
    them, and ends the letter codes of those who live elsewhere."""
    found = services.store.get("batch_part", batches.part_id(snapshot, part))
    for told in cast("list[list[str]]", found.data["told"]) if found else []:
        if told[3] in (DECEASED, ANOTHER):
            unlink(services, told[2], another=told[3] == ANOTHER)
        elif told[3] in ELSEWHERE:
            end_letter_code(services, told[2], snapshot)


def unlink(services: Services, resident: str, *, another: bool = False) -> None:
    """The account knows its resident no more and the resident no account; the letter code ends.
    What was for her stays hers in the register, and a clerk reads of it in the record of acts.

    another: the number is somebody else's now. What came under it stays there, so nobody is linked
    to it by card; a clerk who has looked makes a letter code."""
    for _ in range(ROUNDS):
        person = services.store.get("resident", resident)
        linked = person and (person.data["account"] or person.data["letter_code"])
        if person is None or not (linked or another) or (another and person.data.get("another")):
            return None
        named = {**person.data, "account": None, "letter_code": None, "another": another}
        writes: list[Write] = [Replace(replace(person, data=named))]
        if code := person.data["letter_code"]:
            writes.append(Delete("letter_code", str(code)))
        account = services.store.get("account", str(person.data["account"] or "-"))
        if account is not None:
            alone = {**account.data, "resident": None, "linked_at": None}
            writes.append(Replace(replace(account, data=alone)))
        about = f"resident/{resident}"
        writes.append(audit.entry(services, "system", "account_unlinked", about, resident=resident))
        try:
            return services.store.commit(writes)
        except TodokeError as error:
            if error.code != "version_conflict":
                raise
    raise TodokeError("storage_unavailable")


def end_letter_code(services: Services, resident: str, snapshot: str) -> None:
    """The code of a letter that was written before this snapshot was the register. One that a clerk
    made since goes to the new address and stays."""
    for _ in range(ROUNDS):
        person = services.store.get("resident", resident)
        code = services.store.get("letter_code", str(person and person.data["letter_code"]))
        if person is None or code is None or not _older(services, code, snapshot):
            return None
        named = replace(person, data={**person.data, "letter_code": None})
        about = f"resident/{resident}"
        noted = audit.entry(services, "system", "letter_code_ended", about, resident=resident)
        try:
            ended = Delete("letter_code", code.id, code.version)
            return services.store.commit([Replace(named), ended, noted])
        except TodokeError as error:
            if error.code != "version_conflict":
                raise
    raise TodokeError("storage_unavailable")


def _older(services: Services, code: Record, snapshot: str) -> bool:
    """Whether a code was made before this snapshot was the register. Of a snapshot that is the
    register no more the later one says what it says."""
    now = services.store.get(residents.REGISTER, residents.NOW)
    if now is None or now.data["snapshot"] != snapshot:
        return True
    return int(str(code.data["created_at"])) <= int(str(now.data["changed_at"]))
