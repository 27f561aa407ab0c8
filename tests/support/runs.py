"""A run's facts, for tests of the ledger."""

from uploader.core.model import IdentityScheme, Run

MARK = b"0123456789abcdef"


def a_run(name: str, family: str = "") -> Run:
    return Run(
        id=name,
        family=family or name,
        command="upload",
        file="/somewhere/leads.csv",
        sha256="00",
        sheet=None,
        encoding=None,
        mapping="version: 1\n",
        mapping_path="/somewhere/map.yaml",
        scope="acme",
        campaign=1,
        form=2,
        link=3,
        publisher=4,
        report_kind="csv",
        is_escaped=False,
        identities=(IdentityScheme((("email", "email"),), 2),),
    )
