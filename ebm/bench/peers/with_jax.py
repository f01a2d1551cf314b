"""JAX, written as its documentation writes such things: grad, vmap, lax.scan and jit around the whole loop. Tuned means whole
epochs in one call and gradients of sums instead of vmap of grad, where that is faster. (The generator rbg is slower on processors.)"""

import os
import sys

threads = int(sys.argv[3])
os.environ["XLA_FLAGS"] = os.environ.get("XLA_FLAGS", "") + (
    " --xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1" if threads == 1 else "")
os.environ["JAX_PLATFORMS"] = "cpu"

import math
import time

import harness as h
import jax
import jax.numpy as jnp
import numpy as np
import optax


def key_of(state):
    state[0], key = jax.random.split(state[0])
    return key


def ring(tuned, threads):
    x = jax.random.normal(jax.random.key(0), (h.RING_POINTS, 2))

    def one(x):
        return (jnp.linalg.norm(x) - 2) ** 2 / 0.125

    def total(x):
        e = (jnp.linalg.norm(x, axis=1) - 2) ** 2 / 0.125
        return e.sum(), e

    def both(x):
        g, e = jax.grad(total, has_aux=True)(x)
        return e, g

    f = jax.jit(both if tuned else jax.vmap(jax.value_and_grad(one)))

    def run():
        e, g = jax.block_until_ready(f(x))
        return lambda: {"energy": float(np.asarray(e[:1000]).mean()), "slope": float(np.abs(np.asarray(g[:1000])).mean())}

    return run


def mixture(tuned, threads):
    a = jnp.arange(8) * (math.pi / 4)
    mu, c = h.RADIUS * jnp.stack([jnp.cos(a), jnp.sin(a)], 1), 1 / (2 * h.SIGMA**2)

    def energy(x):
        return -jax.nn.logsumexp(-c * ((x - mu) ** 2).sum(1))

    def slope(x):
        p = jax.nn.softmax(-c * ((x[:, None, :] - mu) ** 2).sum(2), axis=1)
        return 2 * c * (x - p @ mu)

    g = slope if tuned else jax.vmap(jax.grad(energy))

    @jax.jit
    def chain(key):
        start, rest = jax.random.split(key)

        def step(x, key):
            xi = jax.random.normal(key, x.shape)
            return x - h.STEP * g(x) + math.sqrt(2 * h.STEP) * xi, None

        return jax.lax.scan(step, jax.random.normal(start, (h.CHAINS, 2)), jax.random.split(rest, h.STEPS))[0]

    state = [jax.random.key(0)]

    def run():
        r = np.linalg.norm(np.asarray(chain(key_of(state))), axis=1)
        return lambda: {"radius": float(r.mean()), "spread": float(r.std())}

    return run


def init(key):
    n, keys = h.HIDDEN, jax.random.split(key, 3)
    sizes = [(2, n), (n, n), (n, 1)]
    return [(jax.random.normal(k, s) / math.sqrt(s[0]), jnp.zeros(s[1])) for k, s in zip(keys, sizes)]


def net(params, x):
    for w, b in params[:-1]:
        x = jax.nn.silu(x @ w + b)
    w, b = params[-1]
    return (x @ w + b)[..., 0]


def training(tuned, loss):
    data = jnp.asarray(h.two_moons(np, 4096))
    params = init(jax.random.key(1))
    opt = optax.adam(h.RATE)

    def step(carry, key):
        params, state = carry
        pick, key = jax.random.split(key)
        x = data[jax.random.randint(pick, (h.BATCH,), 0, len(data))]
        updates, state = opt.update(jax.grad(loss)(params, x, key), state, params)
        return (optax.apply_updates(params, updates), state), None

    one = jax.jit(lambda c, k: step(c, k)[0], donate_argnums=0)
    many = jax.jit(lambda c, k: jax.lax.scan(step, c, jax.random.split(k, h.ITERATIONS))[0], donate_argnums=0)
    box = jax.random.uniform(jax.random.key(3), (2000, 2)) * jnp.array([4.0, 3.0]) - jnp.array([1.5, 1.25])
    keys, at = [jax.random.key(2)], [(params, opt.init(params))]

    def run():
        if tuned:
            at[0] = many(at[0], key_of(keys))
        else:
            for key in jax.random.split(key_of(keys), h.ITERATIONS):
                at[0] = one(at[0], key)
        p = jax.block_until_ready(at[0])[0]
        return lambda: {"gap": float(net(p, box).mean() - net(p, data).mean())}

    return run


def cd(tuned, threads):
    # The energies are independent, so the gradient of their sum is that of each.
    slope = jax.grad(lambda x, p: net(p, x).sum()) if tuned else lambda x, p: jax.vmap(jax.grad(lambda q: net(p, q)))(x)

    def loss(params, x, key):
        def step(y, key):
            return y - h.CD_STEP * slope(y, params) + math.sqrt(2 * h.CD_STEP) * jax.random.normal(key, y.shape), None

        neg = jax.lax.stop_gradient(jax.lax.scan(step, x, jax.random.split(key, h.CD_STEPS))[0])
        return net(params, x).mean() - net(params, neg).mean()

    return training(tuned, loss)


def dsm(tuned, threads):
    slope = jax.grad(lambda x, p: net(p, x).sum()) if tuned else lambda x, p: jax.vmap(jax.grad(lambda q: net(p, q)))(x)

    def loss(params, x, key):
        eps = jax.random.normal(key, x.shape)
        g = slope(x + h.DSM_SIGMA * eps, params)
        return ((h.DSM_SIGMA * g - eps) ** 2).sum(1).mean() / 2

    return training(tuned, loss)


