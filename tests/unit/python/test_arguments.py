"""Arguments are checked like flags, and messages are complete before a caller can see them."""

from pathlib import Path

import numpy as np
import pytest

import uploader
from uploader.core.command_line import PLACEHOLDERS, PlatformFlags, uploader_command
from uploader.core.errors import StoppedError, UsageError
from uploader.core.message_groups import MessageGroup
from uploader.python.arguments import checked_argument, checked_arguments
from uploader.python.options import ProposeOptions, ResumeOptions, SendOptions
from uploader.python.proposal import Proposal
from uploader.python.result import Result
from uploader.python.suggested_flags import with_flags

WRONG = [
    *(("limit", value) for value in (-1, 1.5, "3", True, np.float64(2))),
    *(("canary", value) for value in (-1, "2")),
    *(("canary_pass", value) for value in (-1, 300, float("nan"), "80", True)),
    *(("campaign", value) for value in (0, "44400")),
    *[("sandbox", "yes"), ("page", 1), ("report", 5), ("sheet", 0), ("profile", Path("acme")), ("on_progress", 3)],
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_wrong_argument_is_refused(name, value) -> None:
    with pytest.raises(UsageError, match=f"^{name}.* must be "):
        checked_argument(name, value, SendOptions.__annotations__[name])


def test_arguments_are_taken_as_given_and_none_means_not_given() -> None:
    given = {"limit": np.int64(3), "canary_pass": 80, "report": "out.csv", "page": None, "sheet": None, "stream": True}
    checked = checked_arguments("upload", given, SendOptions)
    assert checked == {"limit": 3, "canary_pass": 80.0, "report": "out.csv", "stream": True}
    assert type(checked["limit"]) is int


def test_all_wrong_arguments_are_named_at_once() -> None:
    with pytest.raises(UsageError, match=r"limit=-1.*canary_pass=300") as refused:
        uploader.upload("leads.csv", "map.yaml", consent=True, limit=-1, canary_pass=300)
    assert refused.value.exit_code == 2


@pytest.mark.parametrize("options", [SendOptions, ResumeOptions, ProposeOptions])
def test_every_option_is_checked(options: type) -> None:
    for name, kind in options.__annotations__.items():
        with pytest.raises(UsageError, match=f"^{name}.* must be "):
            checked_argument(name, object(), kind)


def test_flags_are_filled_into_every_text_of_a_result() -> None:
    text = uploader_command("resume")
    stopped = StoppedError(text, text)
    group = MessageGroup("invalid", text, text, 1, ["2"])
    result = Result(None, Path(), None, {"accepted": 1}, 5, stopped, {}, (group,), (text,))
    filled = with_flags(result, PlatformFlags(profile="acme"))
    assert PLACEHOLDERS.isdisjoint(repr(filled) + str(filled.stopped) + filled.stopped.hint)
    assert filled.notes == ("uploader resume --profile acme",)
    proposal = with_flags(Proposal(text, ("source",), (text,)), PlatformFlags(sandbox=True))
    assert (proposal.text, proposal.notes) == ("uploader resume --sandbox", ("uploader resume --sandbox",))


@pytest.mark.parametrize(
    "call",
    [
        lambda: uploader.read_report("people.csv"),
        lambda: uploader.upload("people.csv", "gone.yaml", consent=True, sandbox=True),
        lambda: uploader.upload("people.csv", consent=True, sandbox=True),
        lambda: uploader.retry("people.csv", consent=True, sandbox=True),
        lambda: uploader.check("people.csv", {"version": 1, "fields": {}}, sandbox=True),
        lambda: uploader.resume(consent=True, sandbox=True),
        lambda: uploader.resume("gone", consent=True, sandbox=True),
        lambda: uploader.results("people.csv", sandbox=True),
        lambda: uploader.propose("people.csv", campaign=1, sandbox=True),
    ],
)
def test_no_error_has_a_placeholder(call) -> None:
    Path("people.csv").write_text("Name\nAnn\n")
    with pytest.raises(uploader.UploaderError) as raised:
        call()
    error = raised.value
    assert PLACEHOLDERS.isdisjoint("".join([str(error), error.message, error.hint, *error.problems]))
    assert PLACEHOLDERS.isdisjoint("".join(getattr(error, "__notes__", [])))
