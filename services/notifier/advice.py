"""What an owner can do about each fault that a job can end with."""

from __future__ import annotations

from shared.domain.faults import Fault

_SEND_ANOTHER = "Check that the recording plays on your side, then upload it again or in another format."
_UPLOAD_AGAIN = "Please upload the file again."

_ADVICE: dict[str, str] = {
    Fault.EMPTY_FILE.code: "Check that the recording was saved before it was sent, then upload it again.",
    Fault.SIZE_MISMATCH.code: "The upload may have been cut off, or the file changed meanwhile: "
    "please upload it again.",
    Fault.NOT_MEDIA.code: "Upload the recording itself: MP3, WAV, M4A, FLAC, OGG, MP4 and most other audio "
    "and video formats work, whatever the file is called.",
    Fault.UNREADABLE_MEDIA.code: _SEND_ANOTHER,
    Fault.NO_AUDIO_TRACK.code: "If it is a video, export it with its sound and upload that.",
    Fault.NO_AUDIO_DATA.code: _SEND_ANOTHER,
    Fault.AUDIO_TOO_LONG.code: "Cut the recording into shorter parts and upload each of them.",
    Fault.FILE_TOO_LARGE.code: "Save it in a compressed format such as MP3 or M4A, or cut it into parts.",
    Fault.LANGUAGE_UNSUPPORTED.code: "Leave the language to be found from the audio, or name one that the "
    "model knows.",
    Fault.SEGMENT_OUTSIDE_AUDIO.code: "Ask only for parts that begin and end within the recording.",
    Fault.NOTHING_TO_SPLIT_AT.code: "Name the parts by their times, or split it into equal parts.",
    Fault.FORMAT_IMPOSSIBLE.code: "Choose another format, sample rate or number of channels.",
    Fault.TAGS_UNSUPPORTED.code: "Convert the recording to a format that holds tags, such as MP3 or FLAC.",
    Fault.TAGS_TOO_LARGE.code: "Use a smaller picture, or shorter texts.",
    Fault.COVER_NOT_AN_IMAGE.code: "Send the cover art as a JPEG or PNG image.",
    Fault.TRANSCRIPT_UNAVAILABLE.code: "Leave transcript and chapters out to have the rest made, or repair "
    "what the reason names and submit it again.",
    Fault.FILE_MISSING.code: _UPLOAD_AGAIN,
    Fault.UPLOAD_EXPIRED.code: _UPLOAD_AGAIN,
    Fault.RETRIES_EXHAUSTED.code: "Your file is fine. Please submit it again in a while; if it fails again, "
    "send the job's number below to the people who run this service.",
    Fault.GAVE_UP.code: "Save the recording in another format, such as MP3 or WAV, and upload that; if it "
    "stops again, send the job's number below to the people who run this service.",
}
_ADVICE_FOR_THE_REST = "Please send the job's number below to the people who run this service."

NOTHING_HEARD = (
    "Nobody was heard speaking, so the transcript is empty. If somebody does speak, check that this is the "
    "right file and that their voice is loud enough in it, then upload it again."
)
"""For a job that did not fail: its recording holds no text."""


def advice_for(code: str) -> str:
    """A sentence or two that say what to do next."""
    return _ADVICE.get(code, _ADVICE_FOR_THE_REST)
