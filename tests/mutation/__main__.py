"""`python -m tests.mutation --seed 1 --sample 300`: how many of these mutants the tests notice, and which they do not.

The results are kept in the folder: the same command again continues where it was, and tries survivors again. Takes an
hour or two on one core. Needs a system with `fork`.
"""

import argparse
import difflib
import json
import tempfile
from pathlib import Path

from tests.mutation.areas import AREAS, all_modules
from tests.mutation.mutants import Mutant, sample
from tests.mutation.trial import TIMEOUT, Trial

ROOT = Path(__file__).parents[2]


def main() -> None:
    """Try a sample of mutants and print the survivors."""
    options = _parser().parse_args()
    mutants = sample(ROOT, all_modules(ROOT, options.area), options.sample, options.seed)
    described = {f"{mutant}  {_change(mutant)}": mutant for mutant in mutants}
    if options.only:
        described = {key: mutant for key, mutant in described.items() if any(part in key for part in options.only)}
    results = options.folder / "results.jsonl"
    killers = _earlier(results)
    todo = sorted((key for key in described if not killers.get(key)), key=killers.__contains__)  # survivors at the end
    trial = Trial(ROOT, options.folder)
    for number, key in enumerate(todo, 1):
        killers[key] = trial.killer(described[key], options.stages)
        with results.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"mutant": key, "killer": killers[key]}) + "\n")
        print(f"{number}/{len(todo)} {described[key]}: {killers[key] or 'SURVIVED'}", flush=True)
    survivors = [key for key in described if not killers[key]]
    timeouts = [key for key in described if killers[key] == TIMEOUT]
    print(*(f"survived: {key}" for key in survivors), *(f"timeout: {key}" for key in timeouts), sep="\n")
    killed = len(described) - len(survivors)
    print(
        f"{len(described)} mutants, {killed} killed ({killed / max(1, len(described)):.1%}), {len(timeouts)} by timeout"
    )


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
