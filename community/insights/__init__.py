"""Insights: themes with evidence, the report, and what a product manager decides about a theme."""
