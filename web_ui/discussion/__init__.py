"""What visitors write beside the posts: comments, rooms and tags."""
