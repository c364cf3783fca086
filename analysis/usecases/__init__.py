"""Matching problem fields with use-case patterns, "needs no AI" included."""
