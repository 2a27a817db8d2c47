"""Words that are one word in two spellings which no stemmer joins: "begin" and "began", "China" and "Chinese".

`head(stem)` goes from a stem, as `qa.text.words` makes it, to the stem that stands for its family; a stem of no family
stands for itself. `members(stem)` goes back. Holds forms and derivations only, no synonyms, and not the forms that are another word as well
("left", "saw", "lay").
"""

from __future__ import annotations

import functools

from qa.text.words import words

# A family a line: verbs with their irregular forms and the nouns made of them, plurals, adjectives and their nouns.
_FAMILIES = """
arise arose arisen
become became
begin began begun
bend bent
bite bit bitten
blow blew blown
born birth
break broke broken
bring brought
build built
buy bought
catch caught
choose chose chosen choice
come came
deal dealt
decide decision
defend defence defense
destroy destruction
die death dead
draw drew drawn
drink drank drunk
drive drove driven
eat ate eaten
expand expansion
fall fell fallen
feed fed
feel felt
fight fought
flee fled
fly flew flown flight
forbid forbade forbidden
forget forgot forgotten
freeze froze frozen
give gave given
go went gone
grow grew grown growth
hear heard
hide hid hidden
high height
hold held
keep kept
know knew known
lead led
lend lent
long length
lose lost loss
make made
mean meant
meet met
pay paid
permit permission
produce production
prove proven proof
reduce reduction
ride rode ridden
rise rose risen
run ran
say said
see seen
seek sought
sell sold sale
send sent
shoot shot
show shown
sing sang sung
sink sank sunk
sit sat
speak spoke spoken speech
spend spent
spread
stand stood
steal stole stolen
strike struck
strong strength
suspend suspension
swim swam swum
take took taken
teach taught
tell told
think thought
throw threw thrown
understand understood
wake woke woken
wear wore worn
weigh weight
wide width
win won
withdraw withdrew withdrawn withdrawal
write wrote written writer
man men
woman women
child children
person people
foot feet
tooth teeth
mouse mice
life live lives
analysis analyses
africa african
spokesperson spokesman spokeswoman
america american usa
arab arabia arabian
argentina argentine argentinian
asia asian
australia australian
austria austrian
belgium belgian
brazil brazilian
britain british uk
canada canadian
chile chilean
china chinese
colombia colombian
cuba cuban
denmark danish dane
egypt egyptian
england english
europe european eu
finland finnish finn
france french
germany german
greece greek
hungary hungarian
iceland icelandic
india indian
indonesia indonesian
iran iranian
iraq iraqi
ireland irish
israel israeli
italy italian
japan japanese
jordan jordanian
kenya kenyan
korea korean
lebanon lebanese
malaysia malaysian
mexico mexican
netherlands dutch holland
nigeria nigerian
norway norwegian
pakistan pakistani
peru peruvian
philippines philippine filipino
poland polish pole
portugal portuguese
romania romanian
russia russian
scotland scottish
serbia serbian
singapore singaporean
soviet ussr
spain spanish spaniard
sweden swedish swede
switzerland swiss
syria syrian
taiwan taiwanese
thailand thai
turkey turkish
ukraine ukrainian
vietnam vietnamese
wales welsh
"""


def head(stem: str) -> str:
    """The stem that stands for the family of this one."""
    return _heads().get(stem, stem)


@functools.cache
def _heads() -> dict[str, str]:
    heads: dict[str, str] = {}
    for line in _FAMILIES.strip().splitlines():
        stems = [word.stem for word in words(line)]
        for stem in stems:
            heads.setdefault(stem, stems[0])
    return heads


def members(stem: str) -> tuple[str, ...]:
    """The stems of a family by the one that stands for it; of no family, the stem alone."""
    return _members().get(stem, (stem,))


@functools.cache
def _members() -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for stem, first in _heads().items():
        found[first] = (*found.get(first, ()), stem)
    return found
