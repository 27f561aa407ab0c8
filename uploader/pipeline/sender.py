"""One lead on its way: permit, token, intent, POST, verdict; again only where it is sure that nothing was taken."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field

from uploader.api.hints import hint_for
from uploader.api.protocol import (
    CancelledBeforeSend,
    Classification,
    Meaning,
    NoAnswer,
    NotSent,
    Response,
    classify,
    encode_lead,
)
from uploader.api.publisher import PublisherApi
from uploader.api.tokens import Token
from uploader.core.command_line import uploader_command
from uploader.core.errors import NextStep, StoppedError, UploaderError
from uploader.core.messages import DUPLICATE_HINT, SENT_BY_ANOTHER_UPLOAD, UNSENT_HINT
from uploader.core.model import Lead, Outcome, RowState, Run
from uploader.core.rate_limit import Permit
from uploader.core.redaction import redact
from uploader.ledger import Ledger
from uploader.pipeline.cancellation import StopRequested, StopSignal
from uploader.pipeline.circuit_breaker import CircuitBreaker
from uploader.report import mapping_flags

# A lead that surely was not taken is sent again up to this many times in all.
TRIES = 5

# The meanings after which it is sure that nothing was taken, and another try may succeed.
AGAIN = {Meaning.WAIT, Meaning.RENEW}

# So many refusals and nothing else, from the start, say that it is not the leads.
ALL_REFUSED = 20

# Seconds before the second try where no connection came about; doubled each time, give or take a half.
BACK_OFF = 0.5


class AlreadySent(Exception):
    """Another process has sent the same lead since all rows were looked at."""


@dataclass
class Sender:
    """Sends leads of one run to one address. `names` are the form's keys, quoted, by bare field name; `columns` gives
    the spreadsheet's column of a form field, for hints."""

    api: PublisherApi
    ledger: Ledger
    stop: StopSignal
    run: Run
    path: str
    names: dict[str, str]
    columns: dict[str, str]
    breaker: CircuitBreaker
    chance: random.Random = field(default_factory=random.Random)
    refused_first: int = 0

    async def send(self, lead: Lead) -> Outcome:
        """Sends a lead until its outcome is known or the run stops; the ledger knows it at every moment.

        Returns the outcome. Sets `stop` when nothing more should be sent.
        """
        body = encode_lead(lead.fields, self.names)
        outcome = Outcome.UNSENT
        for number in range(TRIES):
            try:
                verdict, response, token = await self._try(lead, body)
                outcome = verdict.outcome
                if response:
                    self._act(verdict, response, token)
                await self._note_health(verdict)
                if verdict.meaning not in AGAIN:
                    break
                if not response:
                    await self.stop.sleep(BACK_OFF * 2**number * self.chance.uniform(0.5, 1.5))
            except AlreadySent:
                self.ledger.rows.mark_duplicates(self.run.id, [(lead.row, SENT_BY_ANOTHER_UPLOAD, DUPLICATE_HINT)])
                outcome = Outcome.DUPLICATE
                break
            except StopRequested:
                break
            except UploaderError as error:
                self.stop.request(error)
                break
        return outcome

    async def _try(self, lead: Lead, body: bytes) -> tuple[Classification, Response | None, Token]:
        """One attempt, from the permit to the note of its answer. Raises Stopping when it is too late to begin."""
        token, permit = await self._turn()
        response = None
        with permit:
            attempt = await self.ledger.attempts.intend(self.run.id, lead.row, lead.fingerprint, self._family)
            if attempt is None:
                permit.give_back()
                raise AlreadySent
            try:
                response = await self.api.post_lead(self.path, body, token)
                verdict = classify(response, self._hiding(lead))
            except CancelledBeforeSend:
                self.ledger.attempts.answer(
                    attempt, RowState(Outcome.UNSENT, "interrupted before it left", UNSENT_HINT)
                )
                raise
            except NotSent as error:
                verdict = Classification(Meaning.WAIT, str(error))
            except NoAnswer as error:
                verdict = Classification(Meaning.UNKNOWN, str(error))
            self.ledger.attempts.answer(attempt, self._state(verdict))  # before the permit: its store may fail
        return verdict, response, token

    @property
    def _family(self) -> str | None:
        """What a last look for duplicates needs; None where the user allows them."""
        return None if self.run.allow_duplicates else self.run.family

    async def _note_health(self, verdict: Classification) -> None:
        """Tells the breaker whether the platform is well. Raises StoppedError when it does not get better."""
        if verdict.status is None or verdict.outcome is Outcome.UNKNOWN:
            await self.breaker.trouble(verdict.reason)
        else:
            self.breaker.fine()

    async def _turn(self) -> tuple[Token, Permit]:
        """A permit, and a token that is good when the permit comes, however long that took.

        The token is fetched without holding a permit: its request needs one of its own.
        """
        while True:
            await self.breaker.enter()
            token = await self.api.tokens.get()
            permit = await self.api.limiter.permit("lead")
            if self.api.tokens.is_current(token) and not self.stop.is_set:
                return token, permit
            permit.give_back()
            self.stop.check()

    def _act(self, verdict: Classification, response: Response, token: Token) -> None:
        """What an answer means for the run as a whole. Raises UploaderError when it has to stop."""
        self._count_refusals(verdict)
        match verdict.meaning:
            case Meaning.WAIT:
                self.api.heed(response)
            case Meaning.RENEW:
                self.api.tokens.refused(token, verdict.reason)
            case Meaning.CLOSED:
                raise StoppedError(
                    f"The platform takes no more leads here: {verdict.reason}.",
                    f"Ask your campaign manager; `{uploader_command('retry', 'REPORT')}` when it does.",
                    NextStep("retry", first="wait until the campaign takes leads again"),
                )
            case Meaning.WRONG_PLACE | Meaning.PAGE:
                raise StoppedError(
                    f"This is not where leads are taken: {verdict.reason}.",
                    "Look at the publisher, link and form ids and at UPLOADER_ENDPOINTS__LEAD.",
                    NextStep("retry", mapping_flags(self.run), "mend the ids"),
                )

    def _count_refusals(self, verdict: Classification) -> None:
        """Raises StoppedError when nothing but refusals came from the start."""
        if verdict.meaning is Meaning.ACCEPTED:
            self.refused_first = -1
        elif verdict.meaning is Meaning.REFUSED and self.refused_first >= 0:
            self.refused_first += 1
        if self.refused_first == ALL_REFUSED:
            raise StoppedError(
                f"The first {ALL_REFUSED} leads were all rejected: the mapping is wrong, not the leads "
                f"({verdict.reason}).",
                f"Mend the mapping, then `{uploader_command('retry', 'REPORT', *mapping_flags(self.run))}`.",
                NextStep("retry", mapping_flags(self.run), "mend the mapping"),
            )

    def _state(self, verdict: Classification) -> RowState:
        """What the ledger is to know."""
        hint = hint_for(verdict, self.columns)
        return RowState(verdict.outcome, verdict.reason, hint, verdict.lead_id, verdict.status)

    def _hiding(self, lead: Lead) -> Callable[[str], str]:
        """Masks the lead's values in what the platform says: it goes into the ledger, and may be why the run stops. A
        field's own name stays, even where some lead has it for a value."""
        return lambda text: text if text in self.names else redact(text, (value for _, value in lead.fields))
