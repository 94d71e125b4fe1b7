"""The forum for programs: JSON by token."""
