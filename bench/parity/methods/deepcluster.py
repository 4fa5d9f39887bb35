"""DeepCluster. Caron et al. 2018, sections 3 and 4. https://arxiv.org/abs/1807.05520"""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from kmeans import kmeans, normalize, pca

from .method import Setting


def uniform_over_clusters(labels: np.ndarray, k: int, random: np.random.Generator) -> np.ndarray:
    """As many images as there are, each cluster's equally often; section 3.3, "trivial parametrization"."""
    each = len(labels) // len(np.unique(labels)) + 1
    members = [np.flatnonzero(labels == cluster) for cluster in range(k)]
    drawn = [random.choice(own, each, replace=len(own) < each) for own in members if len(own)]
    return random.permutation(np.concatenate(drawn))[: len(labels)]


class DeepCluster(nn.Module):
    views = 1

    def __init__(self, setting: Setting):
        super().__init__()
        self.setting, self.config = setting, setting.config
        self.encoder = setting.encoder()
        self.head = nn.Linear(self.encoder.dimension, self.config["clusters"])

    def before_epoch(self, epoch: int) -> None:
        x = self.setting.features().numpy()
        x = normalize(pca(x, self.config["pca"]))
        labels, _ = kmeans(x, self.config["clusters"], self.config["iterations"], 1000 * self.setting.seed + epoch)
        self.labels = torch.from_numpy(labels)
        nn.init.normal_(self.head.weight, 0, 0.01)
        nn.init.zeros_(self.head.bias)

    def order(self, epoch: int) -> Tensor:
        random = np.random.default_rng([self.setting.seed, epoch])
        return torch.from_numpy(uniform_over_clusters(self.labels.numpy(), self.config["clusters"], random))

    def loss(self, views: list[Tensor], index: Tensor) -> Tensor:
        return F.cross_entropy(self.head(self.encoder(views[0])), self.labels[index])
