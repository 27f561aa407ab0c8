"""What the steps of one command share: settings, ledger, platform, stop signal and observer."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from uploader.api.publisher import PublisherApi
from uploader.config.settings import Settings
from uploader.ledger import Ledger
from uploader.pipeline.cancellation import StopSignal


class TracingObserver(Protocol):
    """What all observers have in common."""

    trace: Callable[[str], None] | None
    """Gets a line about every request, without values; None if no one wants it."""


ObserverType = TypeVar("ObserverType", bound=TracingObserver)


@dataclass(frozen=True)
class RunContext(Generic[ObserverType]):
    """The open resources of one command. They are opened and closed by `commands`.

    Attributes:
        settings: The settings of this command.
        ledger: What was sent before; every attempt is committed here before it leaves.
        api: The platform.
        stop: Why and when the command ends early.
        messages: The platform's own words by row, for the report; the ledger has them without the lead's values.
        observer: Shows what happens: `events.Observer` for a run, `events.ResultsObserver` for results.
    """

    settings: Settings
    ledger: Ledger
    api: PublisherApi
    stop: StopSignal
    observer: ObserverType
    messages: dict[int, str] = field(default_factory=dict)
