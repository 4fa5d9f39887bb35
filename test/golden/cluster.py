"""Principal components by numpy.linalg.eigh, and k-means by sklearn.cluster.KMeans, of features as an encoder makes them.

    python3 test/golden/cluster.py

`features` [N, D] are rectified, of 10 overlapping classes, and vary most in few directions. `variances` [D] are the
eigenvalues of their covariance, divided by N - 1; `whitened` [N, DIMENSIONS] are the features along the first components
over the square root of their variances, `unit` the same of unit length; a component's entry largest in size is positive.
`inertia` is that of KMeans(algorithm="lloyd") on `features` from the rows `start`, after at most 20 rounds.
"""

import numpy as np
import torch
from sklearn.cluster import KMeans

import golden

N, D, CLASSES, DIMENSIONS, K = 600, 32, 10, 12, 15


def draw():
    g = golden.generator(21)
    basis = torch.linalg.qr(torch.randn(D, D, generator=g, dtype=torch.float64))[0]
    scales = torch.logspace(0, -1.5, D, dtype=torch.float64)
    centres = golden.normal(g, CLASSES, D).double()
    classes = torch.randint(CLASSES, (N,), generator=g)
    codes = (1.5 * centres[classes] + golden.normal(g, N, D).double()) * scales
    features = (codes @ basis + 0.2).relu()
    return {"features": features, "start": torch.randperm(N, generator=g)[:K].int()}


def results(inputs):
    x = inputs["features"].numpy()
    centred = x - x.mean(0)
    values, vectors = np.linalg.eigh(centred.T @ centred / (N - 1))
    values, rows = values[::-1].copy(), vectors.T[::-1]
    rows = rows * np.sign(rows[np.arange(D), np.abs(rows).argmax(1)])[:, None]
    whitened = torch.tensor(centred @ rows[:DIMENSIONS].T / np.sqrt(values[:DIMENSIONS]))
    kmeans = KMeans(K, init=x[inputs["start"].numpy()], n_init=1, max_iter=20, tol=0, algorithm="lloyd").fit(x)
    assert np.bincount(kmeans.labels_, minlength=K).min() > 0
    return {
        "variances": torch.tensor(values),
        "whitened": whitened,
        "unit": torch.nn.functional.normalize(whitened),
        "inertia": torch.tensor([kmeans.inertia_], dtype=inputs["features"].dtype),
    }


if __name__ == "__main__":
    golden.make(__file__, draw(), results)
