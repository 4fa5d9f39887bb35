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

STEPS, BATCH, GROUP, QUEUE, DIMENSION = 3, 8, 4, 20, 6  # the queue is written across its end
LR, DECAY, SGD_MOMENTUM = 0.1, 1e-3, 0.9
TEMPERATURE, MOMENTUM = 0.2, 0.9
CASES = {"oneway": False, "symmetric": True}


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(3, 4, 3, padding=1, bias=False),
            nn.BatchNorm2d(4),
            nn.ReLU(),
            nn.Conv2d(4, 8, 3, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(8),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
        )
        self.projector = nn.Sequential(nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, DIMENSION))

    def forward(self, x):
        return F.normalize(torch.cat([self.projector(self.encoder(group)) for group in x.split(GROUP)]))


def draw(seed):
    g = golden.generator(seed)
    inputs = {f"param.{name}": golden.normal(g, *p.shape) for name, p in Net().named_parameters()}
    for name in list(inputs):
        if name.endswith((".1.weight", ".4.weight")):
            inputs[name] = 1 + inputs[name] / 4  # of batch normalisation
    inputs["queue"] = F.normalize(golden.normal(g, QUEUE, DIMENSION).double()).float()
    inputs["images"] = torch.randint(256, (30, 7, 7, 3), generator=g, dtype=torch.uint8)
    inputs["index"] = torch.stack([torch.randperm(30, generator=g)[:BATCH] for _ in range(STEPS)]).int()
    inputs["order"] = torch.stack([torch.randperm(BATCH, generator=g) for _ in range(STEPS)]).int()
    return inputs


def info_nce(q, k, queue):
    logits = torch.cat([(q * k).sum(1, keepdim=True), q @ queue.T], 1) / TEMPERATURE
    return F.cross_entropy(logits, torch.zeros(len(q), dtype=torch.long))


def run(inputs, symmetric):
    online = Net().to(inputs["queue"].dtype)
    own = {name[len("param.") :]: x for name, x in inputs.items() if name.startswith("param.")}
    online.load_state_dict(own, strict=False)  # all but running statistics, which nobody reads
    target = copy.deepcopy(online)
    sgd = torch.optim.SGD(online.parameters(), lr=LR, momentum=SGD_MOMENTUM, weight_decay=DECAY)
    queue, position, losses = inputs["queue"].clone(), 0, []
    for index, order in zip(inputs["index"].long(), inputs["order"].long()):
        x1 = golden.nchw(inputs["images"][index]) / 255
        x2 = x1.flip(-1)

        @torch.no_grad()
        def key(x):
            return target(x[order])[order.argsort()]

        k2 = key(x2)
        loss, keys = info_nce(online(x1), k2, queue), k2
        if symmetric:
            k1 = key(x1)
            loss, keys = (loss + info_nce(online(x2), k1, queue)) / 2, torch.cat([k2, k1])
        sgd.zero_grad()
        loss.backward()
        sgd.step()
        with torch.no_grad():
            for slow, fast in zip(target.parameters(), online.parameters()):
                slow.mul_(MOMENTUM).add_(fast, alpha=1 - MOMENTUM)
        queue[(position + torch.arange(len(keys))) % QUEUE] = keys
        position += len(keys)
        losses.append(loss.detach())
    out = {"after.queue": queue, "losses": torch.stack(losses)}
    out |= {f"after.{name}": p.detach() for name, p in online.named_parameters()}
    return out | {f"after.target.{name}": p.detach() for name, p in target.named_parameters()}


def results(inputs):
    return {f"{case}.{k}": v for case, symmetric in CASES.items() for k, v in run(inputs, symmetric).items()}


if __name__ == "__main__":
    settings = {"rate": LR, "decay": DECAY, "sgdMomentum": SGD_MOMENTUM, "group": GROUP}
    settings |= {"temperature": TEMPERATURE, "momentum": MOMENTUM}
    golden.make(__file__, draw(seed=6), results, **{name: str(value) for name, value in settings.items()})
