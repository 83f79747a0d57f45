"""The steps from nothing to a model directory, each reading what the steps before it wrote.

    work directory
    ├── tokenizer/        tokenizer.json, vocabulary.json       (tokenizer)
    ├── speech/           train_LL_NNN.npz, test_LL.npz         (synth)
    ├── checkpoint.pt     weights in half precision             (train)
    └── model/            what faster-whisper loads             (export)
        ├── evaluation.json                                     (evaluate)
        └── samples/      clips and samples.json                (samples)

The libraries of a step are imported when it runs, so that `--help` works without them.
"""

import json
import multiprocessing
import shutil
from dataclasses import dataclass
from pathlib import Path

from tools.fixture_model.errors import MissingInputError
from tools.fixture_model.figures import with_table

FIXTURE_DIRECTORY = Path(__file__).parents[2] / "models" / "fixture"
CHECKPOINT_NAME = "checkpoint.pt"


@dataclass(frozen=True)
class Workshop:
    """Where the work lies and how much of it to do."""

    directory: Path
    sentences: int = 30_000
    seed: int = 2
    minutes: float = 60.0
    trainers: int = 2
    from_scratch: bool = False

    @property
    def tokenizer_directory(self) -> Path:
        """The tokenizer's files."""
        return self.directory / "tokenizer"

    @property
    def speech_directory(self) -> Path:
        """Training and test speech."""
        return self.directory / "speech"

    @property
    def checkpoint(self) -> Path:
        """The weights trained so far."""
        return self.directory / CHECKPOINT_NAME

    @property
    def model_directory(self) -> Path:
        """The finished model."""
        return self.directory / "model"

    def make_tokenizer(self) -> None:
        """Learn the pieces; the same files every time."""
        from tools.fixture_model.tokenizer import learn_pieces, write_tokenizer

        write_tokenizer(self.tokenizer_directory, learn_pieces())
        print(f"tokenizer: {self.tokenizer_directory}", flush=True)

    def synthesise(self) -> None:
        """Speak the corpus, one process a language (espeak-ng keeps state in its process)."""
        from tools.fixture_model.sentences import LANGUAGES
        from tools.fixture_model.synthesis import synthesise

        spawn = multiprocessing.get_context("spawn")
        with spawn.Pool(len(LANGUAGES), maxtasksperchild=1) as pool:
            jobs = [(name, self.sentences, self.speech_directory, self.seed) for name in LANGUAGES]
            pool.starmap(synthesise, jobs, chunksize=1)
        self._spoken_marker.write_text(self._spoken, "utf-8")

    def speak_reserved(self) -> None:
        """Speak the test sentences, with nothing installed but espeak-ng."""
        from tools.fixture_model.synthesis import speak_reserved

        speak_reserved(self.speech_directory)
        print(f"test speech: {self.speech_directory}", flush=True)

    def train(self) -> None:
        """Train on from the work directory's or the fixture's checkpoint, or from scratch."""
        from tools.fixture_model.checkpoint import load_checkpoint
        from tools.fixture_model.network import Network, Shape
        from tools.fixture_model.noises import Noises
        from tools.fixture_model.training import Plan, train
        from tools.fixture_model.utterances import Library
        from tools.fixture_model.vocabulary import CompactVocabulary
        from tools.fixture_model.windows import WindowSource

        vocabulary = CompactVocabulary.load(self.tokenizer_directory)
        library = Library.load(self.speech_directory, vocabulary)
        phonemes = len(library.phonemes) + 1
        if self.from_scratch:
            network = Network(Shape(vocabulary.text_count, vocabulary.size), phonemes)
            plan = Plan.from_scratch(self.minutes, self.trainers)
        else:
            network = load_checkpoint(self._newest_checkpoint(), phonemes)
            plan = Plan.continued(self.minutes, self.trainers)
        source = WindowSource(library, Noises.generate())
        train(network, source, plan, self.checkpoint)

    def export(self) -> None:
        """Write the model directory."""
        from tools.fixture_model.checkpoint import load_checkpoint
        from tools.fixture_model.export import export

        network = load_checkpoint(self.checkpoint)
        export(network, self.tokenizer_directory, self.model_directory)
        print(f"model: {self.model_directory}", flush=True)

    def evaluate(self) -> None:
        """Measure the model and write `evaluation.json` beside it."""
        from tools.fixture_model.evaluation import evaluate

        self._require_model()
        report = evaluate(self.model_directory, self.speech_directory)
        text = json.dumps(report, indent=1, ensure_ascii=False) + "\n"
        (self.model_directory / "evaluation.json").write_text(text, "utf-8")

    def make_samples(self) -> None:
        """Write the sample clips and what the model makes of them."""
        from tools.fixture_model.samples import add_transcripts, write_clips

        self._require_model()
        directory = self.model_directory / "samples"
        write_clips(self.speech_directory, directory)
        add_transcripts(directory, self.model_directory)

    def build(self) -> None:
        """All steps; what is already spoken in the work directory is kept."""
        self.make_tokenizer()
        if not self._is_spoken():
            self.synthesise()
        self.train()
        self.export()
        self.evaluate()
        self.make_samples()

    def install(self) -> None:
        """Put the finished model in the place of the project's fixture."""
        self._require_model()
        shutil.copytree(self.model_directory, FIXTURE_DIRECTORY, dirs_exist_ok=True)
        target = FIXTURE_DIRECTORY / "checkpoint" / CHECKPOINT_NAME
        target.parent.mkdir(exist_ok=True)
        shutil.copyfile(self.checkpoint, target)
        readme = FIXTURE_DIRECTORY / "README.md"
        report = json.loads((FIXTURE_DIRECTORY / "evaluation.json").read_text("utf-8"))
        readme.write_text(with_table(readme.read_text("utf-8"), report), "utf-8")
        print(f"installed in {FIXTURE_DIRECTORY}, and the table of figures in its README")

    def _newest_checkpoint(self) -> Path:
        own, fixture = self.checkpoint, FIXTURE_DIRECTORY / "checkpoint" / CHECKPOINT_NAME
        return own if own.is_file() else fixture

    @property
    def _spoken(self) -> str:
        return f"{self.sentences} sentences a language, seed {self.seed}\n"

    @property
    def _spoken_marker(self) -> Path:
        """Written after the last shard, so that a broken-off synthesis is not taken for whole."""
        return self.speech_directory / "complete.txt"

    def _is_spoken(self) -> bool:
        marker = self._spoken_marker
        return marker.is_file() and marker.read_text("utf-8") == self._spoken

    def _require_model(self) -> None:
        if not (self.model_directory / "model.bin").is_file():
            raise MissingInputError(f"no model in {self.model_directory}: run `export` first")
