"""A linear layer under torch.nn.utils.weight_norm: output and all gradients.

    python3 test/golden/weightnorm.py

`x` [N, I], `weight_g` [O, 1], `weight_v` [O, I], `dy` [N, O] -> `y`; `dx`, `dg`, `dv`.
"""

import torch
from torch.nn.utils import weight_norm

import golden

N, I, O = 9, 13, 17


def draw(seed):
    g = golden.generator(seed)
    return {
        "x": golden.normal(g, N, I),
        "weight_g": golden.uniform(g, 0.5, 2, O, 1),
        "weight_v": golden.normal(g, O, I),
        "dy": golden.normal(g, N, O),
    }


def results(inputs):
    layer = weight_norm(torch.nn.Linear(I, O, bias=False)).to(inputs["x"].dtype)
    layer.load_state_dict({name: inputs[name] for name in layer.state_dict()})
    x = inputs["x"].requires_grad_()
    y = layer(x)
    dx, dg, dv = torch.autograd.grad(y, (x, layer.weight_g, layer.weight_v), inputs["dy"])
    return {"y": y.detach(), "dx": dx, "dg": dg, "dv": dv}


if __name__ == "__main__":
    golden.make(__file__, draw(seed=11), results)
