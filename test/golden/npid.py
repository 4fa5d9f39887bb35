"""Three steps of NPID with a small network: gradients of the first, parameters, bank and each step's loss.

    python3 test/golden/npid.py

Wu et al. 2018, section 3 (https://arxiv.org/abs/1805.01978), by torch.nn and torch.optim.SGD, with the softmax over
negatives in place of the paper's loss, and with the paper's. What is random is fed: images u8 [M, H, W, 3] with more
of them than rows are drawn of the bank at once, and for each step which of them (`index`) and a key for each, by which
negatives are drawn as core/ops/randomIndices.ts says, here by Threefry as its authors' paper has it.
Keys of the file: `<case>.gradient.<name>` (convolutions OHWI), `<case>.after.<name>`, names as nn.Sequential gives them.
"""

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

import golden
import steps
from steps import BATCH, GROUP, STEPS

SAMPLES, NEGATIVES, DIMENSION = 11, 13, 6
LR, DECAY = 0.05, 1e-3
TEMPERATURE, MOMENTUM = 0.2, 0.5
CASES = {"softmax": ("softmax", False), "ensureNeg": ("softmax", True), "nce": ("nce", False)}


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = steps.encoder()
        self.projector = nn.Linear(steps.FEATURES, DIMENSION)

    def forward(self, x):
        return F.normalize(torch.cat([self.projector(self.encoder(group)) for group in x.split(GROUP)]))


def draw(seed):
    g = golden.generator(seed)
    inputs = steps.parameters(g, Net())
    inputs["bank"] = F.normalize(golden.normal(g, SAMPLES, DIMENSION).double()).float()
    inputs["images"] = torch.randint(256, (SAMPLES, 7, 7, 3), generator=g, dtype=torch.uint8)
    inputs["index"] = torch.stack([torch.randperm(SAMPLES, generator=g)[:BATCH] for _ in range(STEPS)]).int()
    inputs["keys"] = torch.randint(-(2**31), 2**31, (STEPS, BATCH, 2), generator=g).int()  # of u32, the bits
    return inputs


def threefry(k0, k1, c0, c1):
    """Threefry-2x32 with 20 rounds. Salmon et al. 2011, section 4. https://doi.org/10.1145/2063384.2063405"""
    mask = 0xFFFFFFFF
    rotations = [13, 15, 26, 6, 17, 29, 16, 24]
    keys = [k0, k1, 0x1BD11BDA ^ k0 ^ k1]
    x, y = (c0 + k0) & mask, (c1 + k1) & mask
    for i in range(20):
        x = (x + y) & mask
        y = ((y << rotations[i % 8] | y >> (32 - rotations[i % 8])) & mask) ^ x
        if i % 4 == 3:
            s = i // 4 + 1
            x, y = (x + keys[s % 3]) & mask, (y + keys[(s + 1) % 3] + s) & mask
    return x, y


def negatives(keys, index, bar):
    drawn = np.zeros((BATCH, NEGATIVES), dtype=np.int64)
    for n in range(BATCH):
        k0, k1 = (int(key) & 0xFFFFFFFF for key in keys[n])
        for k in range(NEGATIVES):
            i = threefry(k0, k1, k // 2, 0)[k % 2] % (SAMPLES - bar)
            drawn[n, k] = i + 1 if bar and i >= int(index[n]) else i
    return torch.from_numpy(drawn)


def run(inputs, loss, ensure):
    net = steps.load(Net(), inputs)
    bank, Z, seen = inputs["bank"].clone(), [], []

    def loss_of(step):
        index = inputs["index"][step].long()
        v = net(golden.nchw(inputs["images"][index]) / 255)
        seen[:] = index, v.detach()
        drawn = bank[negatives(inputs["keys"][step], index, ensure)]  # [N, K, D]
        positive = (v * bank[index]).sum(1) / TEMPERATURE
        negative = torch.einsum("nd,nkd->nk", v, drawn) / TEMPERATURE
        if loss == "softmax":
            logits = torch.cat([positive[:, None], negative], 1)
            return F.cross_entropy(logits, torch.zeros(BATCH, dtype=torch.long))
        if not Z:
            Z.append(negative.detach().exp().mean() * SAMPLES)
        noise = NEGATIVES / SAMPLES
        P, Q = positive.exp() / Z[0], negative.exp() / Z[0]
        return -(torch.log(P / (P + noise)) + torch.log(noise / (Q + noise)).sum(1)).mean()

    def after(step):
        index, v = seen
        bank[index] = F.normalize(MOMENTUM * bank[index] + (1 - MOMENTUM) * v)

    out = steps.take(net, loss_of, after, rate=LR, decay=DECAY)
    return out | {"after.bank": bank} | {"after.logZ": z.log()[None] for z in Z}


def results(inputs):
    return {f"{case}.{k}": v for case, how in CASES.items() for k, v in run(inputs, *how).items()}


if __name__ == "__main__":
    own = {"temperature": TEMPERATURE, "momentum": MOMENTUM, "negatives": NEGATIVES}
    golden.make(__file__, draw(seed=8), results, **steps.settings(rate=LR, decay=DECAY, **own))
