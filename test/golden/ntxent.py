"""NT-Xent, softmax cross entropy, its mean weighted by class, and L2 normalisation, with gradients.

    python3 test/golden/ntxent.py

NT-Xent is Chen et al. 2020, eq. 1 (https://arxiv.org/abs/2002.05709), written out: the whole similarity
matrix, -inf on the diagonal, cross entropy against the partner, mean over all 2N. The embeddings are given
un-normalised and gradients are with respect to those.
"""

import torch
import torch.nn.functional as F

import golden

NTXENT = {"4x8": 0.5, "37x24": 0.1, "128x128": 0.5}  # N x D: temperature


def nt_xent(z1, z2, temperature):
    N = len(z1)
    z = F.normalize(torch.cat([z1, z2]))
    similarity = (z @ z.T / temperature).fill_diagonal_(float("-inf"))
    partner = torch.cat([torch.arange(N, 2 * N), torch.arange(N)])
    return F.cross_entropy(similarity, partner)


def draw(seed):
    g, inputs = golden.generator(seed), {}
    for size, temperature in NTXENT.items():
        shape = [int(n) for n in size.split("x")]
        common = golden.normal(g, *shape)  # two views of one image resemble each other
        inputs[f"ntxent.{size}.z1"] = common + golden.normal(g, *shape)
        inputs[f"ntxent.{size}.z2"] = common + golden.normal(g, *shape)
        inputs[f"ntxent.{size}.temperature"] = torch.tensor(temperature)
    logits = 3 * golden.normal(g, 37, 10)
    logits[5] += 1000  # overflows unless the maximum is subtracted
    logits[6] -= 1000
    inputs["crossEntropy.logits"] = logits
    inputs["crossEntropy.labels"] = torch.randint(10, (37,), generator=g, dtype=torch.int32)
    inputs["normalize.x"] = golden.normal(g, 37, 24) * golden.uniform(g, 0.1, 10, 37, 1)
    inputs["normalize.dy"] = golden.normal(g, 37, 24)
    inputs["crossEntropy.weights"] = golden.uniform(g, 0.1, 2, 10)
    return inputs


def results(inputs):
    out = {}
    for size in NTXENT:
        at = f"ntxent.{size}"
        z1, z2 = (inputs[f"{at}.{z}"].requires_grad_() for z in ("z1", "z2"))
        loss = nt_xent(z1, z2, inputs[f"{at}.temperature"])
        out[f"{at}.dz1"], out[f"{at}.dz2"] = torch.autograd.grad(loss, (z1, z2))
        out[f"{at}.loss"] = loss.detach()

    logits = inputs["crossEntropy.logits"].requires_grad_()
    losses = F.cross_entropy(logits, inputs["crossEntropy.labels"].long(), reduction="none")
    out["crossEntropy.losses"] = losses.detach()
    (out["crossEntropy.dlogits"],) = torch.autograd.grad(losses.mean(), logits)

    weighted = F.cross_entropy(logits, inputs["crossEntropy.labels"].long(), weight=inputs["crossEntropy.weights"])
    out["crossEntropy.weighted"] = weighted.detach()
    (out["crossEntropy.dweighted"],) = torch.autograd.grad(weighted, logits)

    x = inputs["normalize.x"].requires_grad_()
    y = F.normalize(x)
    out["normalize.y"] = y.detach()
    (out["normalize.dx"],) = torch.autograd.grad(y, x, inputs["normalize.dy"])
    return out


if __name__ == "__main__":
    golden.make(__file__, draw(seed=2), results)
