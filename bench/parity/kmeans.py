"""Principal components and k-means, in numpy."""

from __future__ import annotations

import numpy as np


def pca(x: np.ndarray, components: int, whiten: bool = True, eps: float = 1e-5) -> np.ndarray:
    """Rows [N, D] on their first principal components [N, components], each of variance 1 where they are whitened."""
    centred = (x - x.mean(0)).astype(np.float64)
    values, vectors = np.linalg.eigh(centred.T @ centred / len(x))
    first = np.argsort(-values)[:components]
    y = centred @ vectors[:, first]
    return (y / np.sqrt(np.maximum(values[first], 0) + eps) if whiten else y).astype(np.float32)


def normalize(x: np.ndarray) -> np.ndarray:
    return x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), 1e-12)


def nearest(x: np.ndarray, centroids: np.ndarray) -> np.ndarray:
    """Which centroid is nearest to each row, by Euclidean distance."""
    return (2 * x @ centroids.T - (centroids**2).sum(1)).argmax(1)


def kmeans(x: np.ndarray, k: int, iterations: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Lloyd's algorithm from k rows at random -> labels [N], centroids [k, D].

    An empty cluster takes half of the largest: both get its centroid, moved a little apart, as faiss does it
    (Johnson et al. 2017, https://github.com/facebookresearch/faiss). Raises ValueError for more clusters than rows.
    """
    if k > len(x):
        raise ValueError(f"kmeans: {k} clusters of {len(x)} rows")
    random = np.random.default_rng(seed)
    centroids = x[random.choice(len(x), k, replace=False)].copy()
    for _ in range(iterations):
        labels = nearest(x, centroids)
        counts = np.bincount(labels, minlength=k).astype(np.float64)
        sums = np.zeros_like(centroids, dtype=np.float64)
        np.add.at(sums, labels, x)
        full = counts > 0
        centroids[full] = (sums[full] / counts[full, None]).astype(x.dtype)
        for empty in np.flatnonzero(~full):
            largest = int(counts.argmax())
            apart = np.where(np.arange(x.shape[1]) % 2, 1 / 1024, -1 / 1024)
            centroids[empty] = centroids[largest] * (1 + apart)
            centroids[largest] = centroids[largest] * (1 - apart)
            counts[empty] = counts[largest] = counts[largest] / 2
    return nearest(x, centroids), centroids
