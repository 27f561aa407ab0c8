"""What the ledger knows: questions only. What is known of a row is derived from its attempts."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence

from uploader.core.messages import NO_RESPONSE_RECORDED, UNKNOWN_OUTCOME_HINT
from uploader.core.model import EarlierAttempt, LeadResult, Outcome, PastRun, RowState, Run, Validity
from uploader.ledger.decisions import Doubts


class Known(Doubts):
    """The questions that can be put to an open ledger. All raise LedgerError when it can't be read."""

    def unfinished(self, scope: str) -> str | None:
        """The newest run in an enterprise that did not come to its end."""
        found = self._read(
            "SELECT id FROM run WHERE (ended IS NULL OR stopped IS NOT NULL) AND facts ->> 'scope' = ? "
            "AND facts ->> 'mapping' <> '' ORDER BY started DESC",
            (scope,),
        )
        return next((run for (run,) in found), None)

    def run(self, run: str) -> Run | None:
        """The facts of a run, or None if this ledger does not know it."""
        found = self._read("SELECT family, facts FROM run WHERE id = ?", (run,))
        for family, facts in found:
            return _run(run, family, facts)
        return None

    def newest(self, runs: Iterable[str]) -> str | None:
        """Of these run ids, the one that this ledger saw start last."""
        wanted = json.dumps(list(runs))
        found = self._read(
            "SELECT id FROM run WHERE id IN (SELECT value FROM json_each(?)) ORDER BY started DESC LIMIT 1", (wanted,)
        )
        return next((run for (run,) in found), None)

    def sent_rows(self, run: str) -> list[int]:
        """The rows of a run that were sent and are not sent again by it, in the order of their sending."""
        found = self._read(
            "SELECT row FROM known WHERE id IN (SELECT max(id) FROM attempt WHERE run = ? GROUP BY row) "
            "AND outcome NOT IN ('failed', 'unsent') ORDER BY id",
            (run,),
        )
        return [row for (row,) in found]

    def lead_ids(self, scope: str) -> set[int]:
        """The ids of all leads that are known to be accepted in an enterprise."""
        found = self._read(
            "SELECT known.lead_id FROM known JOIN run ON run.id = known.run "
            "WHERE known.lead_id IS NOT NULL AND facts ->> 'scope' = ?",
            (scope,),
        )
        return {lead_id for (lead_id,) in found}

    def lead_ids_of(self, run: str) -> dict[int, int]:
        """The ids of a run's accepted leads, by row."""
        found = self._read(
            "SELECT row, lead_id FROM known WHERE run = ? AND outcome = 'accepted' AND lead_id IS NOT NULL", (run,)
        )
        return dict(found)

    def states(self, run: str, rows: Sequence[int]) -> dict[int, RowState]:
        """What is known of these rows of a run; a row without attempt or mark is not in the answer."""
        wanted = json.dumps(list(rows))
        found: dict[int, RowState] = {}
        for row, text, hint in self._read(
            "SELECT row, text, hint FROM duplicate JOIN reason ON reason.id = duplicate.reason "
            "WHERE run = ? AND row IN (SELECT value FROM json_each(?))",
            (run, wanted),
        ):
            found[row] = RowState(Outcome.DUPLICATE, text, hint)
        for row, sent, outcome, status, lead_id, *told in self._read(
            "SELECT row, sent, outcome, status, lead_id, text, hint FROM known LEFT JOIN reason ON reason.id = reason "
            "WHERE run = ? AND row IN (SELECT value FROM json_each(?)) ORDER BY known.id",
            (run, wanted),
        ):
            before = found.get(row)
            tries = before.attempts + 1 if before else 1
            text, hint = (
                told
                if told[0]
                else (NO_RESPONSE_RECORDED, UNKNOWN_OUTCOME_HINT)
                if outcome == Outcome.UNKNOWN
                else ("", "")
            )
            state = RowState(Outcome(outcome), text, hint, lead_id, status, tries, sent)
            marked = before and before.outcome is Outcome.DUPLICATE and state.outcome.is_retried
            found[row] = before._replace(attempts=tries) if before and marked else state
        return found

    def slowest(self, run: str, limit: int = 5) -> list[tuple[int, float]]:
        """The rows of a run whose answers took longest, and how long: seconds. What had no answer is not among them."""
        found = self._read(
            "SELECT row, max(came - sent) AS took FROM attempt JOIN answer ON answer.attempt = attempt.id "
            "WHERE run = ? GROUP BY row ORDER BY took DESC, row LIMIT ?",
            (run, limit),
        )
        return list(found)

    def earlier(self, fingerprints: Sequence[bytes]) -> dict[bytes, EarlierAttempt]:
        """Which of these leads were accepted before, or are in doubt, and where that was."""
        if not fingerprints or not any(self._read("SELECT 1 FROM attempt LIMIT 1")):
            return {}  # of a first upload: a twentieth of the time of a check
        wanted = json.dumps([fingerprint.hex() for fingerprint in fingerprints])
        found = self._read(
            "SELECT fingerprint, run, family, row, file, sent, outcome, lead_id FROM json_each(?) "
            "JOIN live ON fingerprint = unhex(json_each.value) ORDER BY outcome = 'accepted', live.id",
            (wanted,),
        )
        return {fingerprint: _earlier(*told) for fingerprint, *told in found}

    def earlier_in_family(self, family: str, rows: Sequence[int]) -> dict[int, EarlierAttempt]:
        """Which of these rows were accepted, or are in doubt, in any run that goes back to one upload."""
        found = self._read(
            "SELECT run, family, row, file, sent, outcome, lead_id FROM live "
            "WHERE family = ? AND row IN (SELECT value FROM json_each(?)) ORDER BY outcome = 'accepted', id",
            (family, json.dumps(list(rows))),
        )
        return {told[2]: _earlier(*told) for told in found}

    def results(self, scope: str, lead_ids: Sequence[int]) -> dict[int, LeadResult]:
        """What the platform has found about these leads of an enterprise, as far as it was asked."""
        found = self._read(
            "SELECT lead_id, finding, text, hint FROM result LEFT JOIN reason ON reason.id = reason "
            "WHERE scope = ? AND lead_id IN (SELECT value FROM json_each(?))",
            (scope, json.dumps(list(lead_ids))),
        )
        return {
            lead_id: LeadResult(Validity(finding), text or "", hint or "") for lead_id, finding, text, hint in found
        }

    def history(self, limit: int) -> list[PastRun]:
        """The newest runs, newest first, without those that were purged."""
        found = self._read(
            "SELECT id, family, facts, started, ended, stopped, counts FROM run WHERE facts ->> 'mapping' <> '' "
            "ORDER BY started DESC, id DESC LIMIT ?",
            (limit,),
        )
        return [
            PastRun(_run(run, family, facts), started, ended, stopped, self._counts(run, counts))
            for run, family, facts, started, ended, stopped, counts in found
        ]

    def why_unfinished(self, run: str) -> str | None:
        """Why some rows of a run had no turn; None when it came to its end."""
        never = "The run was not brought to its end."
        found = self._read("SELECT iif(ended IS NULL, ?, stopped) FROM run WHERE id = ?", (never, run))
        return next((why for (why,) in found), None)

    def campaigns(self) -> set[tuple[str, int]]:
        """(enterprise, campaign) of all runs, also of purged ones."""
        found = self._read("SELECT DISTINCT facts ->> 'scope', facts ->> 'campaign' FROM run")
        return {(scope, campaign) for scope, campaign in found}

    def faults(self) -> list[str]:
        """What SQLite's quick check finds wrong with the file; empty when it is sound."""
        return [text for (text,) in self._read("PRAGMA quick_check") if text != "ok"]

    def _counts(self, run: str, noted: str | None) -> Counter[Outcome]:
        """Rows per outcome: as noted at the run's end and decided since, or of one that has no end, what is known."""
        if noted is None:
            return self._counts_so_far(run)
        counts = Counter({Outcome(outcome): count for outcome, count in json.loads(noted).items()})
        for outcome, noted_then, rows in self._read(
            "SELECT known.outcome, coalesce((SELECT decision.outcome FROM decision WHERE attempt = known.id "
            "AND made <= ended ORDER BY id DESC LIMIT 1), 'unknown'), count(*) "
            "FROM known JOIN run ON run.id = known.run WHERE known.id IN "
            "(SELECT max(id) FROM attempt WHERE attempt.run = ? GROUP BY row) "
            "AND EXISTS (SELECT 1 FROM decision WHERE attempt = known.id AND made > ended) GROUP BY 1, 2",
            (run,),
        ):
            counts[Outcome(noted_then)] -= rows
            counts[Outcome(outcome)] += rows
        return counts

    def _counts_so_far(self, run: str) -> Counter[Outcome]:
        """Of the rows that were tried, or marked as duplicates; what was never looked at is not among them."""
        found = self._read(
            "SELECT outcome, count(*) FROM known WHERE id IN (SELECT max(id) FROM attempt WHERE run = ?1 GROUP BY row) "
            "AND (outcome IN ('accepted', 'unknown') OR row NOT IN (SELECT row FROM duplicate WHERE run = ?1)) "
            "GROUP BY outcome UNION ALL "
            "SELECT 'duplicate', count(*) FROM duplicate WHERE run = ?1 "
            "AND row NOT IN (SELECT row FROM live WHERE run = ?1)",
            (run,),
        )
        return Counter({Outcome(outcome): rows for outcome, rows in found})


def _run(run: str, family: str, facts: str) -> Run:
    told = json.loads(facts)
    return Run(id=run, family=family, **{**told, **{name: tuple(told.get(name, ())) for name in ("required", "flags")}})


def _earlier(
    run: str, family: str, row: int, file: str, sent: float, outcome: str, lead_id: int | None
) -> EarlierAttempt:
    return EarlierAttempt(run, family, row, file, sent, Outcome(outcome), lead_id)
