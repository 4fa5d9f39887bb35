"""Compares augmentations with torchvision's functions, image by image, at what was drawn.

    python3 bench/parity/check.py
"""

from __future__ import annotations

from typing import Callable
from unittest.mock import patch

import torch
import torchvision.transforms.functional as TF
from torch import Tensor

import augment


def drawn(*values: Tensor) -> Callable[..., Tensor]:
    """torch.rand that gives these values one after another."""
    rest = list(values)
    return lambda *_: rest.pop(0)


def main() -> None:
    torch.manual_seed(1)
    n, height, width = 8, 33, 31
    x, zero = torch.rand(n, 3, height, width), torch.zeros(n)
    found: dict[str, tuple[Tensor, list[Tensor]]] = {}

    box = augment.boxes(n, height, width, [0.08, 1], [3 / 4, 4 / 3])
    cuts = [[int(edge[i]) for edge in box] for i in range(n)]
    found["resized crop"] = (
        augment.resized(x, box, 20, 24),
        [TF.resized_crop(each, *cut, [20, 24], antialias=True) for each, cut in zip(x, cuts)],
    )

    hue = torch.rand(n) - 0.5
    found["hue"] = augment.turned(x, hue), [TF.adjust_hue(each, float(h)) for each, h in zip(x, hue)]

    names, adjust = ["brightness", "contrast", "saturation"], [TF.adjust_brightness, TF.adjust_contrast, TF.adjust_saturation]
    for i, (name, function) in enumerate(zip(names, adjust)):
        order = torch.tensor([[0.0, 1, 2, 3]]).expand(n, 4)
        u = torch.rand(n)
        factors = [u if i == part else zero for part in range(3)]
        with patch("torch.rand", drawn(zero, order, *factors, zero)):
            y = augment.jittered(x, 1, {name: 0.8})
        found[name] = y, [function(each, 0.2 + 1.6 * float(f)) for each, f in zip(x, u)]

    u = torch.rand(n)
    with patch("torch.rand", drawn(zero, u)):
        y = augment.blurred(x, 1, [0.5, 2], 5)
    found["blur"] = y, [TF.gaussian_blur(each, 5, 0.5 + 1.5 * float(s)) for each, s in zip(x, u)]

    with patch("torch.rand", drawn(zero, u)):
        y = augment.rotated(x, 1, 30)
    bilinear = TF.InterpolationMode.BILINEAR
    found["rotation"] = y, [TF.rotate(each, 60 * float(a) - 30, bilinear) for each, a in zip(x, u)]

    for name, (ours, theirs) in found.items():
        error = float((ours - torch.stack(theirs)).abs().max())
        print(f"{name:12} {error:.1e}")
        # in f32; a colour's hue jumps where two of its parts are nearly the same
        assert error < 1e-4, f"{name} differs from torchvision's"


main()
