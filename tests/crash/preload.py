"""What a forked process finds imported already."""

import uploader.cli.progress
import uploader.commands  # noqa: F401
