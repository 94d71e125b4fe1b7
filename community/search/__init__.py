"""Search: an index beside the database that can be thrown away (docs/decisions/0004-the-index-is-a-cache.md)."""
