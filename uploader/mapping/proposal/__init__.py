"""Propose a mapping: which column of a spreadsheet fits which field of the form. No input or output."""

from uploader.mapping.proposal.proposal import Confidence, Guess, Proposal, Step
from uploader.mapping.proposal.propose import propose, propose_from, with_guesses
from uploader.mapping.proposal.row_conditions import ConditionGuess
from uploader.mapping.proposal.yaml_writer import missing_ids, to_yaml

__all__ = [
    "ConditionGuess",
    "Confidence",
    "Guess",
    "Proposal",
    "Step",
    "missing_ids",
    "propose",
    "propose_from",
    "to_yaml",
    "with_guesses",
]
