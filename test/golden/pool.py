"""max_pool2d, avg_pool2d and global average pooling, forward and backward.

    python3 test/golden/pool.py

Activations are NHWC. The options of case `<name>` are JSON in the metadata, `options.<name>`. `maxTies` holds
small integers: of equal values, PyTorch gives the gradient to the first, row by row.
"""

import json

import torch
import torch.nn.functional as F

import golden

CASES = {  # x NHWC, options
    "max": ([2, 7, 9, 5], {"kernel": 3, "stride": 2, "padding": 1}),
    "maxEven": ([1, 8, 6, 3], {"kernel": 3, "stride": 2, "padding": 1}),
    "maxHalf": ([2, 7, 6, 4], {"kernel": 2, "stride": 2, "padding": 0}),
    "maxDense": ([1, 5, 6, 3], {"kernel": 3, "stride": 1, "padding": 1}),
    "maxTies": ([2, 7, 9, 5], {"kernel": 3, "stride": 2, "padding": 1}),
    "maxNegative": ([1, 5, 5, 2], {"kernel": 3, "stride": 2, "padding": 1}),  # padding is -inf, not 0
    "avgHalf": ([2, 7, 6, 4], {"kernel": 2, "stride": 2, "padding": 0}),
    "avgPadded": ([2, 7, 9, 5], {"kernel": 3, "stride": 2, "padding": 1, "countIncludePad": True}),
    "avgInside": ([2, 7, 9, 5], {"kernel": 3, "stride": 2, "padding": 1, "countIncludePad": False}),
    "avgGlobal": ([3, 5, 7, 6], {}),  # y [N, C]
}


def pool(name, x):
    if name == "avgGlobal":
        return x.mean((2, 3))
    options = dict(CASES[name][1])
    size = options.pop("kernel"), options.pop("stride"), options.pop("padding")
    if name.startswith("max"):
        return golden.nhwc(F.max_pool2d(x, *size))
    return golden.nhwc(F.avg_pool2d(x, *size, count_include_pad=options.get("countIncludePad", True)))


def draw(seed):
    g, inputs = golden.generator(seed), {}
    for name, (shape, _) in CASES.items():
        x = golden.normal(g, *shape)
        x = {"maxTies": x.round(), "maxNegative": -x.abs()}.get(name, x)
        inputs[f"{name}.x"] = x
        inputs[f"{name}.dy"] = golden.normal(g, *pool(name, golden.nchw(x)).shape)
    return inputs


def results(inputs):
    out = {}
    for name in CASES:
        x = inputs[f"{name}.x"].requires_grad_()
        y = pool(name, golden.nchw(x))
        out[f"{name}.y"] = y.detach()
        (out[f"{name}.dx"],) = torch.autograd.grad(y, x, inputs[f"{name}.dy"])
    return out


if __name__ == "__main__":
    options = {f"options.{name}": json.dumps(case[1]) for name, case in CASES.items()}
    golden.make(__file__, draw(seed=7), results, **options)
