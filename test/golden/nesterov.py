"""20 updates of torch.optim.SGD(nesterov=True) on fed gradients of three parameters, clipped to a norm together.

    python3 test/golden/nesterov.py

`rate` [20] is a half cosine, rounded to float32. `filter` and `weight` have the defaults, `bias` a tenth of the rate
and no decay. About half of the gradients are longer than the norm that torch.nn.utils.clip_grad_norm_ clips to.
"""

import torch

import golden
import updates

MOMENTUM, WEIGHT_DECAY, CLIP = 0.9, 5e-4, 22.5


def results(inputs):
    params = updates.parameters(inputs)
    sgd = torch.optim.SGD(
        [
            {"params": [params["filter"], params["weight"]]},
            {"params": [params["bias"]], "weight_decay": 0.0, "scale": updates.BIAS_RATE},
        ],
        lr=1.0,
        momentum=MOMENTUM,
        weight_decay=WEIGHT_DECAY,
        nesterov=True,
    )
    lengths = []
    for step, rate in updates.steps(inputs, params):
        lengths.append(torch.nn.utils.clip_grad_norm_(params.values(), CLIP).detach())
        for group in sgd.param_groups:
            group["lr"] = rate * group.get("scale", 1.0)
        sgd.step()
    assert 5 < sum(length > CLIP for length in lengths) < 15
    slots = {name: sgd.state[p]["momentum_buffer"] for name, p in params.items()}
    return updates.after(params, momentum=slots)


if __name__ == "__main__":
    settings = {"momentum": str(MOMENTUM), "decay": str(WEIGHT_DECAY), "clip": str(CLIP)}
    golden.make(__file__, updates.draw(seed=11), results, rate_of_bias=str(updates.BIAS_RATE), **settings)
