"""PyTorch, written as its documentation writes such things: modules, autograd.grad, optim.Adam. Tuned means denormals flushed, no
gradients where none are needed, torch.compile where it is the faster, and the formulas that a careful person writes."""

import math
import time

import harness as h
import numpy as np
import torch
from torch import nn


def grad(energy, x):
    x = x.detach().requires_grad_(True)
    e = energy(x)
    return e, torch.autograd.grad(e.sum(), x)[0]


def prepare(tuned, threads):
    torch.manual_seed(0)
    torch.set_num_threads(threads)
    torch.set_flush_denormal(tuned)


def ring(tuned, threads):
    prepare(tuned, threads)
    x = torch.randn(h.RING_POINTS, 2)

    def energy(x):
        return (x.norm(dim=1) - 2) ** 2 / 0.125

    def by_hand(x):  # what torch.compile makes of the formula and its gradient
        r = x.square().sum(1).sqrt()
        return (r - 2) ** 2 / 0.125, x * ((r - 2) * 16 / r)[:, None]

    compiled = torch.compile(by_hand) if tuned else None

    def run():
        e, g = compiled(x) if tuned else grad(energy, x)
        return lambda: {"energy": e.mean().item(), "slope": g.abs().mean().item()}

    return run


def means():
    a = torch.arange(8) * (math.pi / 4)
    return h.RADIUS * torch.stack([a.cos(), a.sin()], 1)


def mixture(tuned, threads):
    prepare(tuned, threads)
    mu, c = means(), 1 / (2 * h.SIGMA**2)

    def energy(x):
        return -torch.logsumexp(-c * ((x[:, None, :] - mu) ** 2).sum(2), dim=1)

    def slope(x):  # the gradient by hand
        d = x[:, None, :] - mu
        p = torch.softmax(-c * d.square().sum(2), dim=1)
        return 2 * c * (x - p @ mu)

    def step(x, xi):
        return x - h.STEP * slope(x) + math.sqrt(2 * h.STEP) * xi

    compiled = torch.compile(step) if tuned else None

    def run():
        x = torch.randn(h.CHAINS, 2)
        if tuned:
            with torch.no_grad():
                for _ in range(h.STEPS):
                    x = compiled(x, torch.randn_like(x))
        else:
            for _ in range(h.STEPS):
                _, g = grad(energy, x)
                x = x - h.STEP * g + math.sqrt(2 * h.STEP) * torch.randn_like(x)
        return lambda: {"radius": x.norm(dim=1).mean().item(), "spread": x.norm(dim=1).std().item()}

    return run


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        n = h.HIDDEN
        self.net = nn.Sequential(nn.Linear(2, n), nn.SiLU(), nn.Linear(n, n), nn.SiLU(), nn.Linear(n, 1))

    def forward(self, x):
        return self.net(x).squeeze(-1)


def gap(net, data):
    """Energy of a box less that of the data: what training is to raise."""
    g = torch.Generator().manual_seed(3)
    box = torch.rand(2000, 2, generator=g) * torch.tensor([4.0, 3.0]) - torch.tensor([1.5, 1.25])
    with torch.no_grad():
        return (net(box).mean() - net(data).mean()).item()


def training(tuned, threads, loss_of):
    prepare(tuned, threads)
    data = torch.from_numpy(h.two_moons(np, 4096))
    net = Net()
    opt = torch.optim.Adam(net.parameters(), lr=h.RATE, **({"foreach": True} if tuned else {}))
    loss = loss_of(net)

    def run():
        for _ in range(h.ITERATIONS):
            x = data[torch.randint(len(data), (h.BATCH,))]
            opt.zero_grad()
            v = loss(x)
            v.backward()
            opt.step()
        return lambda: {"gap": gap(net, data)}

    return run


def cd(tuned, threads):
    def loss_of(net):
        forward = torch.compile(net) if tuned else net

        def negatives(x):
            for p in net.parameters():
                p.requires_grad_(False)
            for _ in range(h.CD_STEPS):
                _, g = grad(forward, x)
                x = x - h.CD_STEP * g + math.sqrt(2 * h.CD_STEP) * torch.randn_like(x)
            for p in net.parameters():
                p.requires_grad_(True)
            return x

        def eager(x):
            for _ in range(h.CD_STEPS):
                _, g = grad(net, x)
                x = x - h.CD_STEP * g + math.sqrt(2 * h.CD_STEP) * torch.randn_like(x)
            return x

        def loss(x):
            neg = (negatives if tuned else eager)(x).detach()
            if tuned:
                e = forward(torch.cat([x, neg]))
                return e[: len(x)].mean() - e[len(x) :].mean()
            return net(x).mean() - net(neg).mean()

        return loss

    return training(tuned, threads, loss_of)


