"""An X-ray by the processes of torchrun: python monte_carlo_rank.py OUTPUT, with what torchrun sets in the environment."""

import sys

import numpy as np
import torch
from monte_carlo_cases import POSE, VIEW, ct_of, few

if __name__ == "__main__":
    from RayEmbRegistrationLib.simulation.monte_carlo.clusters import is_first_rank
    from RayEmbRegistrationLib.simulation.monte_carlo.expose import expose

    torch.set_num_threads(1)
    radiograph = expose(ct_of(), VIEW, POSE, few())
    if is_first_rank():
        np.savez(sys.argv[1], pixels=radiograph.pixels, histories=radiograph.map.histories, error=radiograph.map.error)
