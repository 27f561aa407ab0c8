"""Yes or no, as forms want it: 1 or 0."""

from uploader.mapping.transforms.invalid_value import InvalidValue, quoted

# In English; then in German, French and Spanish, with what spreadsheets in these languages write for TRUE and FALSE.
YES = {"1", "yes", "y", "true", "t", "x", "on", "✓", "✔"} | {"ja", "j", "wahr", "oui", "vrai", "sí", "si", "verdadero"}
NO = {"0", "no", "n", "false", "f", "off"} | {"nein", "falsch", "non", "faux", "falso"}


def boolean(value: str) -> str:
    """`yes`, `y`, `true`, `1`, `x`, `on` and their like -> `1`; `no`, `0`, … -> `0`. Raises Unfit on anything else."""
    word = value.strip().casefold().removesuffix(".0")
    if word in YES:
        return "1"
    if word in NO:
        return "0"
    # No fix is offered: what someone agreed to is not to be guessed.
    raise InvalidValue(
        f"{quoted(value)} is neither yes nor no",
        "Write yes or no in the cell, or say under `values` what it means",
    )
