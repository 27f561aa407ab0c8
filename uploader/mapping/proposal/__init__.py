"""Proposes a mapping: which column of a spreadsheet could fill which field of the form. Reads and asks nothing."""

from uploader.mapping.proposal.proposal import Confidence, Guess, Proposal, Step
from uploader.mapping.proposal.propose import propose
from uploader.mapping.proposal.yaml_writer import missing, to_yaml

__all__ = ["Confidence", "Guess", "Proposal", "Step", "missing", "propose", "to_yaml"]
