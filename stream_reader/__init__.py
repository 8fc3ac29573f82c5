"""The Twisted process: reads sources, stores posts, announces their ids. See README.md."""
