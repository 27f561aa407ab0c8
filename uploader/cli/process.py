"""The process of one command, from its start to its end."""

import atexit
import os
import sys
import threading
from contextlib import suppress

from uploader.cli.app import main


def run_process() -> None:
    """Run the command, and end the process at once.

    Python would free every object first, which takes a sixth of the time of a short command. Where something is left
    to do, such as a thread to wait for or output that could not be written, Python ends as always.

    Raises:
        SystemExit: Its code is the exit code.
    """
    try:
        main()
    except SystemExit as ended:
        code = ended.code or 0
        if isinstance(code, int) and not _has_threads():
            with suppress(OSError, ValueError):
                atexit._run_exitfuncs()
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(code)
        raise


def _has_threads() -> bool:
    """Return whether a thread is running that Python would wait for."""
    return any(not thread.daemon for thread in threading.enumerate() if thread is not threading.main_thread())
