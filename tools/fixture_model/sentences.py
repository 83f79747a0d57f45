"""Sentences from a template grammar, every spoken word written as a word, so text and speech align.

Only the standard library: the corpus of a seed is the same on every machine.
"""

import random
import re
from collections.abc import Callable
from dataclasses import dataclass

from tools.fixture_model import grammar_english, grammar_spanish

LANGUAGES = ("en", "es")
OPENER_SHARE = 0.14
WORD_LIST_SHARE = 0.06  # unrelated words, so that the decoder can't live from the grammar alone
NOT_IN_WORD_LISTS = ("opener", "when", "past", "subject", "day_part")
SENTENCE_LENGTHS = range(9, 95)  # characters

_EN_UNITS = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
).split()
_EN_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_ES_UNITS = (
    "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince "
    "dieciséis diecisiete dieciocho diecinueve veinte veintiuno veintidós veintitrés "
    "veinticuatro veinticinco veintiséis veintisiete veintiocho veintinueve"
).split()
_ES_TENS = "treinta cuarenta cincuenta sesenta setenta ochenta noventa".split()
_SLOT = re.compile(r"\{(\w+)\}")


def english_number(number: int) -> str:
    """0..100 in English words."""
    if number < 20:
        return _EN_UNITS[number]
    if number == 100:
        return "one hundred"
    tens, units = divmod(number, 10)
    return _EN_TENS[tens - 2] + (f"-{_EN_UNITS[units]}" if units else "")


def spanish_number(number: int) -> str:
    """0..100 in Spanish words."""
    if number < 30:
        return _ES_UNITS[number]
    if number == 100:
        return "cien"
    tens, units = divmod(number, 10)
    return _ES_TENS[tens - 3] + (f" y {_ES_UNITS[units]}" if units else "")


@dataclass(frozen=True)
class Grammar:
    """The slots and templates of one language, and how it spells numbers."""

    slots: dict[str, str | tuple[int, int]]
    templates: tuple[str, ...]
    spell: Callable[[int], str]

    def draw(self, slot: str, rng: random.Random) -> str:
        """One choice of a slot, which may still hold slots of its own."""
        choices = self.slots[slot]
        if isinstance(choices, tuple):
            return self.spell(rng.randint(*choices))
        return rng.choice(choices.split("|"))

    def fill(self, template: str, rng: random.Random, used: set[str]) -> str:
        """Replace every slot, trying not to say the same choice twice in a sentence."""

        def choose(match: re.Match[str]) -> str:
            for _ in range(6):
                choice = self.draw(match.group(1), rng)
                if choice not in used:
                    break
            used.add(choice)
            return self.fill(choice, rng, used)

        return _SLOT.sub(choose, template)

    def proper_nouns(self) -> set[str]:
        """Words that keep their capital letter inside a sentence."""
        slots = ["name", "city"] + (["day", "month"] if self.spell is english_number else [])
        return {"I"}.union(*(str(self.slots[slot]).split("|") for slot in slots))


GRAMMARS = {
    "en": Grammar(grammar_english.SLOTS, tuple(grammar_english.TEMPLATES.split("\n")[1:-1]), english_number),
    "es": Grammar(grammar_spanish.SLOTS, tuple(grammar_spanish.TEMPLATES.split("\n")[1:-1]), spanish_number),
}


def random_sentence(language: str, rng: random.Random) -> str:
    """One sentence with natural casing and its final punctuation mark."""
    grammar = GRAMMARS[language]
    used: set[str] = set()
    kind = rng.random()
    if kind < WORD_LIST_SHARE:
        slots = [slot for slot in grammar.slots if slot not in NOT_IN_WORD_LISTS]
        count = rng.randint(3, 6)
        words = (grammar.fill(f"{{{rng.choice(slots)}}}", rng, used) for _ in range(count))
        text = ", ".join(words) + "."
    else:
        text = grammar.fill(rng.choice(grammar.templates), rng, used)
        if kind > 1 - OPENER_SHARE:
            opener = grammar.fill("{opener}", rng, used)
            text = f"{opener}, {_lower_first_word(text, grammar)}"
    text = re.sub(r"\ba el\b", "al", re.sub(r"\bde el\b", "del", text))
    first = _first_letter(text)
    return text[:first] + text[first].upper() + text[first + 1 :]


def corpus(language: str, count: int, seed: int) -> list[str]:
    """`count` different sentences; a longer corpus of the same seed begins with a shorter one."""
    rng = random.Random(f"{language}{seed}")
    sentences: dict[str, None] = {}
    while len(sentences) < count:
        sentence = random_sentence(language, rng)
        if len(sentence) in SENTENCE_LENGTHS:
            sentences.setdefault(sentence)
    return list(sentences)


def domain_words(language: str) -> set[str]:
    """The words the grammar can say, in lower case, without those of spelt-out numbers."""
    grammar = GRAMMARS[language]
    texts = [*grammar.templates, *(s for s in grammar.slots.values() if isinstance(s, str))]
    return {word for text in texts for word in re.findall(r"[^\W\d_]+", _SLOT.sub(" ", text).lower())}


def _first_letter(text: str) -> int:
    return next(position for position, character in enumerate(text) if character.isalpha())


def _lower_first_word(text: str, grammar: Grammar) -> str:
    first = _first_letter(text)
    word = re.match(r"\w+", text[first:])
    if word is None or word.group(0) in grammar.proper_nouns():
        return text
    return text[:first] + text[first].lower() + text[first + 1 :]
