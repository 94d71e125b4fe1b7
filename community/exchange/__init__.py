"""What comes into the community from elsewhere: complaints as CSV, Stack Exchange dumps, and the demo.

Every import goes the write road: rows, verbatims and events in one transaction, and a second run adds nothing.
"""
