"""Sending one lead: permit, token, intent, POST, response. Again only if it was surely not accepted."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from uploader.api.hints import hint_for
from uploader.api.protocol import (
    CancelledBeforeSend,
    Classification,
    NoResponse,
    NotSent,
    Response,
    ResponseMeaning,
    TlsError,
    classify,
    encode_lead,
)
from uploader.api.publisher import PublisherApi, tls_stop
from uploader.api.response_body import is_web_page
from uploader.api.retry import MAX_TRIES, back_off
from uploader.api.tokens import Token
from uploader.core.clock import steady_time
from uploader.core.command_line import uploader_command
from uploader.core.errors import NextStep, StoppedError, UploaderError
from uploader.core.messages import DUPLICATE_HINT, SENT_BY_ANOTHER_UPLOAD, UNSENT_HINT
from uploader.core.model import Lead, Outcome, RowState, Run
from uploader.core.rate_limit import Permit
from uploader.core.redaction import ValueMask
from uploader.ledger import UNSENT_BY_INTERRUPTION, DuplicateMark, Ledger, RepeatedId
from uploader.pipeline.cancellation import StopRequested, StopSignal
from uploader.pipeline.circuit_breaker import CircuitBreaker
from uploader.report import mapping_flags

# The meanings after which the lead was surely not accepted, and another try may succeed.
RETRYABLE = {ResponseMeaning.RATE_LIMITED, ResponseMeaning.TOKEN_EXPIRED}

# If this many leads in a row are blocked by something that is not the campaign, it blocks every lead.
MAX_BLOCKED = 5

# If this many leads in a row are confirmed without a readable id, none of them can be followed up.
MAX_WITHOUT_ID = 20

# The platform's own words are kept for this many rows at most, so that memory does not grow with the file.
MAX_MESSAGES = 20_000

# If this many leads are rejected before the first is accepted, the mapping is wrong, not the leads.
MAX_FIRST_REJECTIONS = 20


class AlreadySentError(Exception):
    """Another process has sent the same lead since this run was planned."""


@dataclass
class Sender:
    """Sends the leads of one run to one address.

    Attributes:
        path: The path and query of the lead endpoint.
        names: The form-encoded key by bare field name.
        columns: The spreadsheet's column by bare field name, for hints.
        resend_unknown_until: With --include-unknown, leads that were unknown up to this attempt are sent again.
        messages: The platform's own words by row, where they quote the lead: for the report, in memory only.
        first_rejections: The rejections before the first accepted lead; None once a lead was accepted.
        in_a_row: How many responses of one meaning came last, without an accepted lead between them.
        ignored_until: In a sandbox, the newest attempt before the plan was made: an earlier sandbox may have received
            it, and the plan knows which did.
        attempt_of_id: The attempt of this run that has received a lead id.
        sent_elsewhere: Rows whose lead another upload had in flight when their turn came.
    """

    api: PublisherApi
    ledger: Ledger
    stop: StopSignal
    run: Run
    path: str
    names: dict[str, str]
    columns: dict[str, str]
    breaker: CircuitBreaker
    messages: dict[int, str] = field(default_factory=dict)
    chance: random.Random = field(default_factory=random.Random)
    resend_unknown_until: int = 0
    first_rejections: int | None = 0
    in_a_row: Counter[ResponseMeaning] = field(default_factory=Counter)
    ignored_until: int = 0
    attempt_of_id: dict[int, int] = field(default_factory=dict)
    sent_elsewhere: list[int] = field(default_factory=list)

    async def send(self, lead: Lead) -> RowState:
        """Send a lead until its outcome is known or the run stops. The ledger is up to date at every moment.

        Sets `stop` if nothing more is to be sent.

        Returns:
            The outcome, also if the run stops, and its reason without the lead's values.
        """
        body = encode_lead(lead.fields, self.names)
        state = RowState(Outcome.UNSENT)
        for failed in range(1, MAX_TRIES + 1):
            try:
                classification, response, token = await self._try(lead, body)
                state = self._state(classification)
                if response:
                    self._react(classification, response, token)
                await self._note_health(classification)
                if classification.meaning not in RETRYABLE:
                    break
                if not response:
                    await self.stop.sleep(back_off(failed, self.chance))
            except AlreadySentError:
                if meanwhile := await self._mark_as_sent_before(lead):
                    return meanwhile
            except StopRequested:
                break
            except UploaderError as error:
                self.stop.request(error)
                break
        return state

    async def _try(self, lead: Lead, body: bytes) -> tuple[Classification, Response | None, Token]:
        """Make one attempt, from the permit to the ledger's record of the response.

        Raises StopRequested if it is too late to begin.
        """
        token, permit = await self._permit_with_token()
        response = None
        with permit:
            latest = min(permit.latest, steady_time() + self.ledger.attempts.longest_delay)
            attempt = await self.ledger.attempts.intend(
                self.run.id, lead.row, lead.fingerprint, self._family, self.resend_unknown_until, self.ignored_until
            )
            if attempt is None:
                permit.give_back()
                raise AlreadySentError
            try:
                response = await self.api.post_lead(self.path, body, token, latest)
                classification = self._doubt_repeated_id(self._classify(response, lead), attempt)
            except CancelledBeforeSend:
                self.ledger.attempts.answer(attempt, UNSENT_BY_INTERRUPTION)
                raise
            except TlsError as error:
                self.ledger.attempts.answer(attempt, RowState(Outcome.UNSENT, f"not sent: {error}", UNSENT_HINT))
                raise tls_stop(error) from None
            except NotSent as error:
                classification = Classification(ResponseMeaning.RATE_LIMITED, str(error))
            except NoResponse as error:
                classification = Classification(ResponseMeaning.UNKNOWN, str(error))
            self._keep_message(lead.row, classification)
            classification = self._record(attempt, classification)  # before the permit, whose store may fail
        return classification, response, token

    async def _mark_as_sent_before(self, lead: Lead) -> RowState | None:
        """Record that another process has sent the lead; return what that means, or None if it was not accepted."""
        mark = DuplicateMark(lead.row, SENT_BY_ANOTHER_UPLOAD, DUPLICATE_HINT)
        earlier = await self.ledger.rows.mark_sent_meanwhile(self.run.id, mark, lead.fingerprint)
        if earlier and earlier.outcome is Outcome.UNKNOWN:
            self.sent_elsewhere.append(lead.row)
            return RowState(Outcome.UNKNOWN, SENT_BY_ANOTHER_UPLOAD)
        return RowState(Outcome.DUPLICATE, SENT_BY_ANOTHER_UPLOAD) if earlier else None

    @property
    def _family(self) -> str | None:
        """The family for the last check for duplicates; None if duplicates are allowed or not looked for."""
        finds_duplicates = any(scheme.finds_duplicates for scheme in self.run.identities)
        return self.run.family if finds_duplicates and not self.run.allow_duplicates else None

    async def _note_health(self, classification: Classification) -> None:
        """Let the breaker know whether the platform responds. Raises StoppedError if it does not any more."""
        is_readable = classification.status is not None and classification.meaning is not ResponseMeaning.UNKNOWN
        if not is_readable:
            await self.breaker.record_failure(classification.reason)
        else:
            self.breaker.record_success()

    async def _permit_with_token(self) -> tuple[Token, Permit]:
        """Return a permit and a token that is still current when the permit comes, however long that takes.

        The token is fetched without a permit, as its request needs its own. The platform may go away meanwhile, too.
        """
        while True:
            await self.breaker.enter()
            await self.stop.until_resumed()
            token = await self.api.tokens.get()
            permit = await self.api.limiter.permit("lead")
            if self.api.tokens.is_current(token) and self.stop.may_send and self.breaker.may_enter:
                return token, permit
            permit.give_back()
            self.stop.check()

    def _react(self, classification: Classification, response: Response, token: Token) -> None:
        """Do what a response means for the whole run. Raises UploaderError if the run has to stop."""
        self._count_first_rejections(classification)
        is_page = classification.meaning is ResponseMeaning.WEB_PAGE and self.first_rejections is None
        is_blocked = is_page or classification.meaning is ResponseMeaning.BLOCKED
        self._count_in_a_row(classification, is_blocked=is_blocked)
        self.api.apply_retry_after(response)
        match classification.meaning:
            case ResponseMeaning.TOKEN_EXPIRED:
                self.api.tokens.refused(token, classification.reason)
            case ResponseMeaning.CAMPAIGN_CLOSED:
                raise StoppedError(
                    f"The campaign accepts no more leads: {classification.reason}.",
                    f"Ask your campaign manager. When it does, run `{uploader_command('retry', 'REPORT')}`.",
                    NextStep("retry", first="wait until the campaign accepts leads again"),
                )
            case ResponseMeaning.WRONG_ADDRESS | ResponseMeaning.WEB_PAGE if not is_blocked:
                raise StoppedError(
                    f"The address for leads is wrong: {classification.reason}.",
                    "Check the publisher, link and form ids and UPLOADER_ENDPOINTS__LEAD.",
                    NextStep("retry", mapping_flags(self.run), "fix the ids"),
                )

    def _count_first_rejections(self, classification: Classification) -> None:
        """Raise StoppedError if all of the first leads were rejected."""
        if classification.meaning is ResponseMeaning.ACCEPTED:
            self.first_rejections = None
        elif classification.meaning is ResponseMeaning.REJECTED and self.first_rejections is not None:
            self.first_rejections += 1
        if self.first_rejections == MAX_FIRST_REJECTIONS:
            raise StoppedError(
                f"The first {MAX_FIRST_REJECTIONS} leads were all rejected, so the mapping is probably wrong "
                f"({classification.reason}).",
                f"Fix the mapping, then run `{uploader_command('retry', 'REPORT', *mapping_flags(self.run))}`.",
                NextStep("retry", mapping_flags(self.run), "fix the mapping"),
            )

    def _count_in_a_row(self, classification: Classification, *, is_blocked: bool) -> None:
        """Raise StoppedError if several leads in a row, with none accepted between them, were blocked or got no id."""
        meaning = ResponseMeaning.BLOCKED if is_blocked else classification.meaning
        if meaning is ResponseMeaning.ACCEPTED:
            self.in_a_row.clear()
        self.in_a_row[meaning] += 1
        if is_blocked and self.in_a_row[meaning] >= MAX_BLOCKED:
            raise StoppedError(
                f"{MAX_BLOCKED} leads in a row were blocked, not by the campaign: {classification.reason}.",
                "Ask your network's administrator or your campaign manager what blocks them, then run "
                f"`{uploader_command('retry', 'REPORT')}`.",
                NextStep("retry", first="find out what blocks the leads"),
            )
        if meaning is ResponseMeaning.NO_LEAD_ID and self.in_a_row[meaning] >= MAX_WITHOUT_ID:
            raise StoppedError(
                f"{MAX_WITHOUT_ID} responses in a row have no readable lead id: {classification.reason}.",
                "Check UPLOADER_ENDPOINTS__LEAD, and look the leads up on the platform.",
            )

    def _classify(self, response: Response, lead: Lead) -> Classification:
        """Return what a response means; a page is not about the address once that has accepted a lead."""
        found = classify(response, self._mask_for(lead))
        is_page = found.meaning is ResponseMeaning.WRONG_ADDRESS and is_web_page(response.body)
        return found._replace(meaning=ResponseMeaning.BLOCKED) if is_page and self.first_rejections is None else found

    def _record(self, attempt: int, classification: Classification) -> Classification:
        """Record a response's outcome; return it, or an unknown one for an id that another lead of the ledger has."""
        doubted = self._doubted(classification)
        repeated = None if classification.lead_id is None else RepeatedId(self.run.scope, self._state(doubted))
        recorded = self.ledger.attempts.answer(attempt, self._state(classification), repeated)
        return doubted if repeated and recorded is repeated.state else classification

    def _doubt_repeated_id(self, classification: Classification, attempt: int) -> Classification:
        """Return the classification, or an unknown one for an id that another lead got in this run.

        One of the two responses is not its lead's own. Nothing says which: the earlier outcome is taken back as well.
        """
        lead_id = classification.lead_id
        if lead_id is None or (earlier := self.attempt_of_id.setdefault(lead_id, attempt)) == attempt:
            return classification
        doubted = self._doubted(classification)
        self.ledger.attempts.answer(earlier, self._state(doubted))
        return doubted

    @staticmethod
    def _doubted(classification: Classification) -> Classification:
        """Return what a response means whose lead id another lead has."""
        reason = f"two leads got the same lead id ({classification.lead_id}), so the response may be another lead's"
        return Classification(ResponseMeaning.UNKNOWN, reason, classification.status)

    def _keep_message(self, row: int, classification: Classification) -> None:
        """Keep the platform's own words where the ledger's differ from them: only while this program runs."""
        self.messages.pop(row, None)
        if classification.message not in {"", classification.reason} and len(self.messages) < MAX_MESSAGES:
            self.messages[row] = classification.message

    def _state(self, classification: Classification) -> RowState:
        """Return what the ledger records."""
        hint = hint_for(classification, self.columns)
        return RowState(
            classification.outcome, classification.reason, hint, classification.lead_id, classification.status
        )

    def _mask_for(self, lead: Lead) -> Callable[[str], str]:
        """Return the function that masks the lead's values in the platform's messages, which the ledger stores.

        A field's own name is kept, even if some lead has it as a value.
        """
        mask = ValueMask(value for _, value in lead.fields)
        return lambda text: text if text in self.names else mask(text)
