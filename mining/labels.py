"""What a mention is judged to be, in the order of the network's outputs. Here, so that counting needs no network."""

SENTIMENTS = ("negative", "neutral", "positive")
INTENTS = ("problem", "question", "suggestion", "praise", "other")
