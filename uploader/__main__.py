"""`python -m uploader` is the command."""

from uploader.cli import main

if __name__ == "__main__":
    main()
