"""20 updates of torch.optim.AdamW on fed gradients of three parameters.

    python3 test/golden/adamw.py

`rate` [20] is a half cosine, rounded to float32. `filter` and
`weight` have the defaults, `bias` a tenth of the rate and no decay.
"""

import torch

import golden
import updates

BETAS, EPS, WEIGHT_DECAY = (0.9, 0.999), 1e-8, 0.05


def results(inputs):
    params = updates.parameters(inputs)
    adamw = torch.optim.AdamW(
        [
            {"params": [params["filter"], params["weight"]]},
            {"params": [params["bias"]], "weight_decay": 0.0, "scale": updates.BIAS_RATE},
        ],
        lr=1.0,
        betas=BETAS,
        eps=EPS,
        weight_decay=WEIGHT_DECAY,
    )
    for step, rate in updates.steps(inputs, params):
        for group in adamw.param_groups:
            group["lr"] = rate * group.get("scale", 1.0)
        adamw.step()
    mean = {name: adamw.state[p]["exp_avg"] for name, p in params.items()}
    square = {name: adamw.state[p]["exp_avg_sq"] for name, p in params.items()}
    return updates.after(params, mean=mean, square=square)


if __name__ == "__main__":
    settings = {"beta1": str(BETAS[0]), "beta2": str(BETAS[1]), "eps": str(EPS), "decay": str(WEIGHT_DECAY)}
    golden.make(__file__, updates.draw(seed=12), results, rate_of_bias=str(updates.BIAS_RATE), **settings)
