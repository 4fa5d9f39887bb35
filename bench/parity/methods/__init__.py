"""The methods by their names in configs."""

from .byol import BYOL
from .deepcluster import DeepCluster
from .mocov1 import MoCoV1
from .mocov2 import MoCoV2
from .npid import NPID
from .odc import ODC
from .relative_location import RelativeLocation
from .rotation import Rotation
from .simclr import SimCLR

METHODS = {
    "byol": BYOL,
    "deepcluster": DeepCluster,
    "mocov1": MoCoV1,
    "mocov2": MoCoV2,
    "npid": NPID,
    "odc": ODC,
    "relative-location": RelativeLocation,
    "rotation": Rotation,
    "simclr": SimCLR,
}
