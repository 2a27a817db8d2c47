"""Models of other people: a name to the object that it stands for, and a prompt to its reply.

    providers.py    "provider/model" -> LlamaIndex LLM or embedding
    ask.py          a prompt -> the reply as it comes, within a deadline, in at most three attempts
    connection.py   the HTTP requests of one reply: counted, limited in time and size, cut from outside

Keys come from the providers' usual environment variables and stay inside the providers' clients. Whatever a provider or
its client says about a failure is replaced by a sentence of our own, since it may hold the key. Does not know what a
prompt is about.
"""

from qa.models.ask import NoReply, asks
from qa.models.providers import embedding, llm

__all__ = ["NoReply", "asks", "embedding", "llm"]
