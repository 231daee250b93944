"""Earlier rules: the number of statements does not depend on the number of policies and templates."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection, event

from records.db.database import Database
from records.rules import policies, rule_history
from schemas.synchronization_policy import SynchronizationPolicy
from tests.policies.examples import NOON


@contextmanager
def statements(connection: Connection) -> Iterator[list[str]]:
    """Yield the list of statements that the block executes."""
    executed: list[str] = []

    def note(*arguments: object) -> None:
        executed.append(str(arguments[2]))

    event.listen(connection, "before_cursor_execute", note)
    yield executed
    event.remove(connection, "before_cursor_execute", note)


def store(connection: Connection, count: int) -> None:
    for number in range(count):
        policies.save(connection, SynchronizationPolicy(title=f"Policy {number}"), now=NOON, author="Ada")


@pytest.mark.parametrize("count", [1, 30])
def test_earlier_rules_are_read_with_one_statement_for_each_kind(database: Database, count: int) -> None:
    with database.write() as connection:
        store(connection, count)
        then = rule_history.in_force(connection)
        with statements(connection) as executed:
            read = rule_history.load(connection, then)
        assert len(read.policies) == count
        assert len(executed) == 1


def test_each_document_is_read_in_its_earlier_version(database: Database) -> None:
    with database.write() as connection:
        store(connection, 2)
        then = rule_history.in_force(connection)
        newer = SynchronizationPolicy(title="Policy 1", product_upload=True)
        policies.save(connection, newer, now=NOON, author="Ada")
        read = rule_history.load(connection, then)
        assert not read.policies["Policy 1"].policy.product_upload
        with pytest.raises(LookupError, match="version 7"):
            rule_history.load(connection, {"synchronization_policies": {"Policy 1": 7}})


def test_saving_a_policy_reads_no_other_policy(database: Database) -> None:
    with database.write() as connection:
        store(connection, 1)
        with statements(connection) as executed:
            policies.save(connection, SynchronizationPolicy(title="Another"), now=NOON, author="Ada")
        reads = [statement for statement in executed if "FROM synchronization_policies" in statement]
        assert reads and all("title =" in statement for statement in reads)
