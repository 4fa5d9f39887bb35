"""Writes what a case computes in float64 beside what it was given, as one safetensors file per script.

Everything drawn is rounded to float32 first, so a float32 implementation starts from exactly the inputs of
the float64 computation. Of each result `t` the metadata holds `error.t`: ||single - double|| / ||double||,
where single is the same PyTorch code run in float32.
"""

import json
import struct
from pathlib import Path

import numpy as np
import torch
import torchvision

torch.set_num_threads(1)

DTYPES = {"float32": "F32", "int32": "I32", "uint8": "U8"}


def make(script, inputs, results, **metadata):
    """inputs {name: tensor}; results(inputs) -> {name: tensor}, run once in each precision."""
    inputs = {name: single(x) for name, x in inputs.items()}
    double = results({name: cast(x, torch.float64) for name, x in inputs.items()})
    rough = results({name: cast(x, torch.float32) for name, x in inputs.items()})
    errors = {f"error.{name}": f"{relative(rough[name], double[name]):.3e}" for name in double}
    versions = {"torch": torch.__version__, "torchvision": torchvision.__version__}
    path = Path(script).with_suffix(".safetensors")
    write(path, inputs | {name: single(x) for name, x in double.items()}, versions | metadata | errors)
    worst = max(errors, key=lambda name: float(errors[name]))
    print(f"{path.name}: {path.stat().st_size} bytes, {len(double)} results, {worst} = {errors[worst]}")


def write(path, tensors, metadata):
    """https://github.com/huggingface/safetensors#format"""
    arrays = {name: np.ascontiguousarray(x.detach().numpy()).reshape(x.shape) for name, x in tensors.items()}
    arrays = dict(sorted(arrays.items(), key=lambda item: (-item[1].itemsize, item[0])))  # keeps all aligned
    header, at = {"__metadata__": metadata}, 0
    for name, a in arrays.items():
        end = at + a.nbytes
        header[name] = {"dtype": DTYPES[a.dtype.name], "shape": list(a.shape), "data_offsets": [at, end]}
        at = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(a.tobytes() for a in arrays.values()))


def single(x):
    return x.float() if x.is_floating_point() else x


def cast(x, dtype):
    """To compute with: pixels (uint8) become numbers, indices (int32) remain."""
    return x.clone() if x.dtype == torch.int32 else x.to(dtype, copy=True)


def relative(a, b):
    a, b = a.double(), b.double()
    return (torch.linalg.norm(a - b) / torch.linalg.norm(b).clamp_min(1e-300)).item()


def generator(seed):
    return torch.Generator().manual_seed(seed)


def normal(g, *shape):
    """Rounded to float32 already, for those who compute with it before it is written."""
    return single(torch.randn(shape, generator=g, dtype=torch.float64))


def uniform(g, low, high, *shape):
    return single(low + (high - low) * torch.rand(shape, generator=g, dtype=torch.float64))


def nchw(x):
    return x.movedim(-1, -3).contiguous()


def nhwc(x):
    return x.movedim(-3, -1).contiguous()
