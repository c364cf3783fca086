"""The use cases: one function a verb; every write returns Changes."""
