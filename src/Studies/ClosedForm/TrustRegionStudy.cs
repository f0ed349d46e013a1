using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Models;

namespace RlCore.Studies.ClosedForm;

/// <summary>Where TRPO's own steps end on the toy language.</summary>
/// <param name="MaxKl">δ, in nats per token.</param>
/// <param name="Steps">Steps taken.</param>
/// <param name="Shortened">How many of them the line search had to shorten.</param>
/// <param name="LargestKl">The greatest KL(π_old‖π) of any, exactly, in nats per token.</param>
/// <param name="GapClosed">The fraction of the gap that is closed, mean over the last steps.</param>
/// <param name="KlToOptimum">KL(π‖π*), mean over prompts and over the last steps, in nats.</param>
public sealed record TrustRegionResult(
    double MaxKl, int Steps, int Shortened, double LargestKl, double GapClosed, double KlToOptimum)
{
    /// <summary>Whether the constraint held at every step.</summary>
    public bool Holds => LargestKl <= MaxKl;
}

/// <summary>
/// TRPO as in the paper, on the toy language and without sampling: exact advantages of the reward less β·log(π/π_ref), natural gradients
/// by conjugate gradients with Fisher products, the exact KL in the line search.
/// </summary>
public static class TrustRegionStudy
{
    /// <summary>The steps over which the end is averaged.</summary>
    public const int LastSteps = 100;

    private const int Steps = 300;

    /// <summary>The trust regions of the study, in nats per token.</summary>
    public static IReadOnlyList<double> Regions { get; } = [0.1, 0.01, 0.001];

    /// <summary>Takes the steps.</summary>
    /// <param name="engine">Where the reference is made.</param>
    /// <param name="maxKl">δ, in nats per token.</param>
    /// <typeparam name="T">The engine's tensor.</typeparam>
    public static TrustRegionResult Run<T>(IEngine<T> engine, double maxKl)
        where T : struct, ITensor<T>
    {
        using var policy = ToyLanguage.Reference(engine);
        float[] reference = ClosedFormStudy.Table(engine, policy);
        double[] logits = [.. reference.Select(logit => (double)logit)];
        var options = new TrustRegionOptions { MaxKl = maxKl, Backtracks = 30 };
        (int taken, int shortened, double largest, double away) = (0, 0, 0, 0);
        for (int step = 0; step < Steps; step++)
        {
            var before = new ToyVisits(logits, reference);
            double[] full = TrustRegions.NaturalStep(before.Gradient, before.Fisher, maxKl);
            AcceptedStep accepted = TrustRegions.Search(options, fraction => before.Measure(Moved(logits, full, fraction)));
            logits = Moved(logits, full, accepted.Fraction);
            taken += accepted.Fraction > 0 ? 1 : 0;
            shortened += accepted is { Fraction: > 0, Backtracks: > 0 } ? 1 : 0;
            largest = Math.Max(largest, accepted.Measure.Kl);
            double kl = ClosedFormStudy.KlToOptimum([.. logits.Select(logit => (float)logit)], reference);
            away += step < Steps - LastSteps ? 0 : kl / LastSteps;
        }

        // J falls short of its optimum by β·KL(π‖π*), and so the gap is that of the reference.
        double closed = 1 - (away / ClosedFormStudy.KlToOptimum(reference, reference));
        return new TrustRegionResult(maxKl, taken, shortened, largest, closed, away);
    }

    private static double[] Moved(double[] from, double[] step, double fraction) =>
        [.. from.Zip(step, (logit, displacement) => logit + (fraction * displacement))];

    // How often a policy visits each prefix, as shares of all tokens, and what each next token is worth there beyond the mean.
    private sealed class ToyVisits
    {
        private static readonly int Vocabulary = ToyLanguage.Tokenizer.VocabularySize;

        private readonly double[] _logProbs;
        private readonly double[] _reference;
        private readonly double[] _weights;
        private readonly double[] _advantages;

        public ToyVisits(double[] logits, float[] reference)
        {
            _logProbs = LogProbs(logits);
            _reference = LogProbs([.. reference.Select(logit => (double)logit)]);
            _weights = new double[logits.Length / Vocabulary];
            _advantages = new double[logits.Length];
            foreach (var question in ToyLanguage.Questions)
            {
                Visit(question.Prompt, [ToyLanguage.Tokenizer.Encode(question.Prompt)[0]], 1);
            }

            double tokens = _weights.Sum();
            for (int row = 0; row < _weights.Length; row++)
            {
                _weights[row] /= tokens;
            }
        }

        /// <summary>∂/∂logits Σ_s w_s·Σ_a π(a|s)·A(s, a).</summary>
        public double[] Gradient =>
            [.. _advantages.Select((advantage, i) => _weights[i / Vocabulary] * Math.Exp(_logProbs[i]) * advantage)];

        public double[] Fisher(double[] vector) => TrustRegions.SoftmaxFisher(_logProbs, _weights, vector);

        // The surrogate is 0 at the policy itself, as its advantages have mean 0 there.
        public StepMeasure Measure(double[] logits)
        {
            double[] moved = LogProbs(logits);
            (double kl, double surrogate) = (0, 0);
            for (int i = 0; i < moved.Length; i++)
            {
                double weight = _weights[i / Vocabulary];
                kl += weight * Math.Exp(_logProbs[i]) * (_logProbs[i] - moved[i]);
                surrogate += weight * Math.Exp(moved[i]) * _advantages[i];
            }

            return new StepMeasure(kl, surrogate);
        }

        // The value of a prefix; its row's advantages are filled on the way back.
        private double Visit(string prompt, int[] prefix, double probability)
        {
            int row = PrefixTable.RowOf(prefix, Vocabulary);
            _weights[row] += probability;
            double value = 0;
            for (int token = 0; token < Vocabulary; token++)
            {
                int place = (row * Vocabulary) + token;
                int[] longer = [.. prefix, token];
                bool complete = token == ToyLanguage.Tokenizer.EndOfSequence || longer.Length == 1 + ToyLanguage.MaxCompletionTokens;
                double ahead = complete
                    ? ToyLanguage.Reward(prompt, ToyLanguage.Text(new(longer, 1)))
                    : Visit(prompt, longer, probability * Math.Exp(_logProbs[place]));
                _advantages[place] = ahead - (ClosedFormStudy.Beta * (_logProbs[place] - _reference[place]));
                value += Math.Exp(_logProbs[place]) * _advantages[place];
            }

            for (int token = 0; token < Vocabulary; token++)
            {
                _advantages[(row * Vocabulary) + token] -= value;
            }

            return value;
        }

        private static double[] LogProbs(double[] logits) => [.. logits.Chunk(Vocabulary).SelectMany(row => LogitFilters.LogSoftmax(row))];
    }
}
