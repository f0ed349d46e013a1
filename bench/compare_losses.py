"""The losses of RlCore.Bench in PyTorch, eager: python3 bench/compare_losses.py THREADS. A line a case: name, best milliseconds."""
import sys
import time

import torch


def best(action, patience=2.0, fewest=8):
    """Milliseconds of the fastest of many runs."""
    for _ in range(3):
        action()
    fastest, runs, begin = float("inf"), 0, time.perf_counter()
    while runs < fewest or time.perf_counter() - begin < patience:
        start = time.perf_counter()
        action()
        fastest, runs = min(fastest, time.perf_counter() - start), runs + 1
    return fastest * 1e3


def grpo(rows=1024, columns=1024, beta=0.04, low=0.2, high=0.2):
    """As trainers write it: ratio, clip, minimum, k3, masked mean of each sequence, mean over sequences, backward."""
    old = -3 * torch.rand(rows, columns)
    logps = (old + 0.3 * torch.randn(rows, columns)).requires_grad_()
    ref = old + 0.3 * torch.randn(rows, columns)
    advantages, mask = torch.randn(rows), torch.ones(rows, columns)

    def run():
        logps.grad = None
        ratio = torch.exp(logps - old)
        clipped = torch.clamp(ratio, 1 - low, 1 + high)
        a = advantages.unsqueeze(1)
        loss = -torch.min(ratio * a, clipped * a)
        kl = torch.exp(ref - logps) - (ref - logps) - 1
        loss = loss + beta * kl
        loss = ((loss * mask).sum(-1) / mask.sum(-1).clamp(min=1.0)).mean()
        loss.backward()
        return loss

    return run


def dpo(pairs=1 << 18, beta=0.1, smoothing=None):
    """The loss alone, or with smoothing given as trainers write it: both log-sigmoids, and the implicit rewards."""
    chosen, rejected = (-50 * torch.rand(pairs)).requires_grad_(), (-50 * torch.rand(pairs)).requires_grad_()
    ref_chosen, ref_rejected = -50 * torch.rand(pairs), -50 * torch.rand(pairs)

    def run():
        chosen.grad = rejected.grad = None
        logits = (chosen - rejected) - (ref_chosen - ref_rejected)
        losses = -torch.nn.functional.logsigmoid(beta * logits)
        if smoothing is not None:
            losses = losses * (1 - smoothing) - torch.nn.functional.logsigmoid(-beta * logits) * smoothing
            rewards = beta * (chosen - ref_chosen).detach(), beta * (rejected - ref_rejected).detach()
            accuracy, margin = (rewards[0] > rewards[1]).float().mean(), (rewards[0] - rewards[1]).mean()
        loss = losses.mean()
        loss.backward()
        return loss

    return run


def gae(rows=512, columns=1024, gamma=1.0, lam=0.95):
    """The loop over time that trainers run, rows together."""
    rewards, values = torch.randn(rows, columns), torch.randn(rows, columns)

    def run():
        last, reversed_advantages = 0, []
        for t in reversed(range(columns)):
            following = values[:, t + 1] if t < columns - 1 else 0.0
            delta = rewards[:, t] + gamma * following - values[:, t]
            last = delta + gamma * lam * last
            reversed_advantages.append(last)
        advantages = torch.stack(reversed_advantages[::-1], dim=1)
        return advantages, advantages + values

    return run


if __name__ == "__main__":
    torch.set_num_threads(int(sys.argv[1]))
    torch.manual_seed(1)
    for name, case in (("grpo", grpo()), ("dpo", dpo()), ("dpo_trainer", dpo(smoothing=0.0)), ("gae", gae())):
        print(name, best(case), flush=True)
