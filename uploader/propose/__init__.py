"""Proposes a mapping: which column of a spreadsheet could fill which field of the form. Reads and asks nothing."""

from uploader.propose.guess import propose
from uploader.propose.proposal import Confidence, Guess, Proposal, Step
from uploader.propose.write import missing, to_yaml

__all__ = ["Confidence", "Guess", "Proposal", "Step", "missing", "propose", "to_yaml"]
