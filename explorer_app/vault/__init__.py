"""The encrypted exploration folder: key slots, database, audio store, snapshots."""
