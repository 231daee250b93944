"""`m2t console --link`: a sign-in link for users who lost their password or second factor."""

from __future__ import annotations

import pytest

from records.accounts import audit, second_factors, users
from records.accounts.audit import Change
from records.accounts.users import Role
from schemas.secret import Secret
from tests.commands.conftest import Desk
from tests.policies.examples import at


@pytest.fixture
def ada(desk: Desk) -> int:
    """Create an admin with a second factor and a session, and return the id."""
    desk.database.upgrade()
    with desk.database.write() as connection:
        user_id = users.add(connection, "Ada", Role.ADMIN, "argon2 hash", now=at(0))
        second_factors.offer(connection, user_id, Secret("JBSWY3DPEHPK3PXP"), desk.box, now=at(0))
        second_factors.confirm(connection, user_id, 1, now=at(0))
        second_factors.replace_codes(connection, user_id, ["AAAABBBBCCCCDDDD"])
        users.open_session(connection, user_id, now=at(3600))
    return user_id


def ticket(printed: str) -> str:
    return printed.strip().splitlines()[-1].rpartition("/enter/")[2]


def test_a_link_leaves_the_second_factor_on(desk: Desk, ada: int) -> None:
    result = desk.m2t("console", "--link", "Ada")
    assert result.exit_code == 0
    with desk.database.write() as connection:
        assert ada in second_factors.owners(connection)
        user = users.use_ticket(connection, ticket(result.stdout), now=at(3600))
    assert user is not None and user.id == ada


def test_second_factor_off_lets_a_user_sign_in_with_the_link_alone(desk: Desk, ada: int) -> None:
    result = desk.m2t("console", "--link", "Ada", "--second-factor-off")
    assert (result.exit_code, "The second factor of Ada is off." in result.stderr) == (0, True)
    with desk.database.write() as connection:
        assert second_factors.owners(connection) == {}
        assert second_factors.codes_left(connection, ada) == 0
        assert users.use_ticket(connection, ticket(result.stdout), now=at(3600)) is not None
        (row,) = audit.page(connection, 9).values()
    assert row.author.endswith("(m2t console)")
    assert row.changes == (Change("second factor of Ada", "on", "off"),)


def test_switching_the_second_factor_off_twice_writes_no_second_audit_row(desk: Desk, ada: int) -> None:
    desk.m2t("console", "--link", "Ada", "--second-factor-off")
    result = desk.m2t("console", "--link", "Ada", "--second-factor-off")
    assert "was off already" in result.stderr
    with desk.database.read() as connection:
        assert len(audit.page(connection, 9)) == 1


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("--second-factor-off",), 2, "needs --link NAME"),
        (("--link", "Eve", "--second-factor-off"), 1, "choose one of: Ada"),
        (("--link", "Eve"), 1, "There is no user 'Eve'."),
    ],
)
def test_an_impossible_request_is_an_error(
    desk: Desk, ada: int, arguments: tuple[str, ...], code: int, words: str
) -> None:
    result = desk.m2t("console", *arguments)
    assert (result.exit_code, words in result.output) == (code, True), result.output
