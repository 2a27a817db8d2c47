"""A name, "provider/model", to the LlamaIndex object that it stands for.

`openai/gpt-4o`, `anthropic/claude-sonnet-4-5`, `ollama/llama3.2`, and `openai-like/model@http://host:port/v1` for any
server of OpenAI's protocol. "@URL" may follow any of them; without it the provider's own variable or address holds.

Our LLMs never try a request twice by themselves: there are retries in one layer, and it is not this one.
"""

from __future__ import annotations

import functools
import importlib
import importlib.util
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from qa.types import ModelError, WrongUse

if TYPE_CHECKING:
    import ssl

    import httpx
    from llama_index.core.base.embeddings.base import BaseEmbedding
    from llama_index.core.llms import LLM

Made = TypeVar("Made")

Hooks = Mapping[str, list[Callable[[Any], None]]]
"""What an httpx client calls with each request and each response: its `event_hooks`."""

CONTEXT_TOKENS = 8192
"""The context window asked of a server of one's own, whose model is unknown here. Ollama reserves memory for it and
silently drops the beginning of what does not fit."""

_ANSWER_TOKENS = 4096
_CONNECT_SECONDS = 10.0

# What stands in the field that LlamaIndex shows in `repr` and `to_dict`; the client alone holds the key.
_HIDDEN = "hidden"


@dataclass(frozen=True, slots=True)
class Named:
    """A model's name, taken apart."""

    name: str
    provider: str
    model: str
    url: str | None


@dataclass(frozen=True, slots=True)
class _Provider:
    """What a provider needs: its module, how to install it, and the variable of its key, if it has to have one."""

    module: str
    install: str
    key: str | None = None


_LLMS = {
    "openai": _Provider("llama_index.llms.openai_like", "llama-index-llms-openai-like", "OPENAI_API_KEY"),
    "openai-like": _Provider("llama_index.llms.openai_like", "llama-index-llms-openai-like"),
    "anthropic": _Provider("llama_index.llms.anthropic", "'qa[anthropic]'", "ANTHROPIC_API_KEY"),
    "ollama": _Provider("llama_index.llms.ollama", "'qa[ollama]'"),
}

_EMBEDDINGS = {
    "openai": _Provider("llama_index.embeddings.openai", "llama-index-embeddings-openai", "OPENAI_API_KEY"),
    "openai-like": _Provider("llama_index.embeddings.openai_like", "llama-index-embeddings-openai-like"),
    "ollama": _Provider("llama_index.embeddings.ollama", "llama-index-embeddings-ollama"),
    "huggingface": _Provider("llama_index.embeddings.huggingface", "llama-index-embeddings-huggingface"),
}


def llm(name: str, *, hooks: Hooks | None = None) -> LLM:
    """The chat model "provider/model" or "provider/model@URL"; `hooks` see each of its HTTP requests and responses.

    Raises WrongUse for a name that is none, and for a package or key that is missing, saying how to get it.
    """
    named = llm_named(name)
    makers: dict[str, Callable[[Named, Hooks], LLM]] = {
        "openai": _openai,
        "openai-like": _openai,
        "anthropic": _anthropic,
        "ollama": _ollama,
    }
    return _made(named, "LLM", lambda: makers[named.provider](named, hooks or {}))


def llm_named(name: str) -> Named:
    """The name of an LLM taken apart, once it is clear that it can be had. Imports nothing. Raises as `llm` does."""
    return _named(name, _LLMS, "LLM")


def load(named: Named) -> None:
    """Import what `llm` needs for this name; it may take seconds, once in a process. Raises ModelError."""
    _made(named, "LLM", lambda: importlib.import_module(_LLMS[named.provider].module))


def embedding(name: str) -> BaseEmbedding:
    """The embedding "provider/model" or "provider/model@URL". Raises as `llm` does."""
    named = _named(name, _EMBEDDINGS, "embedding")
    return _made(named, "embedding", lambda: _embedding(named))


def _named(name: str, providers: Mapping[str, _Provider], kind: str) -> Named:
    provider, _, rest = name.partition("/")
    model, at, url = rest.partition("@http")
    if provider not in providers or not model:
        listed = ", ".join(sorted(providers))
        # A name that is none may be anything that was pasted by mistake, a key even: it is not repeated.
        raise WrongUse(f"That is not the name of an {kind}; write provider/model, with provider one of {listed}.")
    named = Named(name, provider, model, f"http{url}" if at else None)
    if named.url is not None:
        _check_address(named.url)
    elif provider == "openai-like":
        raise WrongUse(f"{name!r} names no server; write openai-like/model@http://host:port/v1.")
    wanted = providers[provider]
    if not _installed(wanted.module):
        raise WrongUse(f"The {kind} {name!r} needs a package: pip install {wanted.install}")
    if wanted.key and not os.environ.get(wanted.key):
        raise WrongUse(f"The {kind} {name!r} needs a key; set {wanted.key}.")
    return named


