"""The web page of `qa serve`: a folder and an address in, a server out.

    server.py     all of it on an address; start reading here
    guard.py      what may be asked of the server, and by whom
    page.py       the page's tabs (Gradio); page.css and page.js belong to it
    ask.py        the tab where questions are asked
    documents.py  the tab of the documents, with upload
    api.py        the same answers for programs: the named endpoint, and MCP
    events.py     how an event is bound and read
    served.py     what a server has for all of its visitors
    library.py    a folder that many visitors ask at once
    own.py        visitors' own documents
    visit.py      one visitor's conversation, step by step
    aside.py      a slow answer that can be left at any moment
    opened.py     a citation -> its document as it is now, and the page
    feedback.py   what visitors thought of answers
    examples.py   documents -> questions that they answer

Gradio takes seconds to load, so it is imported when serving only.
"""
