"""Token refresh: replace a token pair once, however many threads, processes and shops find it refused.

A refresh token is assumed to work once (docs/decisions/0012), so a second refresh would lose the authorization. Within
this process a lock per shop prevents that; between processes, and between the shops of one seller, which have the same
pair, a claim in the rows of all shops that have it. The claim is made in a short transaction and outlasts the call to
TikTok, so that no transaction waits for the network. New tokens are stored at all these shops before they are used, and
a thread that finds other tokens in the row uses those.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import Connection

from background.worker import Worker
from consumer.results.feed_row import feed_row
from records.db.database import Database, is_away
from records.db.secret_box import SecretBox
from records.log import activity, feeds
from records.log.activity import ActivityRow
from records.rules import tokens
from records.rules.load_rulebook import RulebookReader
from records.rules.tokens import StoredTokens
from schemas.secret import Secret
from schemas.shop import Shop
from schemas.tokens import TokenPair
from tiktok.client.errors import NotAuthorized, ShopStopped, TikTokError, Transient
from tiktok.client.exchange import Exchange
from tiktok.client.tokens import DEADLINE, OPERATION, RefreshRefused, refresh
from tiktok.client.transport import Transport

log = structlog.get_logger(__name__)

CLAIM = timedelta(seconds=DEADLINE + 4)
"""Longer than a refresh may take: when a claim has expired, its call is no longer in flight."""
TOO_SOON = timedelta(seconds=60)
"""Tokens that TikTok refuses this soon after issuing them are not refreshed: new ones would be refused too."""
LOOK_SECONDS = 0.2
"""How often to check whether another process has stored the new tokens."""
AWAY_SECONDS = 0.5
"""The wait before a write is retried while the database is away."""
STOP_SECONDS = 10.0
"""After a stop request, how long to keep trying to store TikTok's answer: it may contain the only valid tokens."""
LOOK_AHEAD_SECONDS = 60.0
"""How often the worker checks for tokens that expire soon."""


