"""A name, "provider/model", to the LlamaIndex object that it stands for.

Keys come from the providers' usual environment variables. Does not know what the model is used for.
"""

from __future__ import annotations

import importlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qa.types import ModelError, WrongUse

if TYPE_CHECKING:
    from llama_index.core.base.embeddings.base import BaseEmbedding


@dataclass(frozen=True, slots=True)
class _Provider:
    """Where a provider's class lives, what it calls the model, and which package brings it."""

    module: str
    name: str
    model: str
    package: str
    key: str | None = None


_EMBEDDINGS = {
    "openai": _Provider(
        "llama_index.embeddings.openai",
        "OpenAIEmbedding",
        "model_name",
        "llama-index-embeddings-openai",
        "OPENAI_API_KEY",
    ),
    "openai-like": _Provider(
        "llama_index.embeddings.openai_like",
        "OpenAILikeEmbedding",
        "model_name",
        "llama-index-embeddings-openai-like",
    ),
    "ollama": _Provider(
        "llama_index.embeddings.ollama", "OllamaEmbedding", "model_name", "llama-index-embeddings-ollama"
    ),
    "huggingface": _Provider(
        "llama_index.embeddings.huggingface", "HuggingFaceEmbedding", "model_name", "llama-index-embeddings-huggingface"
    ),
}


def embedding(name: str) -> BaseEmbedding:
    """The embedding "provider/model", or "openai-like/model@http://host:port/v1" for any server of that protocol.

    Raises WrongUse for a name that is none, and for a package or key that is missing, saying how to get it.
    """
    provider, _, model = name.partition("/")
    if provider not in _EMBEDDINGS or not model:
        raise WrongUse(f"There is no embedding {name!r}; write provider/model, with provider one of {_listed()}.")
    made = _EMBEDDINGS[provider]
    settings: dict[str, object] = {}
    if provider == "openai-like":
        model, _, url = model.partition("@")
        if not url.startswith(("http://", "https://")):
            raise WrongUse(f"{name!r} names no server; write openai-like/model@http://host:port/v1.")
        # Servers of one's own seldom ask for a key, but the client insists on sending one.
        settings = {"api_base": url, "api_key": os.environ.get("OPENAI_API_KEY", "none")}
    if made.key and not os.environ.get(made.key):
        raise WrongUse(f"The embedding {name!r} needs a key; set {made.key}.")
    try:
        maker = getattr(importlib.import_module(made.module), made.name)
    except ImportError as error:
        raise WrongUse(f"The embedding {name!r} needs a package: pip install {made.package}") from error
    try:
        built: BaseEmbedding = maker(**{made.model: model}, **settings)
    except Exception as error:  # noqa: BLE001 - whatever a provider's class raises, its text may hold the key
        raise ModelError(f"The embedding {name!r} can not be used ({type(error).__name__}).") from None
    return built


def _listed() -> str:
    return ", ".join(sorted(_EMBEDDINGS))
