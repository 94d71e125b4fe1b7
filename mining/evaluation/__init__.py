"""`python -m mining evaluate`: how well weights judge labelled texts, and whether others judge them better."""
