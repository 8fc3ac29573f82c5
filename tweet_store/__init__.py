"""The truth: what was posted, in which order, and how far it has been announced."""
