"""Crops of uint8 images resized with antialiasing (core/data/resize.ts): torchvision.transforms.functional.resized_crop.

Keys: `small` [97, 131, 3] and `large` [201, 263, 3] (uint8): noise, the hardest to round alike; `<image>.<height>x<width>`
(int32): boxes of that image, (top, left, height, width) as resized_crop takes them; `y.<image>.<height>x<width>` (uint8)
[boxes, height, width, 3]. torchvision 0.14 computes them in float32 and rounds to nearest, halves to even.

Keys: `photo` [96, 120, 3] (uint8): smooth; `y.photo` [42, 42, 3] (uint8): Resize(48), CenterCrop(42), the usual evaluation.
"""

import torch
import torchvision
import torchvision.transforms.functional as T
from pathlib import Path

import golden

CASES = {
    "small": {
        (32, 32): [(0, 0, 97, 131), (1, 2, 95, 127), (33, 40, 32, 32)],  # downwards; the last not at all
        (7, 10): [(0, 0, 97, 131), (5, 7, 71, 13), (90, 0, 7, 131)],
        (45, 51): [(50, 60, 13, 17), (0, 130, 97, 1), (96, 0, 1, 131)],  # upwards; strips
        (8, 5): [(96, 130, 1, 1), (0, 0, 2, 3)],
    },
    "large": {
        (25, 33): [(0, 0, 201, 263), (100, 131, 101, 132)],  # 8 to 1
        (3, 2): [(0, 0, 201, 263)],  # 67 and 132 to 1
        (1, 1): [(0, 0, 201, 263), (3, 0, 198, 1)],
        (17, 220): [(1, 3, 199, 40)],  # one axis down, the other up
    },
}


def image(seed, height, width):
    return torch.randint(256, (height, width, 3), generator=golden.generator(seed), dtype=torch.uint8)


def photo(height, width):
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    waves = [torch.sin(x / 9 + y / 17), torch.cos(x / 13 - y / 7), torch.sin((x + y) / 23)]
    return (128 + 120 * torch.stack(waves, -1)).round().to(torch.uint8)


if __name__ == "__main__":
    tensors = {"small": image(1, 97, 131), "large": image(2, 201, 263), "photo": photo(96, 120)}
    for name, sizes in CASES.items():
        x = golden.nchw(tensors[name])
        for (h, w), boxes in sizes.items():
            y = [T.resized_crop(x, *box, [h, w], antialias=True) for box in boxes]
            tensors[f"{name}.{h}x{w}"] = torch.tensor(boxes, dtype=torch.int32)
            tensors[f"y.{name}.{h}x{w}"] = golden.nhwc(torch.stack(y))
    resized = T.resize(golden.nchw(tensors["photo"]), 48, antialias=True)
    tensors["y.photo"] = golden.nhwc(T.center_crop(resized, 42))
    versions = {"torch": torch.__version__, "torchvision": torchvision.__version__}
    golden.write(Path(__file__).with_suffix(".safetensors"), tensors, versions)
