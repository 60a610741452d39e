"""Turns documents of others into Markdown: PDF, Word, notebooks, web pages, pictures; hostile ones hurt nobody."""

from bot.documents.model import Document, DocumentError, Kind, kind_of
from bot.documents.process import DocumentReader

__all__ = ["Document", "DocumentError", "DocumentReader", "Kind", "kind_of"]
