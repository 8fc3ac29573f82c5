"""Who visits: names and signed cookies, whom they follow, and their language."""
