"""Edits at the same time run one after the other, each on the result of the one before."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

from sqlalchemy import Connection

from operations.rules.apply import apply
from records.accounts import users
from records.accounts.users import Role
from records.db.database import Database
from records.db.statements import alone
from records.rules import policies, versions
from schemas.apply_file import Declaration
from tests.policies import examples
from tests.policies.examples import NOON
from tests.records.examples import BOX

EDITORS = 4


def at_once(database: Database, edit: Callable[[Connection, int], None]) -> None:
    both = Barrier(EDITORS)

    def edit_as(number: int) -> None:
        both.wait(10)
        with database.write() as connection:
            edit(connection, number)

    with ThreadPoolExecutor(EDITORS) as pool:
        list(pool.map(edit_as, range(EDITORS)))


def test_each_edit_of_one_policy_is_a_version_of_its_own(database: Database) -> None:
    def edit(connection: Connection, number: int) -> None:
        policy = examples.policy(observed_attributes=frozenset({f"a{number}"}))
        declared = replace(Declaration(), synchronization_policies=(policy,))
        apply(connection, lambda *_: declared, BOX, now=NOON + timedelta(seconds=number), author=str(number))

    at_once(database, edit)
    with database.read() as connection:
        (title,) = policies.load_all(connection)
        found = versions.history(connection, "synchronization_policies", title)
    assert [version.version for version in found] == list(range(EDITORS, 0, -1))
    assert {version.author for version in found} == {str(number) for number in range(EDITORS)}


def test_two_admins_who_disable_each_other_leave_one_admin(database: Database) -> None:
    with database.write() as connection:
        ids = [
            users.add(connection, f"Admin {number}", Role.ADMIN, None, now=NOON) for number in range(EDITORS)
        ]

    def edit(connection: Connection, number: int) -> None:
        alone(connection)
        if users.admins_left(connection, ids[number]):
            users.disable(connection, ids[number], NOON)

    at_once(database, edit)
    with database.read() as connection:
        assert [user.disabled_at for user in users.load_all(connection)].count(None) == 1
