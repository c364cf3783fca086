"""The model catalogue: where model files come from, checked by SHA-256."""
