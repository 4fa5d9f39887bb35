"""What frozen features tell: a weighted nearest-neighbour classifier. Wu et al. 2018, section 3.4."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from augment import shown
from data import Images
from encoder import Encoder


@torch.no_grad()
def features(encoder: Encoder, images: Images, config: dict, names: list[str] | None = None) -> dict[str, Tensor]:
    """Features [N, C] by layer, without augmentation and by running statistics; means over pixels of inner layers."""
    training = encoder.training
    encoder.eval()
    rows: dict[str, list[Tensor]] = {}
    for pixels in images.pixels.split(256):
        for name, h in encoder.layers(shown(pixels, config)).items():
            if names is None or name in names:
                rows.setdefault(name, []).append(h.mean((2, 3)) if h.dim() == 4 else h)
    encoder.train(training)
    return {name: torch.cat(parts) for name, parts in rows.items()}


def knn(bank: Tensor, labels: Tensor, queries: Tensor, truth: Tensor, k: int, temperature: float) -> float:
    """The share of queries [N, D] whose class has the largest sum of exp(similarity / temperature) among the k nearest."""
    if k > len(bank):
        raise ValueError(f"knn: k = {k} exceeds the training set, which has {len(bank)} images")
    bank, queries = F.normalize(bank), F.normalize(queries)
    classes = int(labels.max()) + 1
    right = 0
    for rows, own in zip(queries.split(1000), truth.split(1000)):
        nearest = (rows @ bank.T).topk(k)
        votes = torch.zeros(len(rows), classes).scatter_add_(
            1, labels[nearest.indices], (nearest.values / temperature).exp()
        )
        right += int((votes.argmax(1) == own).sum())
    return right / len(truth)


def accuracies(encoder: Encoder, train: Images, test: Images, config: dict, k: int, temperature: float) -> dict[str, float]:
    """Accuracy of each layer."""
    if train.classes != test.classes:
        raise ValueError(f"knn: classes differ: {train.classes}, {test.classes}")
    known, asked = features(encoder, train, config), features(encoder, test, config)
    return {name: knn(known[name], train.labels, asked[name], test.labels, k, temperature) for name in known}
