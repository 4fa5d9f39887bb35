"""Three steps of MoCo as moco.py takes them, with v1's linear projector and its one-way loss.

    python3 test/golden/mocov1.py

He et al. 2020, algorithm 1. https://arxiv.org/abs/1911.05722
Keys of the file: `after.<name>`, `after.target.<name>`, `after.queue`, `losses`, and `gradient.<name>` of the first step.
"""

from torch import nn

import golden
import moco
import steps


def head():
    return nn.Linear(steps.FEATURES, moco.DIMENSION)


if __name__ == "__main__":
    settings = steps.settings(temperature=moco.TEMPERATURE, momentum=moco.MOMENTUM)
    golden.make(__file__, moco.draw(7, head()), lambda inputs: moco.run(inputs, head()), **settings)
