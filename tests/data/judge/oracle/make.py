#!/usr/bin/env python3
"""Writes the streams beside it, and what the reference simulation of the judge makes of them.

usage: make.py FOLDER_OF_JUDGE_SIM

Made with the reference simulation (judge_sim.py: numpy, scipy), which is not part of this project. Its tables are of
single precision; here they are made double. The accept bets look at the reference before the second is added to it,
so that they depend on the past only.

A file: "w RATE", the warm histogram as "bin:count …", then a line per second:
canary's times | its errors | stable's times | its errors | strict | tolerant and capped | fast path | accept
with natural logarithms of the wealth.
"""
import os
import sys

import numpy as np

sys.path.insert(0, sys.argv[1])
np.float32 = np.float64
# As src/judge has them (settings.h, bets.cc).
WEIGHTS = dict(err=.33, p50=.09, p90=.08, p99=.06, p999=.04, slow=.20, shape=.20)
ERROR_PRIORS = [.12, .12, .15, .13, .12, .16, .20]
HERE = os.path.dirname(os.path.abspath(__file__))


def pairs(row):
    return ' '.join('%d:%d' % (k, n) for k, n in enumerate(row) if n)


def write(name, scenario, mode, rate, w, seconds, seed, onset=0):
    os.environ['W'] = str(w)
    sys.modules.pop('judge_sim', None)
    import judge_sim as sim
    sim.Judge.ERR_P = np.array(ERROR_PRIORS)
    gen = sim.Gen(np.random.default_rng(seed), 1, rate, scenario, mode, onset)
    strict = sim.Judge(1, wt=WEIGHTS)
    tolerant = dict(rho=1.1, d=0.0005, shift=1, cap=10, inject=True, block=10, wt=WEIGHTS)
    capped = sim.Judge(1, **tolerant)
    fast = sim.Judge(1, fast=True, **tolerant)
    accept = sim.Acceptor(1)
    warm = gen.warm()
    for judge in (strict, capped, fast):
        judge.set_hist(warm)
    with open(os.path.join(HERE, name + '.txt'), 'w') as out:
        out.write('%r %r\n%s\n' % (w, rate, pairs(warm[0])))
        for t in range(seconds):
            nC, eC, _, _, nS, eS = gen.sec(t)
            a = accept.step(capped, nC, eC, nS, eS)[0]
            m = [judge.step(t, nC, eC, nS, eS)[0] for judge in (strict, capped, fast)]
            out.write('%s | %d | %s | %d | %.17g %.17g %.17g %.17g\n' %
                      (pairs(nC[0]), eC[0], pairs(nS[0]), eS[0], m[0], m[1], fast.fast.max(), a))
            for judge in (strict, capped, fast):
                if (t + 1) % judge.block == 0:
                    judge.end_block(judge.block)


write('alike', 'AA', 'iid', 20, 0.05, 300, 1)
write('errors-5-percent', 'err5', 'iid', 30, 0.05, 300, 2, onset=60)
write('errors-20-percent-at-a-quarter', 'err20', 'iid', 20, 0.25, 120, 3, onset=20)
write('all-errors', 'err100', 'iid', 30, 0.05, 60, 4, onset=20)
write('half-as-slow-again', 'lat1.5', 'iid', 30, 0.05, 200, 5, onset=40)
write('one-percent-hangs', 'tail1%', 'iid', 20, 0.5, 300, 6)
write('bursts-of-one-instance', 'AA', 'inst', 20, 0.05, 300, 7)
write('both-drift', 'AA', 'drift', 20, 0.25, 300, 8)
