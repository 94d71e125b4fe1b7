"""What is known about a person, what they consent to, and how they take it along or have it erased."""
