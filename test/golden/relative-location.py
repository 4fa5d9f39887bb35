"""Three steps of relative location with a small network: parameters, the first gradients, and each step's loss.

    python3 test/golden/relative-location.py

Doersch et al. 2015 (https://arxiv.org/abs/1505.05192) with OpenSelfSup's neck, by torch.nn and torch.optim.SGD. All that
is random is fed: images u8 [M, H, W, 3] of 3 x 3 cells, for each step which of them (`index`), where each of an image's
nine patches lies in its cell (`places` [steps, batch, 9, 2]: top, left), and keys of dropout (`keys` [steps, batch, 2]). A
number e of the hidden layer is kept for neighbour j of an image where word e mod 2 of the Threefry block of the image's
key with counter (floor(e / 2), j), cut to 24 bits, is at least P 2^24 (Salmon et al. 2011, Threefry-2x32 of 20 rounds).
GROUP images share batch statistics, of all their patches and of all their pairs.
Keys of the file: `after.<name>`, `losses`, and `gradient.<name>` of the first step.
"""

import torch
import torch.nn.functional as F
from torch import nn

import golden
import steps

CELL, PATCH, HIDDEN, P = 9, 6, 10, 0.5
NEIGHBOURS = [0, 1, 2, 3, 5, 6, 7, 8]
ROTATIONS = [13, 15, 26, 6, 17, 29, 16, 24]


def build():
    neck = nn.Sequential(nn.Linear(2 * steps.FEATURES, HIDDEN, bias=False), nn.BatchNorm1d(HIDDEN), nn.ReLU())
    head = nn.Sequential(nn.Identity(), nn.Linear(HIDDEN, len(NEIGHBOURS)))  # dropout is fed
    return nn.ModuleDict({"encoder": steps.encoder(), "neck": neck, "head": head})


def draw(seed):
    g = golden.generator(seed)
    inputs = steps.parameters(g, build())
    inputs["images"], inputs["index"] = steps.images(g, 12, 3 * CELL)
    rows = (steps.STEPS, steps.BATCH)
    inputs["places"] = torch.randint(CELL - PATCH + 1, (*rows, 9, 2), generator=g).int()
    inputs["keys"] = torch.randint(2**31, (*rows, 2), generator=g).int()
    return inputs


def threefry(key, counter):
    mask = 2**32 - 1
    keys = [*key, 0x1BD11BDA ^ key[0] ^ key[1]]
    x, y = [(c + k) & mask for c, k in zip(counter, key)]
    for i in range(20):
        x = (x + y) & mask
        turn = ROTATIONS[i % 8]
        y = (y << turn | y >> (32 - turn)) & mask ^ x
        if i % 4 == 3:
            n = i // 4 + 1
            x, y = (x + keys[n % 3]) & mask, (y + keys[(n + 1) % 3] + n) & mask
    return x, y


def kept(key, neighbour):
    words = [threefry(key, (e // 2, neighbour))[e % 2] >> 8 for e in range(HIDDEN)]
    return torch.tensor([word >= P * 2**24 for word in words])


def patches_of(image, places):
    for c, (top, left) in enumerate(places.tolist()):
        i, j = c // 3 * CELL + top, c % 3 * CELL + left
        yield image[:, i : i + PATCH, j : j + PATCH]


def results(inputs):
    net = steps.load(build(), inputs)

    def loss_of(step):
        index, places, keys = (inputs[name][step] for name in ("index", "places", "keys"))
        images = golden.nchw(inputs["images"][index.long()]) / 255
        losses = []
        for group in torch.arange(steps.BATCH).split(steps.GROUP):
            patches = [patch for n in group for patch in patches_of(images[n], places[n])]
            h = net["encoder"](torch.stack(patches)).reshape(len(group), 9, -1)
            y = net["neck"](torch.stack([torch.cat([each[4], each[c]]) for each in h for c in NEIGHBOURS]))
            for row, pair in enumerate(y):
                n, j = group[row // 8], row % 8
                logits = net["head"](kept(keys[n].tolist(), j) * pair / (1 - P))
                losses.append(F.cross_entropy(logits, torch.tensor(j)))
        return torch.stack(losses).mean()

    return steps.take(net, loss_of)


if __name__ == "__main__":
    settings = steps.settings(dropout=P, patch=PATCH, hidden=HIDDEN)
    golden.make(__file__, draw(seed=9), results, **settings)
