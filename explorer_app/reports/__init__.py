"""What leaves the app on paper: briefs as PDF, and their frozen content as canonical JSON."""
