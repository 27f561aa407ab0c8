"""What else people use, written as they write it."""
