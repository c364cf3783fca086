"""What comes before everything else: the data folder, its lock, and an environment with the pinned packages.

Standard library only: `run.py` uses it before any package is installed.
"""
