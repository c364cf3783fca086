"""What leaves the app on paper: briefs as PDF, and their frozen content as canonical JSON."""

from explorer_app.reports.brief_pdf import render_brief
from explorer_app.reports.content_json import content_from_json, content_json, content_sha256

__all__ = ["content_from_json", "content_json", "content_sha256", "render_brief"]