def _check_address(url: str) -> None:
    """Refuse what would put a password into a name that is shown. The address itself is not repeated either."""
    try:
        parts = urlsplit(url)
        sound = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        sound = False
    if not sound or "@" in url or "?" in url or "#" in url:
        raise WrongUse("The server's address must be http://host:port/path; a key belongs into OPENAI_LIKE_API_KEY.")


def _installed(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ImportError:
        return False


def _made(named: Named, kind: str, make: Callable[[], Made]) -> Made:
    try:
        return make()
    except Exception as error:  # noqa: BLE001 - whatever a provider's class raises, its text may hold the key
        raise ModelError(
            f"The {kind} {named.name!r} can not be set up ({type(error).__name__}); check that its packages are those "
            "that qa asks for."
        ) from None


def _openai(named: Named, hooks: Hooks) -> LLM:
    """OpenAI, or whoever speaks its protocol. LlamaIndex's own class for OpenAI refuses models newer than its list."""
    import openai
    from llama_index.llms.openai_like import OpenAILike

    address, key = _openai_access(named)
    client = openai.OpenAI(
        api_key=key,
        base_url=address,
        max_retries=0,
        http_client=_client(hooks),
    )
    own = named.provider == "openai"
    made: LLM = OpenAILike(
        model=named.model,
        api_base=address,
        api_key=_HIDDEN,
        openai_client=client,
        max_retries=0,
        is_chat_model=True,
        context_window=128_000 if own else CONTEXT_TOKENS,
        # OpenAI's reasoning models take no temperature but 1.
        temperature=1.0 if own and not named.model.startswith(("gpt-3", "gpt-4")) else 0.0,
        additional_kwargs={"stream_options": {"include_usage": True}},
    )
    return made


def _openai_access(named: Named) -> tuple[str, str]:
    """The address and the key. A server of one's own seldom asks for a key, but the client insists on sending one."""
    if named.provider == "openai":
        usual = os.environ.get("OPENAI_BASE_URL") or os.environ.get("OPENAI_API_BASE") or "https://api.openai.com/v1"
        return named.url or usual, os.environ["OPENAI_API_KEY"]
    key = os.environ.get("OPENAI_LIKE_API_KEY") or os.environ.get("OPENAI_API_KEY") or "none"
    return named.url or "", key


def _anthropic(named: Named, hooks: Hooks) -> LLM:
    from llama_index.core.base.llms.types import LLMMetadata
    from llama_index.llms.anthropic import Anthropic
    from llama_index.llms.anthropic.utils import CLAUDE_MODELS

    class AnyClaude(Anthropic):
        """LlamaIndex's class raises for a model that is newer than its list, as soon as it is asked anything."""

        @property
        def metadata(self) -> LLMMetadata:
            return LLMMetadata(
                context_window=200_000, num_output=self.max_tokens, is_chat_model=True, model_name=self.model
            )

    made = AnyClaude(
        model=named.model,
        base_url=named.url,
        max_retries=0,
        max_tokens=_ANSWER_TOKENS,
        # The newest models take no temperature but 1.
        temperature=0.0 if named.model in CLAUDE_MODELS else 1.0,
    )
    # The class takes no HTTP client of ours, so its own is exchanged.
    made._client = made._client.with_options(http_client=_client(hooks))
    return made


def _ollama(named: Named, hooks: Hooks) -> LLM:
    import httpx
    import ollama
    from llama_index.llms.ollama import Ollama

    client = ollama.Client(
        host=named.url,
        event_hooks={event: list(called) for event, called in hooks.items()},
        follow_redirects=False,
        timeout=httpx.Timeout(None, connect=_CONNECT_SECONDS),
        verify=_authorities(),
    )
    made: LLM = Ollama(model=named.model, client=client, temperature=0.0, context_window=CONTEXT_TOKENS)
    return made


def _embedding(named: Named) -> BaseEmbedding:
    module = importlib.import_module(_EMBEDDINGS[named.provider].module)
    if named.provider in ("openai", "openai-like"):
        address, key = _openai_access(named)
        maker = module.OpenAIEmbedding if named.provider == "openai" else module.OpenAILikeEmbedding
        # The class would ask eleven times, waiting longer each time, before it says that nobody is there.
        made: BaseEmbedding = maker(model_name=named.model, api_base=address, api_key=key, max_retries=2)
    elif named.provider == "ollama":
        address = named.url or os.environ.get("OLLAMA_HOST") or "http://localhost:11434"
        made = module.OllamaEmbedding(model_name=named.model, base_url=address)
    else:
        made = module.HuggingFaceEmbedding(model_name=named.model)
    return made


def _client(hooks: Hooks) -> httpx.Client:
    """A client that follows no redirect: the documents go to the address that was named and nowhere else."""
    import httpx

    return httpx.Client(
        event_hooks={event: list(called) for event, called in hooks.items()},
        timeout=httpx.Timeout(None, connect=_CONNECT_SECONDS),
        verify=_authorities(),
    )


@functools.cache
def _authorities() -> ssl.SSLContext:
    """Reading the certificates of the authorities takes longer than all else that a client needs."""
    import httpx

    return httpx.create_ssl_context()
