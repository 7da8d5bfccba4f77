"""A qwen2 of two small layers and random weights, with the family's real tokenizer: the library's own folder format, in 40 MB."""

import os
import shutil
from pathlib import Path


def tiny_model(gguf: Path, folder: Path) -> Path:
    """Make it once; the tokenizer comes out of `gguf`, which takes about 12 seconds."""
    if (folder / "config.json").is_file():
        return folder
    import torch
    from transformers import AutoTokenizer, Qwen2Config, Qwen2ForCausalLM

    tokenizer = AutoTokenizer.from_pretrained(gguf.parent, gguf_file=gguf.name)
    shape = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2, "num_attention_heads": 2, "num_key_value_heads": 1}
    config = Qwen2Config(
        vocab_size=151936, tie_word_embeddings=True, max_position_embeddings=2048, eos_token_id=151645, bos_token_id=151643, **shape
    )
    torch.manual_seed(0)
    half_made = folder.with_name(f"{folder.name}.{os.getpid()}")
    Qwen2ForCausalLM(config).save_pretrained(half_made)
    tokenizer.save_pretrained(half_made)
    try:
        half_made.rename(folder)
    except OSError:  # another run was faster
        shutil.rmtree(half_made)
    return folder
