"""Two clusterings by DeepCluster and three steps between them, with a small network.

    python3 test/golden/deepcluster.py

Caron et al. 2018, sections 3.2 and 3.3 (https://arxiv.org/abs/1807.05520), by torch.nn, torch.optim.SGD and Lloyd's
algorithm written out. All that is random is fed: images u8 [M, H, W, 3] in K kinds, the rows at which centroids start
(`starts` [2, K]), the classifier as it begins anew, and which images a step shows (`index`). Features are the encoder's in
eval mode, whitened along COMPONENTS principal components, of unit length. Weight decay is for all, momentum for all but
the head. `loss` and `first.<name>`, gradient plus decay, are of the first step; `losses` and `after.<name>` of all
three, running statistics included. `labels.<i>` are those of clustering i, `margins.<i>` by how much the second centroid
is farther in squared distance: a label whose margin is below the error may differ.
"""

import torch
import torch.nn.functional as F
from torch import nn

import golden
import steps
from steps import BATCH, SGD, STEPS

COUNT, K, COMPONENTS, ROUNDS = 40, 4, 3, 20
DECAY = 1e-3


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = steps.encoder()
        self.head = nn.Linear(steps.FEATURES, K)


def draw(seed):
    g = golden.generator(seed)
    inputs = steps.parameters(g, Net())
    inputs["param.head.weight"] = golden.normal(g, K, steps.FEATURES) / 100
    inputs["param.head.bias"] = torch.zeros(K)
    kinds = torch.randint(256, (K, 7, 7, 3), generator=g)
    noise = torch.randint(-60, 61, (COUNT, 7, 7, 3), generator=g)
    inputs["images"] = (kinds.repeat(COUNT // K, 1, 1, 1) + noise).clamp(0, 255).to(torch.uint8)
    inputs["starts"] = torch.stack([torch.randperm(COUNT, generator=g)[:K] for _ in range(2)]).int()
    inputs["index"] = torch.stack([torch.randperm(COUNT, generator=g)[:BATCH] for _ in range(STEPS)]).int()
    return inputs


@torch.no_grad()
def cluster(net, x, start):
    h = net.encoder.eval()(x)
    net.encoder.train()
    h = h - h.mean(0)
    values, vectors = torch.linalg.eigh(h.T @ h / (COUNT - 1))
    z = F.normalize(h @ vectors[:, -COMPONENTS:] * values[-COMPONENTS:] ** -0.5)
    centroids = z[start.long()]
    for _ in range(ROUNDS):
        labels = torch.cdist(z, centroids).argmin(1)
        assert len(labels.unique()) == K
        centroids = torch.stack([z[labels == c].mean(0) for c in range(K)])
    nearest = torch.cdist(z, centroids).pow(2).sort(1)
    return nearest.indices[:, 0].int(), nearest.values[:, 1] - nearest.values[:, 0]


def results(inputs):
    net = steps.load(Net(), inputs)
    x = golden.nchw(inputs["images"]) / 255
    groups = [{"params": net.encoder.parameters()}, {"params": net.head.parameters(), "momentum": 0}]
    sgd = torch.optim.SGD(groups, **SGD, weight_decay=DECAY)
    labels, margins = cluster(net, x, inputs["starts"][0])
    out, losses = {"labels.0": labels, "margins.0": margins}, []
    for index in inputs["index"].long():
        loss = F.cross_entropy(net.head(net.encoder(x[index])), labels[index].long())
        sgd.zero_grad()
        loss.backward()
        if not losses:
            out |= {f"first.{name}": p.grad + DECAY * p.detach() for name, p in net.named_parameters()}
        sgd.step()
        losses.append(loss.detach())
    out["labels.1"], out["margins.1"] = cluster(net, x, inputs["starts"][1])
    out["losses"] = torch.stack(losses)
    after = {name: value for name, value in net.state_dict().items() if not name.endswith("num_batches_tracked")}
    return out | {f"after.{name}": value.detach() for name, value in after.items()}


if __name__ == "__main__":
    golden.make(__file__, draw(seed=8), results, rate=str(SGD["lr"]), decay=str(DECAY), momentum=str(SGD["momentum"]))
