"""Measures the forum: a community of any size made up in minutes, its pages timed, 200 people writing at once.

Like `cli.py` this is an edge: it may use whatever it measures. Nothing of the product imports it.
"""
