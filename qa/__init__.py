"""Answers questions about a folder of documents, and proves every sentence."""
