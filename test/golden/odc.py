"""Three steps of ODC with a small network: gradients of the first, parameters, memories and each step's loss.

    python3 test/golden/odc.py

Zhan et al. 2020, section 3 (https://arxiv.org/abs/2006.10645), by torch.nn and torch.optim.SGD. What is random is fed:
images u8 [M, H, W, 3], the memories as a step finds them (`features`, `labels`, `centroids`, `weights`), and which images
a step shows (`index`, with replacement; of one that is shown twice the last counts); there is no dropout. Images are of K
kinds, and so are the features that are in memory, those of the largest cluster of two. Cluster 3 begins below LEAST, so that its
members go to others after the first step, and the largest is split for it; centroids are all updated after the second step.
`margin` is by how much the nearest centroid's product exceeds the next one's, the least of all steps.
Keys of the file: `gradient.<name>` (convolutions OHWI), `after.<name>`, `losses`, `changed`.
"""

import torch
import torch.nn.functional as F
from torch import nn

import golden
import steps
from steps import BATCH, GROUP, SGD, STEPS

SAMPLES, K, HIDDEN, DIMENSION = 30, 4, 7, 6
LEAST, EVERY, ROUNDS = 3, 2, 20
LR, DECAY, MOMENTUM = 0.05, 1e-3, 0.5


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = steps.encoder()
        layers = [nn.Linear(steps.FEATURES, HIDDEN), nn.BatchNorm1d(HIDDEN, affine=False), nn.ReLU()]
        self.projector = nn.Sequential(*layers, nn.Identity(), nn.Linear(HIDDEN, DIMENSION), nn.ReLU())
        self.head = nn.Linear(DIMENSION, K)

    def forward(self, x):
        return torch.cat([self.projector(self.encoder(group)) for group in x.split(GROUP)])


def draw(seed):
    g = golden.generator(seed)
    inputs = steps.parameters(g, Net())
    labels = torch.tensor([0] * 13 + [1] * 9 + [2] * 6 + [3] * 2)
    kinds = torch.rand(K + 1, DIMENSION, generator=g, dtype=torch.float64)
    kind = torch.where(torch.arange(SAMPLES) < 6, K, labels)  # the largest cluster is of two
    rows = (3 * kinds[kind] + torch.rand(SAMPLES, DIMENSION, generator=g, dtype=torch.float64) / 2).double()
    features = F.normalize(rows)
    inputs["features"] = features.float()
    inputs["labels"] = labels.int()
    inputs["centroids"] = means(features, labels, torch.zeros(K, DIMENSION).double(), range(K)).float()
    inputs["weights"] = weights(labels).float()
    colours = torch.randint(256, (K, 7, 7, 3), generator=g)
    noise = torch.randint(256, (SAMPLES, 7, 7, 3), generator=g)
    inputs["images"] = ((colours[labels] + noise) // 2).to(torch.uint8)
    inputs["index"] = torch.randint(0, 28, (STEPS, BATCH), generator=g).int()  # cluster 3 is not shown
    inputs["index"][1, 5] = inputs["index"][1, 2]
    return inputs


def counts(labels):
    return torch.bincount(labels, minlength=K)


def weights(labels):
    w = (counts(labels).double() + 1e-5) ** -0.5
    return w / w.sum()


def means(features, labels, centroids, which):
    out = centroids.clone()
    for c in which:
        if (labels == c).any():
            out[c] = features[labels == c].mean(0)
    return out


def halves(rows):
    """Which rows are not with the first in one of two clusters: Lloyd's algorithm from two rows that are far apart."""
    a = rows[((rows - rows.mean(0)) ** 2).sum(1).argmax()]
    b = rows[((rows - a) ** 2).sum(1).argmax()]
    for _ in range(ROUNDS):
        second = ((rows - b) ** 2).sum(1) < ((rows - a) ** 2).sum(1)
        a, b = rows[~second].mean(0), rows[second].mean(0)
    second = second ^ second[0]
    assert LEAST <= second.sum() <= len(rows) - LEAST
    return second


def results(inputs):
    net = steps.load(Net(), inputs)
    groups = [{"params": [*net.encoder.parameters(), *net.projector.parameters()]}]
    groups.append({"params": [*net.head.parameters()], "momentum": 0})
    sgd = torch.optim.SGD(groups, **SGD | {"lr": LR}, weight_decay=DECAY)
    features, centroids, w = inputs["features"].clone(), inputs["centroids"].clone(), inputs["weights"].clone()
    labels = inputs["labels"].long()
    losses, changed, margins, out = [], [], [], {}
    for step, index in enumerate(inputs["index"].long(), start=1):
        h = net(golden.nchw(inputs["images"][index]) / 255)
        value = F.cross_entropy(net.head(h), labels[index], weight=w)
        sgd.zero_grad()
        value.backward()
        if not losses:
            for name, p in net.named_parameters():
                if name != "projector.0.bias":  # which normalisation makes idle
                    out[f"gradient.{name}"] = golden.nhwc(p.grad) if p.dim() == 4 else p.grad.clone()
        sgd.step()
        losses.append(value.detach())
        with torch.no_grad():
            rows = F.normalize(MOMENTUM * features[index] + (1 - MOMENTUM) * F.normalize(h))
            scores = rows @ centroids.T
            best = scores.topk(2).values
            margins.append((best[:, 0] - best[:, 1]).min())
            changed.append((scores.argmax(1) != labels[index]).double().mean())
            for n, row, label in zip(index, rows, scores.argmax(1)):  # the last of one image counts
                features[n], labels[n] = row, label
        if step % EVERY == 0:
            centroids = means(features, labels, centroids, range(K))
        small = [c for c in range(K) if counts(labels)[c] < LEAST]
        normal = [c for c in range(K) if c not in small]
        for n in sum(labels == c for c in small).nonzero()[:, 0] if small else []:
            labels[n] = normal[(centroids[normal] @ features[n]).argmax()]
        for empty in small:
            largest = counts(labels).argmax()
            members = (labels == largest).nonzero()[:, 0]
            labels[members[halves(features[members])]] = empty
            centroids = means(features, labels, centroids, [largest, empty])
        out["dissolved"] = out.get("dissolved", torch.zeros(())) + len(small)
        w = weights(labels).to(w.dtype)
    out |= {f"after.{name}": p.detach() for name, p in net.named_parameters()}
    out |= {"after.features": features, "after.centroids": centroids, "after.weights": w}
    out |= {"after.labels": labels.double(), "margin": torch.stack(margins).min()}
    return out | {"losses": torch.stack(losses), "changed": torch.stack(changed)}


if __name__ == "__main__":
    own = {"momentum": MOMENTUM, "least": LEAST, "every": EVERY, "clusters": K, "hidden": HIDDEN}
    golden.make(__file__, draw(seed=9), results, **steps.settings(rate=LR, decay=DECAY, headMomentum=0, **own))
