"""The posts for programs: Atom, JSON Feed, the API, oEmbed, the site map."""
