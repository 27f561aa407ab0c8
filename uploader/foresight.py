"""What the platform's own checks may find later in leads that it accepts, told before they are sent."""

from uploader.rereading import MappedRows
from uploader.survey import Fate, Survey
from uploader.troubles import Troubles


def foresee(mapped: MappedRows, survey: Survey) -> Troubles:
    """Like warnings together, of the rows that are to be sent.

    Only where the rows are at hand still: a large file is not looked at twice for it. Its report has every warning.
    """
    found, fates = Troubles(), iter(survey.fates)
    for _, prepared in mapped if mapped.are_kept else ():
        for at, fate in zip(range(len(prepared.rows)), fates, strict=False):
            if fate == Fate.SEND and at in prepared.foreseen:
                found.add_alike(prepared.rows[at], prepared.foreseen[at])
    return found
