"""Turns documents of others into Markdown: PDF, Word, notebooks, web pages, pictures; hostile ones hurt nobody."""

from bot.documents.model import Converted, DocumentError, Kind, kind_of
from bot.documents.process import DocumentReader

__all__ = ["Converted", "DocumentError", "DocumentReader", "Kind", "kind_of"]
