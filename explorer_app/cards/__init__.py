"""Idea cards as documents that several people can edit and merge."""
