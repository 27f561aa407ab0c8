"""What processes of this program have in common."""

import gc
import sys
from typing import Any

# How to start a child that Ctrl-C in this process's terminal does not reach: in a new session; on Windows in a new
# group, without a window.
DETACHED: dict[str, Any] = {"start_new_session": True}
if sys.platform == "win32":
    import subprocess

    DETACHED = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}


def relax_garbage_collection() -> None:
    """Look for reference cycles less often.

    Cells come by the million and form no cycles: looking for some took a third of the time.
    """
    gc.set_threshold(200_000, 20, 50)
