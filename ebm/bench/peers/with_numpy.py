"""NumPy in single precision, gradients by hand. There is nothing to tune but the number of threads of its BLAS."""

import harness as h
import numpy as np

f = np.float32


def ring(tuned, threads):
    x = np.random.default_rng(0).standard_normal((h.RING_POINTS, 2), dtype=f)

    def run():
        r = np.sqrt((x * x).sum(1))
        e = (r - f(2)) ** 2 / f(0.125)
        g = x * ((r - f(2)) * f(16) / r)[:, None]
        return lambda: {"energy": float(e.mean()), "slope": float(np.abs(g).mean())}

    return run


def mixture(tuned, threads):
    rng = np.random.default_rng(0)
    a = np.arange(8) * np.pi / 4
    mu, c = (h.RADIUS * np.stack([np.cos(a), np.sin(a)], 1)).astype(f), f(1 / (2 * h.SIGMA**2))

    def run():
        x = rng.standard_normal((h.CHAINS, 2), dtype=f)
        for _ in range(h.STEPS):
            d = -c * ((x[:, None, :] - mu) ** 2).sum(2)
            d = np.exp(d - d.max(1, keepdims=True))
            g = 2 * c * (x - (d / d.sum(1, keepdims=True)) @ mu)
            x = x - f(h.STEP) * g + f((2 * h.STEP) ** 0.5) * rng.standard_normal(x.shape, dtype=f)
        r = np.linalg.norm(x, axis=1)
        return lambda: {"radius": float(r.mean()), "spread": float(r.std())}

    return run


def rbm(tuned, threads):
    rng = np.random.default_rng(0)
    data = h.rows_of_bits(np)
    w = f(0.01) * rng.standard_normal((h.VISIBLE, h.BITS), dtype=f)
    b, c = np.zeros(h.VISIBLE, f), np.zeros(h.BITS, f)
    chains = [(rng.random((h.RBM_BATCH, h.VISIBLE)) < 0.5).astype(f)]
    rate = f(h.RBM_RATE / h.RBM_BATCH)

    def sigmoid(z):
        return 1 / (1 + np.exp(-z))

    def draw(p):
        return (rng.random(p.shape, dtype=f) < p).astype(f)

    def run():
        for i in range(0, h.RBM_ROWS, h.RBM_BATCH):
            v = data[i : i + h.RBM_BATCH]
            ph = sigmoid(v @ w + c)
            hid = draw(sigmoid(chains[0] @ w + c))
            neg = draw(sigmoid(hid @ w.T + b))
            pn = sigmoid(neg @ w + c)
            w[...] += rate * (v.T @ ph - neg.T @ pn)
            b[...] += rate * (v - neg).sum(0)
            c[...] += rate * (ph - pn).sum(0)
            chains[0] = neg
        return lambda: {"error": float(((data - sigmoid(sigmoid(data @ w + c) @ w.T + b)) ** 2).mean())}

    return run


def ising(tuned, threads):
    rng = np.random.default_rng(0)
    n, half = h.SIDE, h.SIDE // 2
    odd = (np.arange(n) % 2 == 1)[:, None]
    s = [(rng.integers(0, 2, (n, half)) * 2 - 1).astype(np.int8) for _ in range(2)]
    up = (1 / (1 + np.exp(-2 * h.BETA * np.arange(-4, 5)))).astype(f)

    def near(other, shifted):
        side = np.where(shifted, np.roll(other, -1, 1), np.roll(other, 1, 1))
        return other + np.roll(other, 1, 0) + np.roll(other, -1, 0) + side

    def run():
        for _ in range(h.SWEEPS):
            for k, shifted in ((0, odd), (1, ~odd)):
                p = up[near(s[1 - k], shifted) + 4]
                s[k] = np.where(rng.random(p.shape, dtype=f) < p, np.int8(1), np.int8(-1))
        return lambda: {"energy": float(-(s[0].astype(np.int32) * near(s[1], odd)).sum() / n**2)}

    return run


h.main({"ring": ring, "mixture": mixture, "rbm": rbm, "ising": ising}, np.__version__)
