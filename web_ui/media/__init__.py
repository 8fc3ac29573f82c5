"""The proxy for pictures of other hosts."""
