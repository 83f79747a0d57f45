"""Whisper's multilingual vocabulary: the usual ids, of which the fixture uses a small part.

Ids 0..N-1 are the fixture's own text pieces, N..50256 placeholders that are never spoken, from
50257 the special tokens and from 50364 the timestamps stand where faster-whisper expects them.
While training, only the real ones exist: "compact" ids number them without the gap.
"""

from dataclasses import dataclass
from pathlib import Path

from tokenizers import Tokenizer

WHISPER_LANGUAGES = (
    "en zh de es ru ko fr ja pt tr pl ca nl ar sv it id hi fi vi he uk el ms cs ro da hu ta no "
    "th ur hr bg lt la mi ml cy sk te fa lv bn sr az sl kn et mk br eu is hy ne mn bs kk sq sw "
    "gl mr pa si km sn yo so af oc ka be tg sd gu am yi lo uz fo ht ps tk nn mt sa lb my bo tl "
    "mg as tt haw ln ha ba jw su"
).split()
SPECIAL_TOKENS = [
    "<|endoftext|>",
    "<|startoftranscript|>",
    *(f"<|{language}|>" for language in WHISPER_LANGUAGES),
    "<|translate|>",
    "<|transcribe|>",
    "<|startoflm|>",
    "<|startofprev|>",
    "<|nospeech|>",
    "<|notimestamps|>",
]
END_OF_TEXT = 50257
FIRST_LANGUAGE = END_OF_TEXT + 2
FIRST_TIMESTAMP = END_OF_TEXT + len(SPECIAL_TOKENS)  # 50364
TIMESTAMP_COUNT = 1501
TIMESTAMP_STEP_S = 0.02
VOCABULARY_SIZE = FIRST_TIMESTAMP + TIMESTAMP_COUNT  # 51865
LONGEST_TARGET_TOKENS = 448
LONGEST_PROMPT_TOKENS = LONGEST_TARGET_TOKENS // 2 - 1  # what faster-whisper keeps of the past


@dataclass(frozen=True)
class CompactVocabulary:
    """The real tokens, numbered without the placeholders: text, then specials, then timestamps."""

    tokenizer: Tokenizer
    text_count: int

    @classmethod
    def load(cls, directory: Path) -> "CompactVocabulary":
        """Read `tokenizer.json`; the number of text pieces follows from it."""
        tokenizer = Tokenizer.from_file(str(directory / "tokenizer.json"))
        return cls(tokenizer, tokenizer.get_vocab_size() - len(SPECIAL_TOKENS))

    @property
    def first_timestamp(self) -> int:
        """Compact id of `<|0.00|>`."""
        return self.text_count + len(SPECIAL_TOKENS)

    @property
    def size(self) -> int:
        """Number of compact ids."""
        return self.first_timestamp + TIMESTAMP_COUNT

    def special(self, name: str) -> int:
        """Compact id of a special token: `special("endoftext")`."""
        return self.text_count + SPECIAL_TOKENS.index(f"<|{name}|>")

    def timestamp(self, seconds: float) -> int:
        """Compact id of the nearest timestamp inside 0..30 s."""
        step = round(seconds / TIMESTAMP_STEP_S)
        return self.first_timestamp + min(TIMESTAMP_COUNT - 1, max(0, step))

    def encode(self, texts: list[str]) -> list["EncodedText"]:
        """Token ids of each text as it stands in a transcript, that is after a blank."""
        encodings = self.tokenizer.encode_batch([f" {text}" for text in texts])
        return [
            EncodedText(encoding.ids, [(start - 1, end - 1) for start, end in encoding.offsets])
            for encoding in encodings
        ]


@dataclass(frozen=True)
class EncodedText:
    """Token ids and the characters [start, end) of the text each one covers (start may be -1)."""

    ids: list[int]
    spans: list[tuple[int, int]]
