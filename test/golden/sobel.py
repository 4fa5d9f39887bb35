"""Sobel filters of the mean over channels, by torch.nn.functional.conv2d.

    python3 test/golden/sobel.py

`x` [2, 9, 7, 3] (NHWC) -> `y` [2, 9, 7, 2]: across, then down; zeros beyond the border.
"""

import torch
import torch.nn.functional as F

import golden

ACROSS = [[1, 0, -1], [2, 0, -2], [1, 0, -1]]
DOWN = [[1, 2, 1], [0, 0, 0], [-1, -2, -1]]


def draw(seed):
    return {"x": golden.normal(golden.generator(seed), 2, 9, 7, 3)}


def results(inputs):
    gray = golden.nchw(inputs["x"]).mean(1, keepdim=True)
    filters = torch.tensor([[ACROSS], [DOWN]], dtype=gray.dtype)
    return {"y": golden.nhwc(F.conv2d(gray, filters, padding=1))}


if __name__ == "__main__":
    golden.make(__file__, draw(seed=12), results)
