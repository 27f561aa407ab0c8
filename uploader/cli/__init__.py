"""The command line: the only package that prints, asks, and sets the exit code."""

from uploader.cli.app import main
from uploader.cli.process import run_process

__all__ = ["main", "run_process"]
