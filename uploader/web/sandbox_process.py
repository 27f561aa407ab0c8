"""The sandbox as a process of its own: leads that are being sent to it survive the end of the page's server."""

import asyncio
import json
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from uploader.commands.retention import WORKSPACES
from uploader.core.errors import UploaderError
from uploader.core.private_file import write_private
from uploader.sandbox import Sandbox, unused_lead_id

STARTED_HEADER = "X-Sandbox-Started"
IDLE_END = 900.0  # seconds without a request, after which it ends
LOOK_INTERVAL = 1.0
ASK_INTERVAL = 60.0  # seconds between two requests to a sandbox that is in use, which ends without any
START_TIME = 10.0  # seconds
START_HINT = "Check that this machine has free memory and disk space, then load this page again."


async def serve(place: Path) -> None:
    """Serve until no more requests come; `place` says where."""
    started = time.time()
    sandbox = Sandbox(first_lead=unused_lead_id(), started=started)
    async with sandbox.serve() as url:
        write_private(place, json.dumps({"url": url, "started": f"{started:.3f}"}))
        seen, since = 0, time.monotonic()
        while time.monotonic() - since < IDLE_END:
            await asyncio.sleep(LOOK_INTERVAL)
            if sandbox.requests.total() != seen:
                seen, since = sandbox.requests.total(), time.monotonic()


class SandboxStartError(UploaderError):
    """The process of the sandbox has ended, or does not answer."""


class SandboxProcess:
    """Finds the sandbox of a ledger's folder, or starts it."""

    def __init__(self, home: Path, detached: dict[str, Any]) -> None:
        self._place = home / WORKSPACES / "sandbox.json"
        self._detached = detached
        self._process: asyncio.subprocess.Process | None = None
        self._lock = asyncio.Lock()
        self._url = ""
        self._asked = 0.0  # when it last answered

    async def url(self) -> str:
        """Return the URL of the running sandbox; start it if there is none.

        Raises:
            SandboxStartError: It did not start.
        """
        async with self._lock:
            if self._is_known_to_run():
                return self._url
            if url := await asyncio.to_thread(self._running):
                return url
            self._url = ""
            self._place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._place.parent.chmod(0o700)
            self._place.unlink(missing_ok=True)
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "uploader.web.sandbox_process", str(self._place),
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **self._detached,
            )  # fmt: skip
            return await self._started(self._process)

    def _is_known_to_run(self) -> bool:
        """Whether no request is needed: this server has started it, and has had an answer lately."""
        is_own = self._process is not None and self._process.returncode is None
        return is_own and bool(self._url) and time.monotonic() - self._asked < ASK_INTERVAL

    async def _started(self, process: asyncio.subprocess.Process) -> str:
        """Return the URL as soon as the process accepts requests. Raises SandboxStartError."""
        end = time.monotonic() + START_TIME
        while time.monotonic() < end and process.returncode is None:
            if url := await asyncio.to_thread(self._running):
                return url
            await asyncio.sleep(0.02)
        self.stop()  # it would answer later, beside the next one
        raise SandboxStartError("The sandbox did not start.", START_HINT)

    def stop(self) -> None:
        """End the sandbox, if this server has started it."""
        if self._process and self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.terminate()

    def _running(self) -> str | None:
        """Return the URL of the sandbox that the file names, if it is still that one which answers."""
        with suppress(OSError, ValueError, KeyError):
            found = json.loads(self._place.read_text("utf-8"))
            with urlopen(f"{found['url']}/sandbox/options", timeout=1) as response:  # noqa: S310 - our own file
                if response.headers[STARTED_HEADER] == found["started"]:
                    self._url, self._asked = str(found["url"]), time.monotonic()
                    return self._url
        return None


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(serve(Path(sys.argv[1])))
