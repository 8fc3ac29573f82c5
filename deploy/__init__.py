"""How Celebwire is run: README.md in this folder lists the files."""
