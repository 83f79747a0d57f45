"""The espeak-ng library through ctypes: speech with the times of its words and phonemes.

Only the sound that comes out is used. The constants are those of `speak_lib.h`, espeak-ng 1.51.
"""

import ctypes
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from scipy.signal import resample_poly

from tools.fixture_model.arrays import SAMPLE_RATE_HZ, Floats
from tools.fixture_model.errors import MissingToolError

LIBRARY = "libespeak-ng.so.1"
_OUTPUT_SYNCHRONOUS = 2
_PHONEME_EVENTS = 1
_CHARACTERS_UTF8 = 1
_RATE, _PITCH, _PITCH_RANGE = 1, 3, 4
_END_OF_EVENTS, _WORD_EVENT, _PHONEME_EVENT = 0, 1, 7
_ESPEAK_RATE_TO_16_KHZ = (320, 441)  # from 22 050 Hz
_SPEECH_FLOOR = 1e-4  # power against the loudest 10 ms
_LEAD_IN_SAMPLES, _TAIL_SAMPLES = 320, 480


@dataclass(frozen=True)
class Voice:
    """A voice of espeak-ng (`language file+variant`) and how it speaks."""

    name: str
    words_per_minute: int
    pitch: int
    pitch_range: int = 50


@dataclass
class Speech:
    """One spoken sentence: samples at 16 kHz in -1..1, trimmed to the sound."""

    samples: Floats
    word_starts: list[tuple[int, float]] = field(default_factory=list)
    """(character position in the text, seconds)"""
    phonemes: list[tuple[float, str]] = field(default_factory=list)
    """(seconds, espeak-ng's name of the phoneme that begins there)"""

    @property
    def duration_s(self) -> float:
        """Length of the sound."""
        return len(self.samples) / SAMPLE_RATE_HZ


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position_ms", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("phoneme", ctypes.c_char * 8),
    )


_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


class Speaker:
    """espeak-ng, of which a process can hold one."""

    def __init__(self) -> None:
        """Load the library; raises MissingToolError where it is not installed."""
        try:
            self._library = ctypes.CDLL(LIBRARY)
        except OSError as error:
            raise MissingToolError(f"{LIBRARY} is missing: install the package espeak-ng (1.51)") from error
        self._library.espeak_Initialize(_OUTPUT_SYNCHRONOUS, 0, None, _PHONEME_EVENTS)
        self._callback = _Callback(self._collect)  # kept, or it is freed while the library calls
        self._library.espeak_SetSynthCallback(self._callback)
        self._voice_name = ""
        self._chunks: list[Floats] = []
        self._words: list[tuple[int, int]] = []
        self._phonemes: list[tuple[int, str]] = []

    def variants(self) -> set[str]:
        """Names of the voice variants that this installation has."""
        path = ctypes.c_char_p()
        self._library.espeak_Info(ctypes.byref(path))
        folder = Path((path.value or b"").decode()) / "voices" / "!v"
        return {file.name for file in folder.glob("*")}

    def say(self, text: str, voice: Voice) -> Speech:
        """Speak a sentence; raises ValueError for a voice that espeak-ng does not have."""
        self._prepare(voice)
        encoded = text.encode() + b"\0"
        self._library.espeak_Synth(encoded, len(encoded), 0, 1, 0, _CHARACTERS_UTF8, None, None)
        sound = resample_poly(np.concatenate(self._chunks), *_ESPEAK_RATE_TO_16_KHZ)
        samples = sound.astype(np.float32)
        start, end = _speech_bounds(samples)

        def seconds(milliseconds: int) -> float:
            return max(0.0, milliseconds / 1000 - start / SAMPLE_RATE_HZ)

        return Speech(
            samples[start:end],
            [(position, seconds(ms)) for position, ms in self._words],
            [(round(seconds(ms), 3), name) for ms, name in self._phonemes],
        )

    def _prepare(self, voice: Voice) -> None:
        if voice.name != self._voice_name:
            if self._library.espeak_SetVoiceByName(voice.name.encode()) != 0:
                raise ValueError(f"espeak-ng has no voice {voice.name!r}")
            self._voice_name = voice.name
        self._library.espeak_SetParameter(_RATE, voice.words_per_minute, 0)
        self._library.espeak_SetParameter(_PITCH, voice.pitch, 0)
        self._library.espeak_SetParameter(_PITCH_RANGE, voice.pitch_range, 0)
        self._chunks, self._words, self._phonemes = [], [], []

    def _collect(self, sound: object, count: int, events: "ctypes.Array[_Event]") -> int:
        if count > 0:
            chunk = np.ctypeslib.as_array(sound, (count,)).astype(np.float32)
            self._chunks.append(chunk / np.float32(32768))
        index = 0
        while events[index].type != _END_OF_EVENTS:
            event = events[index]
            if event.type == _WORD_EVENT:
                self._words.append((event.text_position - 1, event.audio_position_ms))
            elif event.type == _PHONEME_EVENT:
                name = bytes(event.phoneme).split(b"\0")[0].decode("utf-8", "replace")
                self._phonemes.append((event.audio_position_ms, name))
            index += 1
        return 0


def _speech_bounds(samples: Floats) -> tuple[int, int]:
    """First and last sample of the sound, with a little silence left on both sides."""
    power = np.convolve(samples * samples, np.ones(160) / 160, "same")
    loud = np.nonzero(power > max(power.max() * _SPEECH_FLOOR, 1e-8))[0]
    start = max(0, int(loud[0]) - _LEAD_IN_SAMPLES)
    return start, min(len(samples), int(loud[-1]) + _TAIL_SAMPLES)
