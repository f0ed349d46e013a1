using RlCore.Algebra;
using TorchSharp;
using static TorchSharp.torch;

namespace RlCore.Engines.Torch.Tests;

/// <summary>The losses on tensors of a training loop of one's own: the values and gradients of the reference carrier.</summary>
public sealed class TorchLossesLaws : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly double[] _logProbs = Values(1, -4, 0);
    private readonly double[] _other = Values(2, -4, 0);
    private readonly double[] _advantages = Values(3, -2, 2);

    public void Dispose() => _scope.Dispose();

    [Theory]
    [InlineData(ScalarType.Float32, 1e-5)]
    [InlineData(ScalarType.Float64, 1e-12)]
    public void The_clipped_surrogate_and_kl_are_those_of_the_reference(ScalarType type, double tolerance)
    {
        Agrees(
            type,
            tolerance,
            x => TorchLosses.PpoClip(x, Of(_other, type), Of(_advantages, type)),
            (x, i) => PolicyLosses.PpoClip(x, Data(_other[i]), Data(_advantages[i]), 0.2, 0.2));
        foreach (KlEstimator estimator in Enum.GetValues<KlEstimator>())
        {
            Agrees(
                type,
                tolerance,
                x => TorchLosses.Kl(x, Of(_other, type), estimator),
                (x, i) => KlEstimators.Estimate(estimator, x, Data(_other[i])));
        }

        Agrees(type, tolerance, TorchLosses.TokenNll, (x, _) => SupervisedLosses.TokenNll(x));
        Agrees(type, tolerance, x => TorchLosses.Of(v => TorchTensor.Log1MExp(v), x), (x, _) => Dual<Real>.Log1MExp(x));
    }

    [Fact]
    public void Dpo_takes_vectors_and_gives_a_vector()
    {
        Tensor chosen = tensor([-3.0, -5.0], requires_grad: true);
        Tensor losses = TorchLosses.Dpo(chosen, tensor([-4.0, -4.0]), tensor([-3.5, -4.5]), tensor([-3.5, -4.5]), 0.5);
        Assert.Equal([2], losses.shape);
        for (int i = 0; i < 2; i++)
        {
            double h = 0.5 * ((chosen[i].ToDouble() - -3.5 - i * -1) - (-4 - (-3.5 - i)));
            Assert.Equal(Math.Log(1 + Math.Exp(-h)), losses[i].ToDouble(), 1e-12);
        }
    }

    [Fact]
    public void Micro_batches_add_up_to_the_step()
    {
        SequenceMask mask = SequenceMask.FromRanges(3, [0, 1], [3, 1]);
        Tensor whole = Of(_logProbs, ScalarType.Float64).requires_grad_();
        TorchLosses.Aggregate(TorchLosses.TokenNll(whole), mask, new Aggregation.TokenMean()).backward();
        Tensor parts = Of(_logProbs, ScalarType.Float64).requires_grad_();
        for (int row = 0; row < 2; row++)
        {
            Tensor losses = TorchLosses.TokenNll(parts.narrow(0, row, 1));
            TorchLosses.Aggregate(losses, mask.SliceRows(row, 1), new Aggregation.TokenMean(), mask, row).backward();
        }

        Assert.Equal([-0.25, -0.25, -0.25, 0, -0.25, 0], whole.grad!.data<double>().ToArray());
        Assert.Equal(whole.grad!.data<double>().ToArray(), parts.grad!.data<double>().ToArray());
    }

    [Fact]
    public void Selected_log_probs_equal_the_log_softmax_of_all_logits()
    {
        Tensor hidden = randn(2, 3, 4, requires_grad: true);
        Tensor head = randn(7, 4, requires_grad: true);
        int[] targets = [1, 2, -1, 0, 6, 5];
        (Tensor logProbs, Tensor entropy) = TorchLosses.SelectedLogProbs(hidden, head, targets, 0.5);
        (logProbs.sum() + entropy.sum()).backward();
        Tensor states = hidden.detach().requires_grad_();
        Tensor weights = head.detach().requires_grad_();
        Tensor all = nn.functional.log_softmax(states.reshape(6, 4).mm(weights.t()).mul(2), 1);
        Tensor expected = all.gather(1, tensor([1L, 2, 0, 0, 6, 5]).view(6, 1))
            .view(2, 3)
            .masked_fill(tensor([false, false, true, false, false, false]).view(2, 3), 0);
        Tensor expectedEntropy = all.mul(all.exp())
            .sum(1)
            .neg()
            .view(2, 3)
            .masked_fill(tensor([false, false, true, false, false, false]).view(2, 3), 0);
        (expected.sum() + expectedEntropy.sum()).backward();
        Assert.True(expected.allclose(logProbs, 1e-5, 1e-5));
        Assert.True(expectedEntropy.allclose(entropy, 1e-5, 1e-5));
        Assert.True(states.grad!.allclose(hidden.grad!, 1e-4, 1e-5));
        Assert.True(weights.grad!.allclose(head.grad!, 1e-4, 1e-5));
    }

    [Fact]
    public void Threads_differentiate_at_the_same_time()
    {
        Parallel.For(0, 4, new ParallelOptions { MaxDegreeOfParallelism = 4 }, thread =>
        {
            double[] logProbs = Values(thread, -4, 0);
            for (int round = 0; round < 500; round++)
            {
                using DisposeScope scope = NewDisposeScope();
                Tensor x = Of(logProbs, ScalarType.Float64).requires_grad_();
                TorchLosses.Kl(x, Of(_other, ScalarType.Float64)).sum().backward();
                double[] gradient = x.grad!.data<double>().ToArray();
                for (int i = 0; i < gradient.Length; i++)
                {
                    Assert.Equal(-Math.Exp(_other[i] - logProbs[i]) + 1, gradient[i], 1e-9);
                }
            }
        });
    }

    private static double[] Values(int seed, double low, double high)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, 6).Select(_ => low + ((high - low) * random.NextDouble()))];
    }

    private static Dual<Real> Data(double x) => Dual<Real>.Constant(x);

    private static Tensor Of(double[] values, ScalarType type) => tensor(values, 2, 3, dtype: type);

    private void Agrees(ScalarType type, double tolerance, Func<Tensor, Tensor> loss, Func<Dual<Real>, int, Dual<Real>> reference)
    {
        Tensor x = Of(_logProbs, type).requires_grad_();
        Tensor losses = loss(x);
        Assert.Equal(type, losses.dtype);
        losses.sum().backward();
        for (int i = 0; i < 6; i++)
        {
            Dual<Real> expected = reference(Dual<Real>.Variable(_logProbs[i]), i);
            Assert.Equal(expected.Value.Value, losses[i / 3, i % 3].ToDouble(), tolerance);
            Assert.Equal(expected.Tangent.Value, x.grad![i / 3, i % 3].ToDouble(), tolerance);
        }
    }
}
