"""Whether a question is English, the one language that rules and the built-in models are made for.

A text in, yes or no out; a text that may be English is. Names no other language. Pure.
"""

from __future__ import annotations

import re
import unicodedata

from qa.text.words import words

_LETTERS = re.compile(r"[^\W\d_]+")

# The words that questions of other languages are made of; those that are words of English too, such as "die", "was" and
# "come", are left out.
_FOREIGN = frozenset(
    """wer wem wen wann warum wieso weshalb wo woher wohin wie wieviel wieviele welche welcher welches der das dem den des
    ein eine einen einer ist sind wurde wurden nicht und oder mit von vom zum zur beim für über auf aus nach bei hatte haben
    qui que quoi quand où pourquoi comment combien quel quelle quels quelles est sont été était le la les un une du dans avec
    sur pour par aux cette ces il elle ont
    quién quiénes qué cuándo cuánto cuánta cuántos dónde cómo cuál cuáles por el los las una del fue fueron está están con
    para según su
    chi cosa quando dove perché quanto quanti quale quali il gli lo della dello dei degli nel nella è sono stato stata non
    quem onde porque como quanto qual quais foi foram não uma dos das pelo pela
    wie wat wanneer waar waarom hoe hoeveel welke het een van zijn werd werden niet voor
    kto kiedy gdzie dlaczego jak ile który która czy jest był była nie
    vem vad när var varför hur vilken och är inte som det""".split()
)

_SHARED = frozenset({"a", "i", "no", "as", "do", "so", "in", "an", "me", "on", "or", "was", "to", "am"})
"""English small words that other languages have too."""


def is_english(text: str) -> bool:
    """Whether the text may be English: it is in Latin letters, and not made of another language's small words."""
    runs = _LETTERS.findall(text)
    latin = [unicodedata.name(letter, "").startswith("LATIN") for run in runs for letter in run]
    if 2 * sum(latin) < len(latin):
        return False
    english = {word.form.lower() for word in words(text) if not word.is_content} - _SHARED
    # Small words with a capital are parts of names: "Le Pen", "Los Angeles", "Ursula von der Leyen" for all but one.
    small = {run for run in runs[1:] if run.islower()}
    small |= {run.lower() for run in runs[:1] if not any(other[0].isupper() for other in runs[1:2])}
    return len((small & _FOREIGN) - english) < (3 if english else 1)
