"""torchebm: its own energies, samplers and losses, called as its documentation calls them. Tuned means denormals flushed."""

import harness as h
import numpy as np
import torch
import torchebm
from torch import nn
from torchebm.core import BaseModel, DoubleWellModel
from torchebm.losses import ContrastiveDivergence, DenoisingScoreMatching
from torchebm.samplers import HamiltonianMonteCarlo, LangevinDynamics


def prepare(tuned, threads):
    torch.manual_seed(0)
    torch.set_num_threads(threads)
    torch.set_flush_denormal(tuned)


def well(size, make):
    chains, dim, steps = h.WELLS[size]

    def workload(tuned, threads):
        prepare(tuned, threads)
        sampler = make(DoubleWellModel(barrier_height=2.0))

        def run():
            x = sampler.sample(dim=dim, n_steps=steps, n_samples=chains)
            return lambda: {"abs": x.abs().mean().item(), "square": x.square().mean().item()}

        return run

    return workload


def ula(model):
    return LangevinDynamics(model, step_size=h.WELL_STEP, noise_scale=1.0)


def hmc(model):
    return HamiltonianMonteCarlo(model, step_size=h.WELL_STEP, n_leapfrog_steps=h.LEAPS)


class Net(BaseModel):
    def __init__(self):
        super().__init__()
        n = h.HIDDEN
        self.net = nn.Sequential(nn.Linear(2, n), nn.SiLU(), nn.Linear(n, n), nn.SiLU(), nn.Linear(n, 1))

    def forward(self, x):
        return self.net(x).squeeze(-1)


def training(loss_of):
    def workload(tuned, threads):
        prepare(tuned, threads)
        data = torch.from_numpy(h.two_moons(np, 4096))
        net = Net()
        loss = loss_of(net)
        opt = torch.optim.Adam(net.parameters(), lr=h.RATE)
        g = torch.Generator().manual_seed(3)
        box = torch.rand(2000, 2, generator=g) * torch.tensor([4.0, 3.0]) - torch.tensor([1.5, 1.25])

        def run():
            for _ in range(h.ITERATIONS):
                opt.zero_grad()
                v = loss(data[torch.randint(len(data), (h.BATCH,))])
                v = v[0] if isinstance(v, tuple) else v
                v.backward()
                opt.step()
            return lambda: {"gap": (net(box).mean() - net(data).mean()).item()}

        return run

    return workload


def cd(net):
    return ContrastiveDivergence(model=net, sampler=LangevinDynamics(net, step_size=h.CD_STEP), k_steps=h.CD_STEPS)


workloads = {f"{name}-{size}": well(size, make) for name, make in (("ula", ula), ("hmc", hmc)) for size in h.WELLS}
workloads |= {"cd": training(cd), "dsm": training(lambda net: DenoisingScoreMatching(net, noise_scale=h.DSM_SIGMA))}
h.main(workloads, torchebm.__version__)
