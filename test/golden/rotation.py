"""Three steps of rotation prediction with a small network: parameters, the first gradients, and each step's loss.

    python3 test/golden/rotation.py

Gidaris et al. 2018, section 2 (https://arxiv.org/abs/1803.07728), by torch.nn and torch.optim.SGD. Images u8 [M, H, W, 3] and
which of them each step shows (`index`) are fed. A batch has each image over 255, turned by 0, 90, 180 and 270 degrees
counter-clockwise, one after another; labels count the quarter turns. The pictures of steps.GROUP images share batch statistics.
Keys of the file: `after.<name>`, `losses`, and `gradient.<name>` of the first step.
"""

import torch
import torch.nn.functional as F
from torch import nn

import golden
import steps

TURNS = 4


def build():
    return nn.ModuleDict({"encoder": steps.encoder(), "head": nn.Linear(steps.FEATURES, TURNS)})


def draw(seed):
    g = golden.generator(seed)
    inputs = steps.parameters(g, build())
    inputs["images"], inputs["index"] = steps.images(g, 30, 7)
    return inputs


def results(inputs):
    net = steps.load(build(), inputs)
    labels = torch.arange(TURNS).repeat(steps.BATCH)

    def loss_of(step):
        images = golden.nchw(inputs["images"][inputs["index"][step].long()]) / 255
        pictures = torch.stack([x.rot90(turns, (1, 2)) for x in images for turns in range(TURNS)])
        features = torch.cat([net["encoder"](group) for group in pictures.split(TURNS * steps.GROUP)])
        return F.cross_entropy(net["head"](features), labels)

    return steps.take(net, loss_of)


if __name__ == "__main__":
    golden.make(__file__, draw(seed=12), results, **steps.settings())
