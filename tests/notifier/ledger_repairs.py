"""What operators and mail servers say of deliveries, and what must come of it."""

from __future__ import annotations

from collections.abc import Sequence

from services.notifier.ports import BOUNCED
from tests.notifier.ledger_known import WAITS
from tests.notifier.ledger_steps import LedgerSteps


class LedgerRepairs(LedgerSteps):
    """Deliveries are tried again, given up, and come back."""

    def try_again(self, ids: Sequence[str], pace_s: float) -> None:
        again = self.both(lambda ledger: ledger.retry(ids, self.now, pace_s))
        view = self.look()
        for key in ids:
            before, row = self.model.view.rows[key], view.rows[key]
            if key not in again:
                assert row == before
                continue
            assert before.status in {*WAITS, "failed"}
            assert not self.model.live(key)
            assert (row.status, row.reason) == ("queued", "replayed") or row.status == "held"
            self.model.try_again(key, row.endpoint_id or "")

    def give_up(self, ids: Sequence[str]) -> None:
        given_up = self.both(lambda ledger: ledger.give_up(ids, self.now))
        rows = self.model.view.rows
        assert given_up == [each for each in ids if rows[each].status not in {"delivered", "cancelled"}]
        self.model.given_up.update(given_up)

    def let_bounce(self, key: str) -> None:
        effect = self.both(lambda ledger: ledger.bounce(key, "550 no such user", self.now))
        row, before = self.look().rows[key], self.model.view.rows[key]
        if effect != "failed":
            assert row == before
            return
        assert before.status not in {"failed", "cancelled"}
        assert (row.status, row.reason) == ("failed", BOUNCED)
        self.model.leases.pop(key, None)

    def let_message_bounce(self, bundle: str) -> None:
        """All that were in it fail, but for what was over, or was sent alone since."""
        effect = self.both(lambda ledger: ledger.bounce(bundle, "550 no such user", self.now))
        view = self.look()
        failed = [each for each in self.model.gathered.members_of(bundle) if self._may_bounce(each)]
        assert (effect == "failed") == bool(failed)
        for key in self.model.gathered.members_of(bundle):
            if key in failed:
                assert (view.rows[key].status, view.rows[key].reason) == ("failed", BOUNCED)
                self.model.leases.pop(key, None)
            else:
                assert view.rows[key] == self.model.view.rows[key]

    def _may_bounce(self, key: str) -> bool:
        """Whether it is mail that somebody may have taken, and is not over."""
        row = self.model.view.rows[key]
        sent = row.attempt > 0 or key in self.model.leases
        return sent and row.status not in {"failed", "cancelled"} and self.kinds[row.endpoint_id or ""] == "email"