class Authorization(Worker):
    """The tokens of all shops. Its thread refreshes them before they expire. Thread safe."""

    def __init__(
        self,
        database: Database,
        box: SecretBox,
        *,
        exchanged: Callable[[Exchange], None] = lambda exchange: None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__("authorization")
        self._database = database
        self._box = box
        self._exchanged = exchanged
        self._clock = clock
        self._owner = str(uuid.uuid4())
        self._transport = Transport()
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def renew(self, shop: Shop, refused: Secret) -> Secret:
        """Return the current access token in place of `refused`, which TikTok refused or which expires soon.

        Raises `ShopStopped` if TikTok issues no new one, `Transient` if TikTok or the database did not answer.
        """
        try:
            with self._locks[shop.key]:
                return self._renewed(shop, refused)
        except TikTokError:
            raise
        except Exception as error:
            if not is_away(error):
                raise
            raise Transient(OPERATION, "the database can't be reached") from None

    def _renewed(self, shop: Shop, refused: Secret) -> Secret:
        """Claim the refresh, or wait for the process that has claimed it."""
        wait_until = time.monotonic() + CLAIM.total_seconds()
        while True:
            with self._database.write() as connection:
                now = self._clock()
                stored, keys = tokens.load_to_renew(connection, shop.key, self._box)
                if stored.pair.access_token != refused:
                    return stored.pair.access_token
                _may_renew(stored, now)
                if mine := not stored.being_renewed(now):
                    tokens.claim(connection, keys, owner=self._owner, until=now + CLAIM)
            if mine:
                return self._refresh(shop, stored.pair, keys)
            if time.monotonic() > wait_until:
                raise Transient(OPERATION, "another process is renewing the tokens")
            self.pause(LOOK_SECONDS)
            if self.stopping:
                raise Transient(OPERATION, "another process is renewing the tokens, and this one stops")

    def _refresh(self, shop: Shop, pair: TokenPair, claimed: tuple[str, ...]) -> Secret:
        """Request new tokens from TikTok, and store its answer. The caller has claimed the pair of these shops."""
        exchanges: list[Exchange] = []
        app_key, spent = shop.tiktok.app_key, pair.refresh_token
        try:
            given = refresh(
                _with_tokens(shop, pair).tiktok,
                exchanges.append,
                transport=self._transport,
                clock=lambda: self._clock().timestamp(),
            )
        except RefreshRefused as error:
            why = error.hint or error.message
            log.error("tokens_refused", shop=shop.key, code=error.code, request_id=error.request_id)
            self._write_down(
                lambda connection: tokens.refuse(connection, app_key, self._box, spent=spent, why=why),
                shop,
                exchanges,
                ("error", "authorization_ended", why),
            )
            raise
        except Transient as error:
            log.warning("tokens_not_renewed", shop=shop.key, error=error.message)
            self._write_down(
                lambda connection: tokens.unclaim(connection, claimed, owner=self._owner), shop, exchanges
            )
            raise
        log.info("tokens_renewed", shop=shop.key, access_until=given.access_until)
        self._write_down(
            lambda connection: tokens.store(
                connection, app_key, self._box, given, spent=spent, now=self._clock()
            ),
            shop,
            exchanges,
        )
        return given.access_token

    def _write_down(
        self,
        write: Callable[[Connection], tuple[str, ...] | None],
        shop: Shop,
        exchanges: list[Exchange],
        activity_row: tuple[str, str, str] | None = None,
    ) -> None:
        """Store TikTok's answer before it is used. Retry until it is stored: a lost token pair can't be fetched again.

        `write` returns the shops that the answer is about; the activity row is written for each of them.
        Raises `Transient` if a stop was requested and the database did not answer within `STOP_SECONDS`.
        """
        for exchange in exchanges:
            self._exchanged(exchange)
        stop_by: float | None = None
        while True:
            try:
                with self._database.write() as connection:
                    self._log(connection, shop, exchanges, activity_row, write(connection) or ())
                return
            except Exception as error:
                if not is_away(error):
                    raise
                log.warning("database_away", while_doing="tokens", shop=shop.key)
            if self.stopping:
                stop_by = stop_by or time.monotonic() + STOP_SECONDS
                if time.monotonic() > stop_by:
                    raise Transient(OPERATION, "the database can't be reached")
                time.sleep(AWAY_SECONDS)
            else:
                self.pause(AWAY_SECONDS)

    def _log(
        self,
        connection: Connection,
        shop: Shop,
        exchanges: list[Exchange],
        activity_row: tuple[str, str, str] | None,
        concerned: tuple[str, ...],
    ) -> None:
        rulebooks = RulebookReader(self._box).read(connection)
        if rulebooks.policy_of(shop.key).policy.feed_log:
            feeds.put(connection, [feed_row(exchange, shop=shop.key) for exchange in exchanges])
        if activity_row is None:
            return
        level, reason, message = activity_row
        rows = [
            ActivityRow(
                at=self._clock(),
                shop=key,
                product_id=None,
                sku=None,
                level=level,
                actor="delivery",
                kind="note",
                action="none",
                reason=reason,
                message=message,
            )
            for key in concerned
            if rulebooks.policy_of(key).policy.activity_log
        ]
        activity.put(connection, rows)

    # Refresh before expiry

    def run_round(self) -> None:
        """Refresh the tokens that expire soon, then wait for the next round."""
        self.look_ahead()
        self.pause(LOOK_AHEAD_SECONDS)

    def after_error(self, error: Exception) -> float:
        """Log the error, unless the database is away: the other workers log that."""
        if not is_away(error):
            log.exception("authorization_broken")
        return LOOK_AHEAD_SECONDS

    def look_ahead(self) -> None:
        """Refresh tokens after four fifths of their lifetime, and log a warning about authorizations that end."""
        with self._database.read() as connection:
            shops = RulebookReader(self._box).read(connection).shops
            stored = tokens.load_all(connection, self._box)
        now = self._clock()
        for key, shop in shops.items():
            pair = stored[key].pair
            if (warning := pair.warning(now)) is not None:
                log.warning("authorization_ends", shop=key, words=warning)
            if pair.wants_renewal(now) and stored[key].refused is None:
                self._renew_ahead(shop, pair)

    def _renew_ahead(self, shop: Shop, pair: TokenPair) -> None:
        """Refresh before expiry. A failure is only logged, because the old access token still works."""
        try:
            self.renew(shop, pair.access_token)
        except (ShopStopped, Transient) as error:
            log.warning("not_renewed_ahead", shop=shop.key, error=type(error).__name__)

    def seconds_left(self) -> Mapping[str, float]:
        """Return the seconds until each shop's authorization ends, for shops where that is known."""
        with self._database.read() as connection:
            stored = tokens.load_all(connection, self._box)
        now = self._clock()
        return {
            key: (shop_tokens.pair.refresh_until - now).total_seconds()
            for key, shop_tokens in stored.items()
            if shop_tokens.pair.refresh_until is not None
        }


def _may_renew(stored: StoredTokens, now: datetime) -> None:
    """Raise `ShopStopped` if a refresh is pointless: it was refused before, or the tokens are only just issued."""
    if stored.refused is not None:
        raise RefreshRefused(OPERATION, "the authorization has ended", hint=stored.refused)
    given = stored.pair.given_at
    if given is not None and now - given < TOO_SOON:
        raise NotAuthorized(
            OPERATION,
            "TikTok refuses the tokens that it has just issued",
            hint="TikTok refuses the tokens that it has just issued. Authorize the shop again.",
        )


def _with_tokens(shop: Shop, pair: TokenPair) -> Shop:
    tiktok = replace(shop.tiktok, access_token=pair.access_token, refresh_token=pair.refresh_token)
    return replace(shop, tiktok=tiktok)
