"""The version, in a module that imports nothing: every package may show it."""

__version__ = "0.1.0"
