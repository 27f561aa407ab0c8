"""The command line: the only room that prints, draws progress, asks, and picks the exit code."""

from uploader.cli.app import main

__all__ = ["main"]
