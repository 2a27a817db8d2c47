"""Checked nouns to HTML, for the page. Pure: escapes every text, and knows neither Gradio nor events.

html.py           texts and elements; whatever is not HTML is escaped
conversation.py   turns -> questions, statements, chips, verdicts
evidence.py       a turn -> cited passages with their quotes marked
document.py       a document -> its text, the quote marked
sheet.py          a page as a picture, the quote marked
documents.py      a list of files -> a table
frame.py          what stands around a conversation
markdown.py       an answer -> Markdown, for pasting
"""
