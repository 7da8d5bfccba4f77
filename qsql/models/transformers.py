"""Models in a folder of safetensors, computed by PyTorch: on an NVIDIA card, or on the processor.

Nothing is fetched and no code or pickle of the folder is run.
"""

import copy
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

from qsql.errors import MissingLibrary, ModelBroken, ModelTooLarge
from qsql.models.base import Weights
from qsql.models.cores import threads
from qsql.models.kept import Reading, identities, reading
from qsql.models.tokens import Chosen, Writer
from qsql.settings import Settings

REQUIREMENT = "'torch>=2.13' 'transformers>=5.24,<6' 'accelerate>=1.15'"
PARTS = ("keys", "values")  # of a layer's state
FOUR_BIT = "'bitsandbytes>=0.50'"


def load(weights: Weights, settings: Settings) -> Writer:
    """The model in the folder `weights.source`. Raises ModelBroken, ModelTooLarge or MissingLibrary."""
    try:
        import torch
        import transformers
    except ImportError as error:
        raise MissingLibrary("transformers with PyTorch", REQUIREMENT) from error
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    folder = Path(weights.source)
    try:
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
        how = _how(torch, transformers, weights.four_bit)
        model = transformers.AutoModelForCausalLM.from_pretrained(folder, local_files_only=True, use_safetensors=True, **how)
    except torch.OutOfMemoryError as error:
        raise _no_memory(weights.name) from error
    except ImportError as error:
        raise MissingLibrary("bitsandbytes, for four-bit weights,", FOUR_BIT) from error
    except Exception as error:
        raise ModelBroken(f"The model in {str(folder)!r} cannot be loaded: {_short(error)}.", "Fetch it again, or name another.") from error
    if not tokenizer.chat_template:
        raise ModelBroken(
            f"The model in {str(folder)!r} was not made for questions and answers.", "Take one whose name has 'Instruct' in it."
        )
    return writer(weights.name, model, tokenizer, weights.context, _reading(torch, model, folder, weights, settings))


def writer(name: str, model: object, tokenizer: object, context: int, kept: Reading | None = None) -> Writer:
    """A loaded model of the library as a Model."""
    longest = getattr(model.config, "max_position_embeddings", None) or context
    return Writer(name, min(context, longest), _Torch(model.eval(), name), tokenizer, kept)


def _reading(torch, model, folder: Path, weights: Weights, settings: Settings) -> Reading | None:
    """None over several cards: a file does not say which layer is on which."""
    if torch.cuda.device_count() > 1:
        return None
    versions = torch.__version__, version("transformers")
    return reading(settings.cache, identities(folder), versions, str(model.device), str(model.dtype), weights.four_bit)


def _how(torch, transformers, four_bit: bool) -> dict:
    if not torch.cuda.is_available():
        torch.set_num_threads(threads())
        return {"dtype": "auto"}
    torch.backends.cuda.enable_cudnn_sdp(False)  # it makes a new plan for each length, so at each token: 55 ms of 76 on an H200
    dtype = torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
    how = {"dtype": dtype, "device_map": "auto" if torch.cuda.device_count() > 1 else {"": 0}}
    if four_bit:
        how["quantization_config"] = transformers.BitsAndBytesConfig(
            load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=dtype, bnb_4bit_use_double_quant=True
        )
    return how


def _short(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200].rstrip(".")


def _no_memory(name: str) -> ModelTooLarge:
    return ModelTooLarge(f"{name!r} does not fit into the memory that is free.", "Close other programs, or choose a smaller model.")


class _Torch:
    """An Engine. The one row lies in `_base`; several rows are copies of it, in `_rows`."""

    def __init__(self, model, name: str) -> None:
        import torch

        self._torch, self._model, self._name = torch, model, name
        self.batch = 512 if model.device.type == "cuda" else 64
        self._base = self._rows = self._empty()
        self._temperature, self._random = 0.0, None

    def keep(self, length: int) -> int:
        try:
            self._base.crop(length - self._base.get_seq_length())
        except RuntimeError:  # a model with a sliding window cannot go back
            self._base, length = self._empty(), 0
        self._rows = self._base
        return length

    def read(self, tokens: Sequence[int]) -> None:
        self._forward([list(tokens)])

    def begin(self, rows: int, temperature: float, seed: int | None) -> None:
        if rows > 1:
            self._rows = copy.deepcopy(self._base)
            self._rows.batch_repeat_interleave(rows)
        self._temperature, self._random = temperature, self._torch.Generator(self._model.device)
        if seed is None:
            self._random.seed()
        else:
            self._random.manual_seed(seed)

    def step(self, last: Sequence[int]) -> list[Chosen]:
        logits = self._forward([[token] for token in last])[:, -1].float()
        chosen = self._choose(logits)
        logprobs = logits.log_softmax(-1).gather(-1, chosen)
        return list(zip(chosen[:, 0].tolist(), logprobs[:, 0].tolist()))

    def _choose(self, logits):
        """One token for each row, as a column."""
        if not self._temperature:
            return logits.argmax(-1, keepdim=True)
        return self._torch.multinomial((logits / self._temperature).softmax(-1), 1, generator=self._random)

    def select(self, rows: Sequence[int]) -> None:
        self._rows.batch_select_indices(self._torch.tensor(rows, device=self._model.device))

    def save(self, path: Path) -> None:
        from safetensors.torch import save_file

        layers = enumerate(self._base.layers)
        save_file({f"{number}.{part}": getattr(layer, part).contiguous() for number, layer in layers for part in PARTS}, path)

    def load(self, path: Path) -> int:
        from safetensors.torch import load_file

        parts, self._base = load_file(path, device=str(self._model.device)), self._empty()
        for number in range(len(parts) // len(PARTS)):
            self._base.update(*(parts[f"{number}.{part}"] for part in PARTS), number)
        self._rows = self._base
        return self._base.get_seq_length()

    def close(self) -> None:
        self._model = self._base = self._rows = None
        if self._torch.cuda.is_available():
            self._torch.cuda.empty_cache()

    def _empty(self):
        from transformers import DynamicCache

        return DynamicCache(config=self._model.config)

    def _forward(self, tokens: list[list[int]]):
        """The logits after the last token of each row."""
        try:
            with self._torch.inference_mode():
                ids = self._torch.tensor(tokens, device=self._model.device)
                return self._model(ids, cache=self._rows, use_cache=True, logits_to_keep=1).logits
        except self._torch.OutOfMemoryError as error:
            raise _no_memory(self._name) from error
        except RuntimeError as error:
            raise ModelBroken(f"The model {self._name!r} stopped: {_short(error)}.", "Load it again, or choose another.") from error
