"""What a forked process finds imported already."""
