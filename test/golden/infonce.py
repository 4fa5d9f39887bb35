"""InfoNCE against a queue, with the queries' gradients.

    python3 test/golden/infonce.py

He et al. 2020, eq. 1 and algorithm 1 (https://arxiv.org/abs/1911.05722), written out: the key's logit before those of
the queue, cross entropy against class 0. q, k and queue are given un-normalised; dq is with respect to those queries.
"""

import torch
import torch.nn.functional as F

import golden

CASES = {"4x6x8": 0.5, "37x150x24": 0.07, "64x1024x128": 0.2}  # N x K x D: temperature


def info_nce(q, k, queue, temperature):
    q, k, queue = (F.normalize(x) for x in (q, k, queue))
    logits = torch.cat([(q * k).sum(1, keepdim=True), q @ queue.T], 1) / temperature
    return F.cross_entropy(logits, torch.zeros(len(q), dtype=torch.long))


def draw(seed):
    g, inputs = golden.generator(seed), {}
    for size, temperature in CASES.items():
        N, K, D = (int(n) for n in size.split("x"))
        common = golden.normal(g, N, D)  # a query and its key resemble each other
        inputs[f"{size}.q"] = common + golden.normal(g, N, D)
        inputs[f"{size}.k"] = common + golden.normal(g, N, D)
        inputs[f"{size}.queue"] = golden.normal(g, K, D)
        inputs[f"{size}.temperature"] = torch.tensor(temperature)
    return inputs


def results(inputs):
    out = {}
    for size in CASES:
        q, k, queue, temperature = (inputs[f"{size}.{name}"] for name in ("q", "k", "queue", "temperature"))
        q.requires_grad_()
        loss = info_nce(q, k, queue, temperature)
        (out[f"{size}.dq"],) = torch.autograd.grad(loss, q)
        out[f"{size}.loss"] = loss.detach()
    return out


if __name__ == "__main__":
    golden.make(__file__, draw(seed=5), results)
