"""The command line: the only package that prints, asks, and sets the exit code."""

from uploader.cli.app import main

__all__ = ["main"]