def dsm(tuned, threads):
    def loss_of(net):
        if not tuned:

            def loss(x):
                eps = torch.randn_like(x)
                y = (x + h.DSM_SIGMA * eps).requires_grad_(True)
                g = torch.autograd.grad(net(y).sum(), y, create_graph=True)[0]
                return ((h.DSM_SIGMA * g - eps) ** 2).sum(1).mean() / 2

            return loss
        a, b, c = net.net[0], net.net[2], net.net[4]

        def slope(y):  # the gradient in x by hand, so that one reverse sweep is enough and torch.compile can see it
            z1 = a(y)
            s1 = torch.sigmoid(z1)
            z2 = b(z1 * s1)
            s2 = torch.sigmoid(z2)
            d2 = c.weight * (s2 + z2 * s2 * (1 - s2))
            return ((d2 @ b.weight) * (s1 + z1 * s1 * (1 - s1))) @ a.weight

        @torch.compile
        def loss(x, eps):
            return ((h.DSM_SIGMA * slope(x + h.DSM_SIGMA * eps) - eps) ** 2).sum(1).mean() / 2

        return lambda x: loss(x, torch.randn_like(x))

    return training(tuned, threads, loss_of)


def rbm(tuned, threads):
    prepare(tuned, threads)
    v_all = torch.from_numpy(h.rows_of_bits(np))
    w = 0.01 * torch.randn(h.VISIBLE, h.BITS)
    b, c = torch.zeros(h.VISIBLE), torch.zeros(h.BITS)
    chains = [torch.bernoulli(torch.full((h.RBM_BATCH, h.VISIBLE), 0.5))]
    rate = h.RBM_RATE / h.RBM_BATCH

    def sample(p):
        if tuned:
            return (torch.rand_like(p) < p).float()
        return torch.bernoulli(p)

    @torch.no_grad()
    def run():
        for i in range(0, h.RBM_ROWS, h.RBM_BATCH):
            v = v_all[i : i + h.RBM_BATCH]
            ph = torch.sigmoid(torch.addmm(c, v, w))
            hid = sample(torch.sigmoid(torch.addmm(c, chains[0], w)))
            neg = sample(torch.sigmoid(torch.addmm(b, hid, w.t())))
            pn = torch.sigmoid(torch.addmm(c, neg, w))
            if tuned:
                w.addmm_(v.t(), ph, alpha=rate).addmm_(neg.t(), pn, alpha=-rate)
            else:
                w.add_((v.t() @ ph - neg.t() @ pn) * rate)
            b.add_((v - neg).sum(0) * rate)
            c.add_((ph - pn).sum(0) * rate)
            chains[0] = neg
        return lambda: {"error": (v_all - torch.sigmoid(torch.sigmoid(v_all @ w + c) @ w.t() + b)).square().mean().item()}

    return run


def ising(tuned, threads):
    prepare(tuned, threads)
    n, half = h.SIDE, h.SIDE // 2
    # Compact: each colour of the board is a matrix of its own, half as wide.
    odd = (torch.arange(n) % 2 == 1)[:, None]
    s = [torch.randint(0, 2, (n, half)).float() * 2 - 1 for _ in range(2)]

    def half_sweep(own, other, shifted):
        side = torch.where(shifted, other.roll(-1, 1), other.roll(1, 1))
        near = other + other.roll(1, 0) + other.roll(-1, 0) + side
        up = torch.rand_like(own) < torch.sigmoid(2 * h.BETA * near)
        return up.to(own.dtype) * 2 - 1

    step = torch.compile(half_sweep) if tuned else half_sweep

    @torch.no_grad()
    def run():
        for _ in range(h.SWEEPS):
            s[0] = step(s[0], s[1], odd)
            s[1] = step(s[1], s[0], ~odd)

        def judge():
            side = torch.where(odd, s[1].roll(-1, 1), s[1].roll(1, 1))
            near = s[1] + s[1].roll(1, 0) + s[1].roll(-1, 0) + side
            return {"energy": -(s[0] * near).sum().item() / n**2}

        return judge

    return run


class Conv(nn.Module):
    def __init__(self):
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv2d(1, 16, 5, stride=2, padding=2), nn.SiLU(),
            nn.Conv2d(16, 32, 3, stride=2, padding=1), nn.SiLU(),
            nn.Conv2d(32, 64, 3, stride=2, padding=1), nn.SiLU(),
            nn.Flatten(), nn.Linear(64 * 16, 1))

    def forward(self, x):
        return self.net(x).squeeze(-1)


def conv(tuned, threads):
    prepare(tuned, threads)
    net, x = Conv(), torch.rand(h.IMAGES, 1, 28, 28)
    if tuned:
        net, x = net.to(memory_format=torch.channels_last), x.to(memory_format=torch.channels_last)
    forward = torch.compile(net) if tuned else net
    params = list(net.parameters())

    def run():
        x.requires_grad_(True)
        e = forward(x)
        g = torch.autograd.grad(e.sum(), [x, *params])
        return lambda: {"finite": float(torch.isfinite(g[0]).all() and torch.isfinite(g[1]).all())}

    return run


def compiling(tuned, threads):
    prepare(tuned, threads)

    def run():
        torch._dynamo.reset()
        net = Net()
        began = time.perf_counter()
        forward = torch.compile(net)
        x = torch.randn(h.BATCH, 2, requires_grad=True)
        torch.autograd.grad(forward(x).sum(), [x, *net.parameters()])
        took = time.perf_counter() - began
        return lambda: {"seconds": took}

    return run


h.main(
    {"ring": ring, "mixture": mixture, "cd": cd, "dsm": dsm, "rbm": rbm, "ising": ising, "conv": conv, "compile": compiling},
    torch.__version__)
