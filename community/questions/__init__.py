"""The forum: ask, answer, comment, vote, accept, edit, delete."""
