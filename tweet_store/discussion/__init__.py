"""What visitors write: who they are, comments, tags, and what moderators do about them."""
