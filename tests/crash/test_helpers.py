"""A helper process ends with the process that started it, however that ends."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.files import MAPPING, people, write_csv
from tests.support.waiting import until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

# As in a notebook: without `if __name__ == "__main__"`. It stays in the middle of its plan until it is killed.
SCRIPT = """\
import sys, time
from pathlib import Path
from tests.support.shared_planning import planner_of, share
from uploader.ledger import open_ledger
from uploader.pipeline import helpers, shared_work

shared_work.count_helpers = lambda: 1
give = helpers.Helper.give

def give_and_say(helper, first, block):
    give(helper, first, block)
    print(helper._process.pid, flush=True)

helpers.Helper.give = give_and_say
folder, text = Path(sys.argv[1]), Path(sys.argv[2]).read_text()
with open_ledger(folder / "home") as ledger:
    planner = share(planner_of(folder / "leads.csv", text, ledger), text)
    planner.plan(lambda: time.sleep(0.1))
"""


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


@pytest.mark.parametrize(
    "number", [signal.SIGKILL, *(pytest.param(n, marks=pytest.mark.slow) for n in (signal.SIGTERM, signal.SIGINT))]
)
def test_no_helper_is_left_behind(tmp_path: Path, number: signal.Signals) -> None:
    write_csv(tmp_path / "leads.csv", people(1000) * 300)
    (tmp_path / "map.yaml").write_text(MAPPING)
    (tmp_path / "script.py").write_text(SCRIPT)
    command = [sys.executable, tmp_path / "script.py", tmp_path, tmp_path / "map.yaml"]
    settings = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=settings) as process:
        assert process.stdout
        helper = int(process.stdout.readline())
        assert is_running(helper)
        process.send_signal(number)
        until(lambda: not is_running(helper), "the end of the helper")
        process.communicate()
    assert process.returncode == -number
