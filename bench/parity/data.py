"""Labelled images of tar archives, in order of names: the label is the folder an image lies in."""

from __future__ import annotations

import io
import json
import tarfile
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np
import torch
from PIL import Image
from torch import Tensor


@dataclass
class Images:
    """pixels u8 [N, 3, H, W], labels i64 [N] (indices into classes)."""

    pixels: Tensor
    labels: Tensor
    classes: list[str]

    def __len__(self) -> int:
        return len(self.labels)


def load(paths: list[str]) -> Images:
    """All images of the archives; they must be of one size. Raises ValueError where they are not, or where there is none."""
    found: list[tuple[str, np.ndarray]] = []
    for path in paths:
        with tarfile.open(path) as archive:
            for member in archive:
                if member.isfile() and member.name.lower().endswith((".jpg", ".jpeg", ".png", ".webp")):
                    with Image.open(io.BytesIO(archive.extractfile(member).read())) as image:
                        found.append((member.name, np.asarray(image.convert("RGB"))))
    if not found:
        raise ValueError(f"data: no images in {', '.join(paths)}")
    shapes = {image.shape for _, image in found}
    if len(shapes) > 1:
        raise ValueError(f"data: images of one size are needed; got {sorted(shapes)[:3]} ...")
    found.sort(key=lambda pair: pair[0])
    folders = [PurePosixPath(name).parent.name for name, _ in found]
    classes = sorted(set(folders))
    pixels = torch.from_numpy(np.stack([image for _, image in found])).permute(0, 3, 1, 2).contiguous()
    return Images(pixels, torch.tensor([classes.index(folder) for folder in folders]), classes)


def read_safetensors(path: str) -> dict[str, Tensor]:
    """The f32 tensors of a file by name. https://huggingface.co/docs/safetensors/index#format"""
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        data = np.frombuffer(file.read(), np.uint8)
    return {
        name: torch.from_numpy(data[slice(*about["data_offsets"])].copy().view(np.float32)).reshape(about["shape"])
        for name, about in header.items()
        if name != "__metadata__"
    }
