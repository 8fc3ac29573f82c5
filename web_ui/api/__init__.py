"""`/api/v1`: what the site shows, as JSON for programs, and the document that describes it."""
