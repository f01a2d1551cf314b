"""thrml: an Ising model of two blocks, sampled by its own program under jit."""

import os
import sys

if int(sys.argv[3]) == 1:
    os.environ["XLA_FLAGS"] = os.environ.get("XLA_FLAGS", "") + " --xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ["JAX_PLATFORMS"] = "cpu"

from importlib.metadata import version

import harness as h
import jax
import jax.numpy as jnp
import numpy as np
from thrml import Block, SamplingSchedule, SpinNode, sample_states
from thrml.models import IsingEBM, IsingSamplingProgram, hinton_init


def ising(tuned, threads):
    n = h.SIDE
    nodes = [SpinNode() for _ in range(n * n)]
    edges = [(nodes[r * n + c], nodes[k]) for r in range(n) for c in range(n)
             for k in ((r + 1) % n * n + c, r * n + (c + 1) % n)]
    ebm = IsingEBM(nodes, edges, jnp.zeros(n * n), jnp.ones(len(edges)), jnp.array(h.BETA))
    blocks = [Block([nodes[r * n + c] for r in range(n) for c in range(n) if (r + c) % 2 == k]) for k in (0, 1)]
    program = IsingSamplingProgram(ebm, blocks, clamped_blocks=[])
    start = hinton_init(jax.random.key(0), ebm, blocks, ())
    schedule = SamplingSchedule(n_warmup=h.SWEEPS - 1, n_samples=1, steps_per_sample=1)
    draw = jax.jit(lambda key, s: sample_states(key, program, schedule, s, [], blocks))
    at, keys = [start], [jax.random.key(1)]
    place = [np.array([r * n + c for r in range(n) for c in range(n) if (r + c) % 2 == k]) for k in (0, 1)]

    def run():
        keys[0], key = jax.random.split(keys[0])
        at[0] = [x[-1] for x in jax.block_until_ready(draw(key, at[0]))]

        def judge():
            s = np.empty(n * n, np.float32)
            for p, x in zip(place, at[0]):
                s[p] = np.asarray(x) * 2.0 - 1
            s = s.reshape(n, n)
            return {"energy": float(-(s * (np.roll(s, 1, 0) + np.roll(s, 1, 1))).mean())}

        return judge

    return run


h.main({"ising": ising}, version("thrml"))
