"""One queue in which people decide, its state machine and its log. Features may use its verbs; it knows no feature."""
