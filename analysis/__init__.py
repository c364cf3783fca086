"""Text and audio in, findings out: pure analysis without storage and without a screen."""
