"""`python -m tests.mutation --seed 1 --sample 300`: how many of these mutants the tests notice, and which they do not.

The results are kept in the folder: the same command again continues where it was, and tries survivors again. Takes an
hour or two on one core. Needs a system with `fork`.
"""

import argparse
import difflib
import json
import os
import tempfile
from pathlib import Path

from tests.mutation.areas import AREAS, all_modules
from tests.mutation.mutants import Mutant, sample
from tests.mutation.trial import TIMEOUT, Trial

ROOT = Path(__file__).parents[2]


def main() -> None:
    """Try a sample of mutants and print the survivors."""
    options = _parser().parse_args()
    os.nice(10)
    mutants = sample(ROOT, all_modules(ROOT, options.area), options.sample, options.seed)
    if options.only:
        mutants = [mutant for mutant in mutants if any(part in str(mutant) for part in options.only)]
    results = options.folder / "results.jsonl"
    killers = _earlier(results)
    trial = Trial(ROOT, options.folder)
    for number, mutant in enumerate(mutants, 1):
        key = f"{mutant}  {_change(mutant)}"
        if not killers.get(key):
            killers[key] = trial.killer(mutant, options.stages)
            with results.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"mutant": key, "killer": killers[key]}) + "\n")
            print(f"{number}/{len(mutants)} {mutant}: {killers[key] or 'SURVIVED'}", flush=True)
    keys = [f"{mutant}  {_change(mutant)}" for mutant in mutants]
    survivors = [key for key in keys if not killers[key]]
    timeouts = [key for key in keys if killers[key] == TIMEOUT]
    print(*(f"survived: {key}" for key in survivors), *(f"timeout: {key}" for key in timeouts), sep="\n")
    share = 1 - len(survivors) / max(1, len(keys))
    print(f"{len(keys)} mutants, {len(keys) - len(survivors)} killed ({share:.1%}), {len(timeouts)} by timeout")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("--seed", type=int, default=1, help="chooses the sample")
    parser.add_argument("--sample", type=int, default=300, help="how many mutants to try")
    parser.add_argument("--area", nargs="*", choices=AREAS, default=[], help="only modules of these areas")
    parser.add_argument("--only", nargs="*", help="only mutants whose name contains one of these")
    parser.add_argument(
        "--stages", type=int, default=3, choices=(1, 2, 3), help="1: unit tests, 2: and e2e, 3: and all"
    )
    parser.add_argument(
        "--folder", type=Path, default=Path(tempfile.gettempdir()) / "uploader-mutants", help="copy and results"
    )
    return parser


def _earlier(results: Path) -> dict[str, str]:
    lines = results.read_text("utf-8").splitlines() if results.exists() else []
    return {found["mutant"]: found["killer"] for found in map(json.loads, lines)}


def _change(mutant: Mutant) -> str:
    """Return the changed lines in one line."""
    source = (ROOT / mutant.module).read_text("utf-8")
    lines = difflib.unified_diff(source.splitlines(), mutant.apply(source).splitlines(), n=0, lineterm="")
    return " | ".join(line[0] + line[1:].strip() for line in lines if not line.startswith(("---", "+++", "@@")))


if __name__ == "__main__":
    main()
