"""The commands as Python functions, for scripts and notebooks. Prints nothing, and leaves signals and logging alone."""
