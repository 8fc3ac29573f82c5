"""What a moderator sees and does."""
