"""20 updates of torch.optim.SGD on fed gradients, the learning rate falling by cosine at every step.

    python3 test/golden/sgd.py

lr at step t is 0.5 * 0.12 * (1 + cos(pi * t / 20)), t = 0..19; `lr` in the file is that, rounded to float32,
and is what was used. `param.after<n>` follows n updates.
"""

from math import cos, pi

import torch

import golden

STEPS, LR, MOMENTUM, WEIGHT_DECAY = 20, 0.12, 0.9, 5e-4


def draw(seed):
    g = golden.generator(seed)
    return {
        "param": golden.normal(g, 1000),
        "grads": golden.normal(g, STEPS, 1000),
        "lr": torch.tensor([0.5 * LR * (1 + cos(pi * t / STEPS)) for t in range(STEPS)]),
    }


def results(inputs):
    out = {}
    param = inputs["param"].clone().requires_grad_()
    sgd = torch.optim.SGD([param], lr=LR, momentum=MOMENTUM, weight_decay=WEIGHT_DECAY)
    for t in range(STEPS):
        sgd.param_groups[0]["lr"] = inputs["lr"][t].item()
        param.grad = inputs["grads"][t].clone()
        sgd.step()
        if t + 1 in (1, 2, STEPS):
            out[f"param.after{t + 1}"] = param.detach().clone()
    out[f"momentum.after{STEPS}"] = sgd.state[param]["momentum_buffer"]
    return out


if __name__ == "__main__":
    settings = {"momentum": str(MOMENTUM), "weight_decay": str(WEIGHT_DECAY)}
    golden.make(__file__, draw(seed=3), results, **settings)
