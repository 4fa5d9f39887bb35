"""Three steps of MoCo v2 with a small network: parameters, the target's, the queue and each step's loss.

    python3 test/golden/moco.py

He et al. 2020, algorithm 1 (https://arxiv.org/abs/1911.05722) with v2's projector, by torch.nn and torch.optim.SGD. All
that is random is fed: images u8 [M, H, W, 3], and for each step which of them (`index`) and the permutation in which
keys are computed (`order`). View 1 is the image over 255, view 2 the same mirrored. GROUP rows share batch statistics.
Keys of the file: `<case>.after.<name>` and `<case>.after.target.<name>`, names as nn.Sequential gives them; the two
cases are one-way and symmetric losses.
"""

import copy

import torch
import torch.nn.functional as F
from torch import nn

import golden
import steps

QUEUE, DIMENSION = 20, 6  # the queue is written across its end
DECAY, TEMPERATURE, MOMENTUM = 1e-3, 0.2, 0.9
CASES = {"oneway": False, "symmetric": True}


class Net(nn.Module):
    def __init__(self, projector):
        super().__init__()
        self.encoder = steps.encoder()
        self.projector = projector

    def forward(self, x):
        groups = x.split(steps.GROUP)
        return F.normalize(torch.cat([self.projector(self.encoder(group)) for group in groups]))


def draw(seed, projector):
    g = golden.generator(seed)
    inputs = steps.parameters(g, Net(projector))
    inputs["queue"] = F.normalize(golden.normal(g, QUEUE, DIMENSION).double()).float()
    inputs["images"] = torch.randint(256, (30, 7, 7, 3), generator=g, dtype=torch.uint8)
    rows = range(steps.STEPS)
    inputs["index"] = torch.stack([torch.randperm(30, generator=g)[: steps.BATCH] for _ in rows]).int()
    inputs["order"] = torch.stack([torch.randperm(steps.BATCH, generator=g) for _ in rows]).int()
    return inputs


def info_nce(q, k, queue):
    logits = torch.cat([(q * k).sum(1, keepdim=True), q @ queue.T], 1) / TEMPERATURE
    return F.cross_entropy(logits, torch.zeros(len(q), dtype=torch.long))


def run(inputs, projector, symmetric=False, decay=0):
    online = steps.load(Net(projector), inputs)
    target = copy.deepcopy(online)
    queue, pushed = inputs["queue"].clone(), []

    def loss_of(step):
        x1, x2 = steps.two_views(inputs, step)
        order = inputs["order"][step].long()

        @torch.no_grad()
        def key(x):
            return target(x[order])[order.argsort()]

        k2 = key(x2)
        loss, keys = info_nce(online(x1), k2, queue.clone()), [k2]
        if symmetric:
            k1 = key(x1)
            loss, keys = (loss + info_nce(online(x2), k1, queue.clone())) / 2, [k2, k1]
        pushed.append(torch.cat(keys))
        return loss

    def after(step):
        steps.follow(target, online, MOMENTUM)
        keys = pushed[-1]
        queue[(step * len(keys) + torch.arange(len(keys))) % QUEUE] = keys

    out = steps.take(online, loss_of, after, decay=decay)
    return out | steps.targets(target) | {"after.queue": queue}


def head():
    return nn.Sequential(nn.Linear(steps.FEATURES, 8), nn.ReLU(), nn.Linear(8, DIMENSION))


def results(inputs):
    return {
        f"{case}.{k}": v
        for case, symmetric in CASES.items()
        for k, v in run(inputs, head(), symmetric, DECAY).items()
        if not k.startswith("gradient.")
    }


if __name__ == "__main__":
    settings = steps.settings(decay=DECAY, temperature=TEMPERATURE, momentum=MOMENTUM)
    golden.make(__file__, draw(6, head()), results, **settings)
