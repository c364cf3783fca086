"""Problem fields: key phrases, first sort and gathering by description."""
