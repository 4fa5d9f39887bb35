"""conv2d: output, gradient of the input, gradient of the weights, over stride, padding, dilation, groups.

    python3 test/golden/conv.py

Activations are NHWC in the file, weights OIHW as in a torchvision checkpoint. The options of case `<name>`
are JSON in the metadata, `options.<name>`; no bias.
"""

import json

import torch
import torch.nn.functional as F

import golden

CASES = {  # x NHWC, weight OIHW (I = channels / groups), options
    "same": ([2, 7, 5, 3], [4, 3, 3, 3], {"padding": 1}),
    "stride": ([2, 9, 8, 4], [6, 4, 3, 3], {"stride": 2, "padding": 1}),
    "stem": ([1, 13, 11, 3], [5, 3, 7, 7], {"stride": 2, "padding": 3}),
    "downsample": ([2, 7, 6, 5], [4, 5, 1, 1], {"stride": 2}),
    "leftover": ([1, 8, 9, 2], [3, 2, 3, 3], {"stride": 3}),  # the last rows are read by no window
    "dilation": ([1, 9, 7, 3], [2, 3, 3, 3], {"padding": 2, "dilation": 2}),
    "groups": ([2, 7, 5, 6], [9, 2, 3, 3], {"padding": 1, "groups": 3}),
    "depthwise": ([2, 6, 7, 5], [5, 1, 3, 3], {"padding": 1, "groups": 5}),
    "everything": ([2, 11, 9, 4], [6, 2, 3, 3], {"stride": 2, "padding": 1, "dilation": 2, "groups": 2}),
    "oblong": ([1, 6, 9, 3], [4, 3, 5, 2], {"padding": 1}),
    "whole": ([3, 4, 5, 2], [7, 2, 4, 5], {}),  # output 1x1
    "padded": ([1, 2, 3, 2], [3, 2, 3, 3], {"padding": 2}),  # some windows see nothing but padding
    "wide": ([2, 9, 9, 33], [17, 33, 3, 3], {"padding": 1}),
}


def draw(seed):
    g, inputs = golden.generator(seed), {}
    for name, (x, w, options) in CASES.items():
        inputs[f"{name}.x"] = golden.normal(g, *x)
        inputs[f"{name}.w"] = golden.normal(g, *w)
        like = F.conv2d(golden.nchw(inputs[f"{name}.x"]), inputs[f"{name}.w"], **options)
        inputs[f"{name}.dy"] = golden.normal(g, *golden.nhwc(like).shape)
    return inputs


def results(inputs):
    out = {}
    for name, (_, _, options) in CASES.items():
        x = golden.nchw(inputs[f"{name}.x"]).requires_grad_()
        w = inputs[f"{name}.w"].requires_grad_()
        y = F.conv2d(x, w, **options)
        dx, dw = torch.autograd.grad(y, (x, w), golden.nchw(inputs[f"{name}.dy"]))
        out |= {f"{name}.y": golden.nhwc(y.detach()), f"{name}.dx": golden.nhwc(dx), f"{name}.dw": dw}
    return out


if __name__ == "__main__":
    options = {f"options.{name}": json.dumps(case[2]) for name, case in CASES.items()}
    golden.make(__file__, draw(seed=6), results, **options)
