"""A folder in, its readable files out; one file in, its Document out.

    folder.py     what is in a folder: the files that can be read, and the others with the reason
    ignore.py     `.qaignore`
    files.py      a file's name -> its bytes; no path leads out of the folder
    reader.py     a file -> Document; start reading here
    ahead.py      files in the order in which they are asked for -> Documents, several at a time
    encodings.py  bytes of plain text -> characters
    titles.py     a text -> its title
    unseen.py     characters that a reader does not see
    child.py      bytes of any other format -> Content, through a child process with limits
    worker.py     what runs in that process
    pictures.py   a Document and words in it -> the picture of their page
    formats/      one module a format family; imported in that process alone

Knows nothing of passages and indexes.
"""

from __future__ import annotations

from qa.load.ahead import ReadAhead
from qa.load.child import Limits
from qa.load.files import LARGEST, LARGEST_OF_A_FORMAT
from qa.load.folder import Scan, existing, scan
from qa.load.formats import READERS, Picture
from qa.load.pictures import Pictures, page_number
from qa.load.reader import Reader, read

__all__ = [
    "LARGEST",
    "LARGEST_OF_A_FORMAT",
    "READERS",
    "Limits",
    "Picture",
    "Pictures",
    "ReadAhead",
    "Reader",
    "Scan",
    "existing",
    "page_number",
    "read",
    "scan",
]
