"""Complaints: a private case between a customer and the company."""
