"""The record of a run that starts: what a later `retry` or `resume` needs to know of it."""

import time

from uploader.config.settings import Settings
from uploader.config.user import user_name
from uploader.core.model import Run
from uploader.ledger import new_run_id
from uploader.pipeline.identity import LeadIdentity, identity_mapping
from uploader.pipeline.options import UploadOptions
from uploader.pipeline.prepare import PreparedRun
from uploader.report import kind_of
from uploader.report.reader import PastReport


def new_run(ready: PreparedRun, options: UploadOptions, settings: Settings, identity: LeadIdentity) -> Run:
    """Return the record of a run, with a new id.

    Args:
        ready: The input, its mapping and its destination.
        options: What the user asked for.
        settings: The settings of the run.
        identity: How it identifies leads.
    """
    run = new_run_id(time.time())
    return Run(
        id=run,
        family=ready.family or run,
        command="retry" if isinstance(ready.source, PastReport) else "upload",
        file=str(ready.table.path.resolve()),
        sha256=ready.table.sha256,
        sheet=ready.table.sheet,
        encoding=options.encoding,
        mapping=ready.mapping.text,
        mapping_path=str(ready.mapping.path.resolve()),
        scope=settings.scope,
        campaign=ready.ids.campaign,
        form=ready.ids.form,
        link=ready.ids.link,
        publisher=ready.ids.publisher,
        report_kind=kind_of(options.report) if options.report else ready.table.kind,
        is_escaped=isinstance(ready.source, PastReport) and ready.source.escaped,
        allow_duplicates=options.allow_duplicates,
        include_unknown=options.include_unknown,
        user=user_name(),
        required=ready.form.required,
        limit=options.limit,
        canary=options.canary,
        canary_pass=options.canary_pass,
        flags=ready.flags,
        in_sandbox=settings.is_sandbox,
        shows_names=options.names and (ready.past is None or ready.past.shows_names),
        identities=(identity.scheme,) if identity.scheme else (),
        identity_mapping=identity_mapping(ready.mapping, identity.scheme),
    )
