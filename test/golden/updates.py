"""What the scripts of optimizers share: three parameters, their gradients at 20 steps, and a falling rate."""

from math import cos, pi

import torch

import golden

STEPS, RATE, BIAS_RATE = 20, 0.1, 0.1
SHAPES = {"filter": (4, 3, 3, 3), "bias": (70,), "weight": (10, 33)}


def draw(seed):
    g = golden.generator(seed)
    inputs = {"rate": torch.tensor([0.5 * RATE * (1 + cos(pi * t / STEPS)) for t in range(STEPS)])}
    for name, shape in SHAPES.items():
        inputs[name] = golden.normal(g, *shape)
        inputs[f"{name}.grads"] = golden.normal(g, STEPS, *shape)
    return inputs


def parameters(inputs):
    return {name: inputs[name].clone().requires_grad_() for name in SHAPES}


def steps(inputs, params):
    """Sets the gradients of each step in turn."""
    for t in range(STEPS):
        for name, p in params.items():
            p.grad = inputs[f"{name}.grads"][t].clone()
        yield t, inputs["rate"][t].item()


def after(params, **slots):
    """Parameters and what the optimizer remembers of each: `<name>.after`, `<name>.<slot>`."""
    out = {f"{name}.after": p.detach().clone() for name, p in params.items()}
    for slot, values in slots.items():
        out |= {f"{name}.{slot}": x for name, x in values.items()}
    return out
