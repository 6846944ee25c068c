"""The only writer of files, and the only reader of each of our formats; other programs' camera formats."""
