"""The Publisher API and its relatives on this machine: what `--sandbox` and the tests talk to.

It shares no code with the uploader.
"""

from uploader.sandbox.fixtures import APIS, credentials
from uploader.sandbox.options import Fault, SandboxOptions
from uploader.sandbox.server import Sandbox
from uploader.sandbox.state import Received

__all__ = ["APIS", "Fault", "Received", "Sandbox", "SandboxOptions", "credentials"]
