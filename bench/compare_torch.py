"""The shapes of RlCore.Bench in PyTorch: python3 bench/compare_torch.py. On one and on all threads."""
import os
import subprocess
import sys
import time

import torch
import torch.nn.functional as F

PRODUCTS = [(1, 128, 512), (8, 128, 512), (512, 128, 16), (512, 128, 512), (2048, 128, 384), (2048, 128, 512),
            (2048, 512, 128), (5120, 128, 512), (1024, 1024, 1024)]
# layers, width, heads, vocabulary, batch, time
MODELS = [(2, 64, 4, 16, 256, 10), (3, 128, 4, 16, 512, 10), (3, 128, 4, 16, 1024, 10), (4, 256, 8, 512, 32, 64)]


def measure(action, patience=1.0, fewest=12):
    """Wall seconds of the fastest run, and processor seconds (all threads) of the average run."""
    start = time.perf_counter()
    runs = 0
    while runs < 3 or time.perf_counter() - start < patience / 2:
        action()
        runs += 1
    wall, runs, total, processor = float("inf"), 0, time.perf_counter(), time.process_time()
    while runs < fewest or time.perf_counter() - total < patience:
        start = time.perf_counter()
        action()
        wall = min(wall, time.perf_counter() - start)
        runs += 1
    return wall, (time.process_time() - processor) / runs


def text(times):
    return f"{times[0] * 1e3:9.3f} ms wall {times[1] * 1e3:9.3f} ms processor"


class Gpt:
    """The same operations as RlCore.Bench's Gpt, with fused optimizer options where this PyTorch has them."""

    def __init__(self, layers, width, heads, vocabulary, batch, steps):
        self.width, self.heads, self.batch, self.steps, self.vocabulary = width, heads, batch, steps, vocabulary
        self.parameters = []
        self.tokens, self.places = self.weight(vocabulary, width), self.weight(steps, width)
        self.norm = (self.weight(width), self.weight(width))
        self.layers = [dict(n1=(self.weight(width), self.weight(width)), qkv=(self.weight(3 * width, width), self.weight(3 * width)),
                            out=(self.weight(width, width), self.weight(width)), n2=(self.weight(width), self.weight(width)),
                            up=(self.weight(4 * width, width), self.weight(4 * width)),
                            down=(self.weight(width, 4 * width), self.weight(width))) for _ in range(layers)]
        self.optimizer = torch.optim.AdamW(self.parameters, lr=1e-4, foreach=True)
        self.ids = torch.randint(vocabulary, (batch, steps))
        self.targets = torch.randint(vocabulary, (batch, steps))
        self.mask = torch.ones(steps, steps).tril().bool()

    def weight(self, *shape):
        parameter = (torch.randn(*shape) * 0.05).requires_grad_()
        self.parameters.append(parameter)
        return parameter

    def run(self, x, attend):
        for index, layer in enumerate(self.layers):
            h = F.linear(F.layer_norm(x, (self.width,), *layer["n1"]), *layer["qkv"])
            x = x + F.linear(attend(index, h), *layer["out"])
            h = F.linear(F.layer_norm(x, (self.width,), *layer["n2"]), *layer["up"])
            # PyTorch's own fused tanh form.
            x = x + F.linear(F.gelu(h, approximate="tanh"), *layer["down"])
        return F.layer_norm(x, (self.width,), *self.norm)

    def split(self, h):
        size = self.width // self.heads
        return (part.reshape(self.batch, -1, self.heads, size).transpose(1, 2) for part in h.split(self.width, dim=-1))

    def causal(self, _, h):
        q, k, v = self.split(h)
        scores = (q @ k.transpose(-1, -2)) * (q.shape[-1] ** -0.5)
        weights = scores.masked_fill(~self.mask, float("-inf")).softmax(-1)
        return (weights @ v).transpose(1, 2).reshape(self.batch, -1, self.width)

    def train(self):
        x = self.run(self.tokens[self.ids] + self.places, self.causal)
        log_probs = F.linear(x, self.tokens).log_softmax(-1).gather(-1, self.targets[..., None])
        (-log_probs.mean()).backward()
        torch.nn.utils.clip_grad_norm_(self.parameters, 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad()

    @torch.no_grad()
    def decode(self):
        size = self.width // self.heads
        cache = [torch.empty(2, self.batch, self.heads, self.steps, size) for _ in self.layers]
        token = torch.zeros(self.batch, dtype=torch.long)
        for t in range(self.steps):
            def attend(index, h):
                q, k, v = self.split(h)
                cache[index][0, :, :, t:t + 1], cache[index][1, :, :, t:t + 1] = k, v
                keys, values = cache[index][:, :, :, :t + 1]
                weights = ((q @ keys.transpose(-1, -2)) * (size ** -0.5)).softmax(-1)
                return (weights @ values).transpose(1, 2).reshape(self.batch, -1, self.width)

            x = self.run((self.tokens[token] + self.places[t])[:, None], attend)
            probabilities = F.linear(x[:, 0], self.tokens).softmax(-1)
            token = torch.multinomial(probabilities, 1)[:, 0]


def run(threads):
    torch.manual_seed(1)
    torch.set_num_threads(threads)
    print(f"PyTorch {torch.__version__}, {threads} threads", flush=True)
    for rows, depth, columns in PRODUCTS:
        x, weight = torch.rand(rows, depth), torch.rand(columns, depth)
        with torch.no_grad():
            times = measure(lambda: F.linear(x, weight))
        print(f"product {rows:5} x {depth:4} -> {columns:5}  {text(times)}  {2 * rows * depth * columns / times[0] / 1e9:8.1f} GFLOP/s", flush=True)
    for shape in MODELS:
        model = Gpt(*shape)
        print(f"training step  {shape}  {text(measure(model.train))}", flush=True)
        print(f"decode         {shape}  {text(measure(model.decode))}", flush=True)


def main():
    if len(sys.argv) > 1:
        run(int(sys.argv[1]))
        return
    # A BLAS reads its thread count when it loads, and some ignore PyTorch's: one process for each count.
    for threads in sorted({1, os.cpu_count()}):
        names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS")
        subprocess.run([sys.executable, __file__, str(threads)], env=os.environ | {name: str(threads) for name in names}, check=True)


if __name__ == "__main__":
    main()
