"""The Publisher API and its variants on this machine: for `--sandbox`, `uploader sandbox` and the tests.

It shares no code with the uploader.
"""

from uploader.sandbox.fixtures import APIS, credentials
from uploader.sandbox.options import Fault, SandboxOptions
from uploader.sandbox.server import Sandbox, run_sandbox, unused_lead_id
from uploader.sandbox.state import Received

__all__ = ["APIS", "Fault", "Received", "Sandbox", "SandboxOptions", "credentials", "run_sandbox", "unused_lead_id"]
