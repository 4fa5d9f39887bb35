"""Three steps of BYOL with a small network: parameters, the target's, the first gradients, and each step's loss.

    python3 test/golden/byol.py

Grill et al. 2020, sections 3.1 and 3.3 and algorithm 1 (https://arxiv.org/abs/2006.07733), by torch.nn and torch.optim.SGD. The
loss is the sum over both directions of the squared distance between normalised prediction and projection; tau rises
from MOMENTUM to 1 along a cosine. Images u8 [M, H, W, 3] and which of them each step shows (`index`) are fed; view 1 is
the image over 255, view 2 the same mirrored. GROUP rows share batch statistics.
Keys of the file: `after.<name>`, `after.target.<name>`, `losses`, and `gradient.<name>` of the first step.
"""

import copy
import math

import torch
import torch.nn.functional as F
from torch import nn

import golden
import steps

HIDDEN, DIMENSION, MOMENTUM = 12, 6, 0.9


def mlp(inputs):
    first, last = nn.Linear(inputs, HIDDEN, bias=False), nn.Linear(HIDDEN, DIMENSION, bias=False)
    return nn.Sequential(first, nn.BatchNorm1d(HIDDEN), nn.ReLU(), last)


def build():
    projecting = {"encoder": steps.encoder(), "projector": mlp(steps.FEATURES)}
    return nn.ModuleDict(projecting | {"predictor": mlp(DIMENSION)})


def through(net, x, *names):
    out = []
    for group in x.split(steps.GROUP):
        for name in names:
            group = net[name](group)
        out.append(group)
    return F.normalize(torch.cat(out))


def draw(seed):
    g = golden.generator(seed)
    inputs = steps.parameters(g, build())
    inputs["images"], inputs["index"] = steps.images(g, 30, 7)
    return inputs


def results(inputs):
    net = steps.load(build(), inputs)
    target = nn.ModuleDict({name: copy.deepcopy(net[name]) for name in ("encoder", "projector")})

    def loss_of(step):
        views = steps.two_views(inputs, step)
        loss = 0
        for here, there in (views, views[::-1]):
            q = through(net, here, "encoder", "projector", "predictor")
            with torch.no_grad():
                z = through(target, there, "encoder", "projector")
            loss = loss + (q - z).square().sum(1).mean()
        return loss

    def after(step):
        tau = 1 - (1 - MOMENTUM) * (math.cos(math.pi * step / steps.STEPS) + 1) / 2
        steps.follow(target, net, tau)  # predictors come last, where zip ends

    return steps.take(net, loss_of, after) | steps.targets(target)


if __name__ == "__main__":
    settings = steps.settings(momentum=MOMENTUM, hidden=HIDDEN, outputs=DIMENSION)
    golden.make(__file__, draw(seed=8), results, **settings)
