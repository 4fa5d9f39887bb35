"""Online deep clustering. Zhan et al. 2020, section 3. https://arxiv.org/abs/2006.10645"""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from encoder import BatchNorm
from kmeans import kmeans

from .method import Setting


class ODC(nn.Module):
    views = 1

    def __init__(self, setting: Setting):
        super().__init__()
        self.setting, self.config = setting, setting.config
        given = self.config["projector"]
        self.encoder = setting.encoder()
        norm = BatchNorm(given["hidden"], setting.group, affine=False)
        first = [nn.Linear(self.encoder.dimension, given["hidden"]), norm, nn.ReLU(), nn.Dropout(given["dropout"])]
        self.projector = nn.Sequential(*first, nn.Linear(given["hidden"], given["outputs"]), nn.ReLU())
        self.head = nn.Linear(given["outputs"], self.config["clusters"])
        nn.init.normal_(self.head.weight, 0, 0.01)
        nn.init.zeros_(self.head.bias)

    @torch.no_grad()
    def before_epoch(self, epoch: int) -> None:
        """The first clustering; later ones follow the steps."""
        if epoch:
            return
        rows = self.setting.features()
        self.eval()
        self.memory = F.normalize(self.projector(rows)).numpy()
        self.train()
        k, iterations = self.config["clusters"], self.config["iterations"]
        self.labels, self.centroids = kmeans(self.memory, k, iterations, self.setting.seed)

    def order(self, epoch: int) -> Tensor:
        return torch.randint(self.setting.images, (self.setting.images,))

    def loss(self, views: list[Tensor], index: Tensor) -> Tensor:
        h = self.projector(self.encoder(views[0]))
        self.seen = index.numpy(), F.normalize(h.detach()).numpy()
        counts = np.bincount(self.labels, minlength=self.config["clusters"])
        weights = torch.from_numpy((counts + 1e-5) ** -0.5).float()
        return F.cross_entropy(self.head(h), torch.from_numpy(self.labels[index.numpy()]), weights)

    def after(self, step: int) -> None:
        index, h = self.seen
        mixed = self.config["momentum"] * self.memory[index] + (1 - self.config["momentum"]) * h
        mixed /= np.maximum(np.linalg.norm(mixed, axis=1, keepdims=True), 1e-12)
        self.memory[index] = mixed
        self.labels[index] = (mixed @ self.centroids.T).argmax(1)
        if (step + 1) % self.config["every"] == 0:
            for cluster in np.unique(self.labels):
                self.recentre(cluster)
        self.rebalance(step)

    def recentre(self, cluster: int) -> None:
        self.centroids[cluster] = self.memory[self.labels == cluster].mean(0)

    def rebalance(self, step: int) -> None:
        """Small clusters dissolve into the nearest that are not; the largest are bisected for them. Section 3.3."""
        k = self.config["clusters"]
        counts = np.bincount(self.labels, minlength=k)
        small = np.flatnonzero(counts < self.config["minCluster"])
        if not len(small) or len(small) == k:
            return
        normal = np.setdiff1d(np.arange(k), small)
        moved = np.isin(self.labels, small)
        if moved.any():
            self.labels[moved] = normal[(self.memory[moved] @ self.centroids[normal].T).argmax(1)]
        for empty in small:
            largest = int(np.bincount(self.labels, minlength=k).argmax())
            members = np.flatnonzero(self.labels == largest)
            halves, _ = kmeans(self.memory[members], 2, 20, self.setting.seed + step)
            self.labels[members[halves == 1]] = empty
            for cluster in (largest, empty):
                if (self.labels == cluster).any():
                    self.recentre(cluster)
