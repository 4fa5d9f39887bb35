"""Logistic regression by scikit-learn on features of five classes that overlap.

    python3 test/golden/linear.py

Features are rectified, of scales from 0.1 to 10, and one never changes. `<case>.weight` and `<case>.bias` belong to
features as they are given; the metadata hold `<case>.accuracy` on the test set and `<case>.loss`, mean cross entropy +
|W|^2 / (2 C M) on the training set, W as it was penalised. Cases: `standardized.<C>` after StandardScaler, `raw.<C>`.
"""

import torch
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.preprocessing import StandardScaler

import golden

TRAIN, TEST, DIMENSION, CLASSES = 500, 1000, 24, 5


def draw(seed):
    g = golden.generator(seed)
    centres, scales = golden.normal(g, CLASSES, DIMENSION), 10 ** golden.uniform(g, -1, 1, DIMENSION)
    out = {}
    for name, count in ("train", TRAIN), ("test", TEST):
        labels = torch.randint(CLASSES, (count,), generator=g, dtype=torch.int32)
        features = scales * torch.relu(0.4 * centres[labels.long()] + golden.normal(g, count, DIMENSION))
        features[:, 7] = 0.3
        out |= {f"{name}.features": golden.single(features), f"{name}.labels": labels}
    return out


def results(inputs):
    x, y = inputs["train.features"].double().numpy(), inputs["train.labels"].numpy()
    xt, yt = inputs["test.features"].double().numpy(), inputs["test.labels"].numpy()
    out, metadata = {}, {}
    for kind, C in ("standardized", 1), ("standardized", 0.01), ("raw", 1):
        scaler = StandardScaler(with_mean=kind != "raw", with_std=kind != "raw").fit(x)
        model = LogisticRegression(C=C, tol=1e-10, max_iter=100_000).fit(scaler.transform(x), y)
        case = f"{kind}.{C}"
        metadata[f"{case}.accuracy"] = repr(model.score(scaler.transform(xt), yt))
        penalty = (model.coef_**2).sum() / (2 * C * len(y))
        metadata[f"{case}.loss"] = repr(log_loss(y, model.predict_proba(scaler.transform(x))) + penalty)
        weight = model.coef_ / (1 if scaler.scale_ is None else scaler.scale_)
        bias = model.intercept_ - (0 if scaler.mean_ is None else weight @ scaler.mean_)
        out |= {f"{case}.weight": torch.tensor(weight).float(), f"{case}.bias": torch.tensor(bias).float()}
    return out, metadata


if __name__ == "__main__":
    from pathlib import Path

    import sklearn

    given = draw(seed=8)
    out, metadata = results(given)
    path = Path(__file__).with_suffix(".safetensors")
    golden.write(path, given | out, {"scikit-learn": sklearn.__version__} | metadata)
    print(path.stat().st_size, metadata)
