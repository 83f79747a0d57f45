"""The audio toolbox beside the ffmpeg command line, pyloudnorm and librosa."""
