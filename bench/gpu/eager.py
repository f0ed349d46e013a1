"""Eager PyTorch beside the Torch engine: a training step of SmolLM2-135M's shape, or selected log-probs with their gradients.

    eager.py DEVICE steps BATCH TIME F32|TF32|BF16 LAYERS
    eager.py DEVICE logprobs TOKENS

It answers lines of its input as a side of bench/SideBySide does: check (three losses), run N (seconds), memory (bytes in use, and at most
allocated).
"""

import resource
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

WIDTH, HEADS, GROUPS, MLP, VOCABULARY = 576, 9, 3, 1536, 49_152
SIZE = WIDTH // HEADS


def rotate(x, cosines, sines):
    first, second = x.chunk(2, dim=-1)
    return x * cosines + torch.cat((-second, first), dim=-1) * sines


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1 = nn.RMSNorm(WIDTH, eps=1e-5)
        self.q = nn.Linear(WIDTH, WIDTH, bias=False)
        self.k = nn.Linear(WIDTH, GROUPS * SIZE, bias=False)
        self.v = nn.Linear(WIDTH, GROUPS * SIZE, bias=False)
        self.o = nn.Linear(WIDTH, WIDTH, bias=False)
        self.norm2 = nn.RMSNorm(WIDTH, eps=1e-5)
        self.gate = nn.Linear(WIDTH, MLP, bias=False)
        self.up = nn.Linear(WIDTH, MLP, bias=False)
        self.down = nn.Linear(MLP, WIDTH, bias=False)

    def forward(self, x, cosines, sines):
        batch, length, _ = x.shape
        h = self.norm1(x)
        q = self.q(h).view(batch, length, HEADS, SIZE).transpose(1, 2)
        k = self.k(h).view(batch, length, GROUPS, SIZE).transpose(1, 2)
        v = self.v(h).view(batch, length, GROUPS, SIZE).transpose(1, 2)
        q, k = rotate(q, cosines, sines).to(v.dtype), rotate(k, cosines, sines).to(v.dtype)
        # Keys and values are repeated, as Hugging Face does it: kernels that take groups exist for half precision alone.
        k, v = (t.repeat_interleave(HEADS // GROUPS, dim=1) for t in (k, v))
        a = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.o(a.transpose(1, 2).reshape(batch, length, WIDTH))
        h = self.norm2(x)
        return x + self.down(F.silu(self.gate(h)) * self.up(h))


class Model(nn.Module):
    def __init__(self, layers, length):
        super().__init__()
        self.tokens = nn.Embedding(VOCABULARY, WIDTH)
        self.blocks = nn.ModuleList(Block() for _ in range(layers))
        self.norm = nn.RMSNorm(WIDTH, eps=1e-5)
        angles = torch.outer(torch.arange(length), 100_000 ** (-torch.arange(0, SIZE, 2) / SIZE)).repeat(1, 2)
        self.register_buffer("cosines", angles.cos())
        self.register_buffer("sines", angles.sin())
        for parameter in self.parameters():
            if parameter.dim() == 2:
                nn.init.normal_(parameter, std=0.02)

    def forward(self, tokens):
        x = self.tokens(tokens)
        for block in self.blocks:
            x = block(x, self.cosines, self.sines)
        return F.linear(self.norm(x), self.tokens.weight)


def training(device, batch, length, precision, layers):
    torch.backends.cuda.matmul.allow_tf32 = precision == "TF32"
    model = Model(layers, length).to(device)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, weight_decay=0.01, fused=device.type == "cuda")
    tokens = torch.randint(VOCABULARY, (batch, length + 1), device=device)

    def step():
        with torch.autocast(device.type, torch.bfloat16, enabled=precision == "BF16"):
            logits = model(tokens[:, :-1])
            loss = F.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten())
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        return loss.item()

    return step


def log_probs(device, count):
    hidden = torch.randn(count, WIDTH, device=device, requires_grad=True)
    head = (torch.randn(VOCABULARY, WIDTH, device=device) / WIDTH**0.5).requires_grad_()
    targets = torch.randint(VOCABULARY, (count, 1), device=device)

    def step():
        loss = -F.log_softmax(F.linear(hidden, head), dim=-1).gather(-1, targets).mean()
        loss.backward()
        return loss.item()

    return step


def memory(device):
    if device.type == "cuda":
        free, total = torch.cuda.mem_get_info(device)
        return f"{total - free} {torch.cuda.max_memory_allocated(device)}"
    return str(1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)


def main():
    device, kind, *rest = sys.argv[1:]
    device = torch.device(device)
    torch.manual_seed(1)
    if kind == "steps":
        batch, length, precision, layers = rest
        step = training(device, int(batch), int(length), precision, int(layers))
    else:
        step = log_probs(device, int(rest[0]))
    for line in sys.stdin:
        words = line.split()
        if words[0] == "check":
            answer = " ".join(str(step()) for _ in range(3))
        elif words[0] == "run":
            start = time.perf_counter()
            for _ in range(int(words[1])):
                step()
            answer = str(time.perf_counter() - start)
        else:
            answer = memory(device)
        print("=", answer, flush=True)


main()
