"""`python -m uploader` is the command."""

from uploader.cli import run_process

if __name__ == "__main__":
    run_process()
