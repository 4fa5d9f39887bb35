"""What embeddings tell without labels, by numpy's singular values and torch.pdist, in float64.

    python3 test/golden/embeddings.py

`<case>.z1`, `<case>.z2` [N, D] are two views, not of unit length; `<case>.progress` holds std, rank, alignment and
uniformity of their rows of unit length. Case `many` has more samples than are looked at: rows floor(i N / 512).
"""

import numpy as np
import torch

import golden

SAMPLES = 512
CASES = {"tall": (200, 24), "wide": (30, 80), "many": (700, 6)}


def draw():
    g = golden.generator(11)
    out = {}
    for case, (n, d) in CASES.items():
        z1 = golden.normal(g, n, d) * torch.logspace(0, -3, d) + 0.3  # some directions hardly in use, and a mean
        out |= {f"{case}.z1": z1, f"{case}.z2": z1 + 0.1 * golden.normal(g, n, d)}
    return out


def results(inputs):
    out = {}
    for case in CASES:
        z1, z2 = (inputs[f"{case}.{view}"] for view in ("z1", "z2"))
        n = min(len(z1), SAMPLES)
        rows = torch.arange(n) * len(z1) // n
        z1, z2 = (torch.nn.functional.normalize(z[rows]) for z in (z1, z2))
        singular = np.linalg.svd(z1.numpy(), compute_uv=False)
        p = singular / singular.sum()
        out[f"{case}.progress"] = torch.stack(
            [
                z1.std(0, unbiased=False).mean(),
                torch.tensor(np.exp(-(p * np.log(p)).sum()), dtype=z1.dtype),
                (z1 - z2).norm(dim=1).pow(2).mean(),
                torch.pdist(z1).pow(2).mul(-2).exp().mean().log(),
            ]
        )
    return out


if __name__ == "__main__":
    golden.make(__file__, draw(), results)