def rbm(tuned, threads):
    data = jnp.asarray(h.rows_of_bits(np)).reshape(-1, h.RBM_BATCH, h.VISIBLE)
    rate = h.RBM_RATE / h.RBM_BATCH

    def step(carry, item):
        (w, b, c, chains), (v, key) = carry, item
        k1, k2 = jax.random.split(key)
        ph = jax.nn.sigmoid(v @ w + c)
        hid = jax.random.bernoulli(k1, jax.nn.sigmoid(chains @ w + c)).astype(jnp.float32)
        neg = jax.random.bernoulli(k2, jax.nn.sigmoid(hid @ w.T + b)).astype(jnp.float32)
        pn = jax.nn.sigmoid(neg @ w + c)
        w = w + rate * (v.T @ ph - neg.T @ pn)
        return (w, b + rate * (v - neg).sum(0), c + rate * (ph - pn).sum(0), neg), None

    one = jax.jit(lambda s, i: step(s, i)[0], donate_argnums=0)
    epoch = jax.jit(lambda s, k: jax.lax.scan(step, s, (data, jax.random.split(k, len(data))))[0], donate_argnums=0)
    keys = [jax.random.key(0)]
    start = (0.01 * jax.random.normal(key_of(keys), (h.VISIBLE, h.BITS)), jnp.zeros(h.VISIBLE), jnp.zeros(h.BITS),
             jax.random.bernoulli(key_of(keys), 0.5, (h.RBM_BATCH, h.VISIBLE)).astype(jnp.float32))
    at = [start]

    def run():
        if tuned:
            at[0] = epoch(at[0], key_of(keys))
        else:
            for v, k in zip(data, jax.random.split(key_of(keys), len(data))):
                at[0] = one(at[0], (v, k))
        w, b, c, _ = jax.block_until_ready(at[0])

        def judge():
            v = data.reshape(-1, h.VISIBLE)
            p = jax.nn.sigmoid(jax.nn.sigmoid(v @ w + c) @ w.T + b)
            return {"error": float(((v - p) ** 2).mean())}

        return judge

    return run


def ising(tuned, threads):
    n, half = h.SIDE, h.SIDE // 2
    odd = (jnp.arange(n) % 2 == 1)[:, None]

    def near(other, shifted):
        side = jnp.where(shifted, jnp.roll(other, -1, 1), jnp.roll(other, 1, 1))
        return other + jnp.roll(other, 1, 0) + jnp.roll(other, -1, 0) + side

    def draw(key, other, shifted):
        up = jax.random.uniform(key, other.shape) < jax.nn.sigmoid(2 * h.BETA * near(other, shifted))
        return up.astype(other.dtype) * 2 - 1

    @jax.jit
    def sweeps(a, b, key):
        def sweep(s, key):
            k1, k2 = jax.random.split(key)
            a = draw(k1, s[1], odd)
            return (a, draw(k2, a, ~odd)), None

        return jax.lax.scan(sweep, (a, b), jax.random.split(key, h.SWEEPS))[0]

    keys = [jax.random.key(0)]
    at = [tuple(jax.random.bernoulli(key_of(keys), 0.5, (n, half)).astype(jnp.float32) * 2 - 1 for _ in range(2))]

    def run():
        at[0] = jax.block_until_ready(sweeps(*at[0], key_of(keys)))
        a, b = at[0]
        return lambda: {"energy": float(-(a * near(b, odd)).sum() / n**2)}

    return run


def conv(tuned, threads):
    sizes = [(1, 16, 5), (16, 32, 3), (32, 64, 3)]
    keys = jax.random.split(jax.random.key(0), 5)
    layout = ("NHWC", "HWIO", "NHWC")
    params = [(jax.random.normal(k, (s, s, i, o)) / math.sqrt(i * s * s), jnp.zeros(o)) for k, (i, o, s) in zip(keys, sizes)]
    last = jax.random.normal(keys[3], (64 * 16,)) / 32

    def energy(x, params, last):
        for w, b in params:
            pad = w.shape[0] // 2
            x = jax.lax.conv_general_dilated(x, w, (2, 2), [(pad, pad)] * 2, dimension_numbers=layout) + b
            x = jax.nn.silu(x)
        return (x.reshape(len(x), -1) @ last).sum()

    x = jax.random.uniform(keys[4], (h.IMAGES, 28, 28, 1))
    f = jax.jit(jax.grad(energy, argnums=(0, 1, 2)))

    def run():
        g = jax.block_until_ready(f(x, params, last))
        return lambda: {"finite": float(jnp.isfinite(g[0]).all())}

    return run


def compiling(tuned, threads):
    x = jax.random.normal(jax.random.key(0), (h.BATCH, 2))
    params = init(jax.random.key(1))

    def run():
        jax.clear_caches()
        began = time.perf_counter()
        f = jax.jit(jax.grad(lambda x, p: net(p, x).sum(), argnums=(0, 1)))
        jax.block_until_ready(f(x, params))
        took = time.perf_counter() - began
        return lambda: {"seconds": took}

    return run


h.main(
    {"ring": ring, "mixture": mixture, "cd": cd, "dsm": dsm, "rbm": rbm, "ising": ising, "conv": conv, "compile": compiling},
    jax.__version__)
