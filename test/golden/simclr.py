"""Three steps of SimCLR with a small network: parameters, the first gradients, and each step's loss.

    python3 test/golden/simclr.py

Chen et al. 2020, algorithm 1 (https://arxiv.org/abs/2002.05709), by torch.nn and torch.optim.SGD; NT-Xent is ntxent.py's. The
projector is that of section 4.2 with batch normalisation behind both of its layers, as the authors' code has it. Images u8
[M, H, W, 3] and which of them each step shows (`index`) are fed; view 1 is the image over 255, view 2 the same mirrored.
GROUP images share batch statistics, with both views.
Keys of the file: `after.<name>`, `losses`, and `gradient.<name>` of the first step.
"""

import torch
from torch import nn

import golden
import steps
from ntxent import nt_xent

HIDDEN, DIMENSION, TEMPERATURE = 12, 6, 0.5


def build():
    first, last = nn.Linear(steps.FEATURES, HIDDEN, bias=False), nn.Linear(HIDDEN, DIMENSION, bias=False)
    projector = nn.Sequential(first, nn.BatchNorm1d(HIDDEN), nn.ReLU(), last, nn.BatchNorm1d(DIMENSION))
    return nn.ModuleDict({"encoder": steps.encoder(), "projector": projector})


def draw(seed):
    g = golden.generator(seed)
    inputs = steps.parameters(g, build())
    inputs["images"], inputs["index"] = steps.images(g, 30, 7)
    return inputs


def results(inputs):
    net = steps.load(build(), inputs)

    def loss_of(step):
        pairs = zip(*(view.split(steps.GROUP) for view in steps.two_views(inputs, step)))
        groups = [net["projector"](net["encoder"](torch.cat(pair))).chunk(2) for pair in pairs]
        return nt_xent(*map(torch.cat, zip(*groups)), TEMPERATURE)

    return steps.take(net, loss_of)


if __name__ == "__main__":
    settings = steps.settings(temperature=TEMPERATURE, hidden=HIDDEN, outputs=DIMENSION)
    golden.make(__file__, draw(seed=10), results, **settings)
