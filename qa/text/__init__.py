"""What a text is made of. Pure: no files, no index, no models.

sentences.py   the spans of its sentences
headings.py    its headings
words.py       its words, their stems and their rarity
values.py      its numbers with their units, and its dates
names.py       its proper names
rows.py        its rows of tables
language.py    whether it is English
quotes.py      what stands between its quotation marks, and who said it
"""
