"""The customer as the company knows them: timeline, signals, loyalty with its reasons."""
