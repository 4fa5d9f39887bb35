"""20 updates by LARS, written out from algorithm 1 of You et al. 2017 (https://arxiv.org/abs/1708.03888):

    local = eta * |w| / (|g| + beta * |w|)
    v <- m * v + gamma * local * (g + beta * w)
    w <- w - v

    python3 test/golden/lars.py

gamma is `rate` [20], a half cosine, rounded to float32. `filter` and `weight` are scaled so; `bias` is excluded (local
= 1), has a tenth of the rate and no decay. `filter` begins as zeros and `weight` has no gradient at step 3: where a norm
is 0, local = 1, as in MMSelfSup.
"""

import torch

import golden
import updates

MOMENTUM, WEIGHT_DECAY, TRUST = 0.9, 1e-3, 0.02


def draw(seed):
    inputs = updates.draw(seed)
    inputs["filter"].zero_()
    inputs["weight.grads"][3] = 0
    return inputs


def results(inputs):
    w = {name: inputs[name].clone() for name in updates.SHAPES}
    v = {name: torch.zeros_like(x) for name, x in w.items()}
    for t in range(updates.STEPS):
        for name in w:
            plain = name == "bias"
            gamma = inputs["rate"][t] * (updates.BIAS_RATE if plain else 1)
            beta = 0 if plain else WEIGHT_DECAY
            g = inputs[f"{name}.grads"][t]
            size, slope = w[name].norm(), g.norm()
            local = 1 if plain or size == 0 or slope == 0 else TRUST * size / (slope + beta * size)
            v[name] = MOMENTUM * v[name] + gamma * local * (g + beta * w[name])
            w[name] = w[name] - v[name]
    return updates.after(w, momentum=v)


if __name__ == "__main__":
    settings = {"momentum": str(MOMENTUM), "decay": str(WEIGHT_DECAY), "trust": str(TRUST)}
    golden.make(__file__, draw(seed=13), results, rate_of_bias=str(updates.BIAS_RATE), **settings)
