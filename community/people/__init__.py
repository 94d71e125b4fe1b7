"""Public profiles, what somebody earned, and everyone's private home."""
