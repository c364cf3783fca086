"""What leaves the app on paper: briefs as PDF."""
