"""The local web page: `uploader ui`. It shows what `commands` do; it has no rules of its own about leads."""
