using RlCore.Algebra;
using RlCore.Trainers.Models;
using RlCore.Trainers.Stages;

namespace RlCore.Studies.ClosedForm;

/// <summary>
/// Where a trainer with its KL in the loss must end, by sums over all completions instead of samples, and without the trainer, its
/// losses or its gradients. A completion y of prompt x moves the logits by w(y)·Σ_t (A(y) − β·c_t)·∇log π(y_t|y_&lt;t), where w is the
/// weight of its tokens, A its advantage in expectation over its group, and c the derivative of the KL estimate by the log-prob:
/// 1 for k1, log(π/π_ref) for k2, 1 − π_ref/π for k3. AdamW takes the expected gradient as its first moment and, as its
/// second, the expected square of a batch's gradient: g² + Var/N.
/// </summary>
internal static class ExpectedTraining
{
    /// <summary>The fraction of the gap from J(π_ref) to J(π*) that the expected training closes.</summary>
    /// <param name="settings">A stage with one update a rollout, its KL in the loss, and advantages relative to the group.</param>
    /// <param name="reference">The reference's table.</param>
    /// <exception cref="ArgumentException">The stage is of another kind.</exception>
    public static double GapClosed(OnPolicySettings settings, ReadOnlySpan<float> reference)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var logits = new double[reference.Length];
        for (int i = 0; i < logits.Length; i++)
        {
            logits[i] = reference[i];
        }

        var field = new Field(settings.Algorithm, [.. logits]);
        double[] first = new double[logits.Length], second = new double[logits.Length];
        OptimizerSettings optimizer = settings.Optimizer;
        for (int step = 1; step <= settings.Steps; step++)
        {
            (double[] gradient, double[] variance) = field.At(logits);
            double rate = optimizer.LearningRate * optimizer.Schedule.Factor(step - 1, settings.Steps);
            for (int i = 0; i < logits.Length; i++)
            {
                first[i] += (1 - optimizer.Beta1) * (gradient[i] - first[i]);
                second[i] += (1 - optimizer.Beta2) * ((gradient[i] * gradient[i]) + variance[i] - second[i]);
                double mean = first[i] / (1 - Math.Pow(optimizer.Beta1, step));
                double square = second[i] / (1 - Math.Pow(optimizer.Beta2, step));
                logits[i] += rate * mean / (Math.Sqrt(square) + optimizer.Epsilon);
            }
        }

        double start = ClosedFormStudy.Objective(reference, reference);
        double end = ClosedFormStudy.Objective([.. logits.Select(logit => (float)logit)], reference);
        return (end - start) / (ClosedFormStudy.Optimum(reference) - start);
    }

    // The mean of a batch's gradient over all batches, and its variance.
    private sealed class Field
    {
        private static readonly int Vocabulary = ToyLanguage.Tokenizer.VocabularySize;

        private readonly double[] _reference;
        private readonly double _group;
        private readonly double _beta;
        private readonly KlEstimator _estimator;
        private readonly bool _divides;
        private readonly bool _isMeanOverTokens;

        public Field(OnPolicyAlgorithm algorithm, double[] reference)
        {
            if (algorithm is not
                {
                    Advantage: AdvantageEstimate.GroupRelative { AdvantageScale: AdvantageScale.None or AdvantageScale.Group } advantage,
                    KlPlacement: KlPenalty.Loss loss,
                    Aggregation: Aggregation.SequenceMean or Aggregation.ConstantLength,
                    Iterations: 1,
                    MiniBatches: 1,
                })
            {
                throw new ArgumentException($"What {algorithm.Name} is expected to do is not known.", nameof(algorithm));
            }

            _reference = reference;
            _group = algorithm.GroupSize;
            _beta = loss.KlCoefficient;
            _estimator = loss.KlEstimator;
            _divides = advantage.AdvantageScale == AdvantageScale.Group;
            _isMeanOverTokens = algorithm.Aggregation is Aggregation.SequenceMean;
        }

        public (double[] Gradient, double[] Variance) At(double[] logits)
        {
            double[] gradient = new double[logits.Length], variance = new double[logits.Length];
            int prompts = ToyLanguage.Questions.Count;
            for (int prompt = 0; prompt < prompts; prompt++)
            {
                double[] mean = new double[logits.Length], square = new double[logits.Length];
                AddCompletions(prompt, logits, mean, square);
                for (int i = 0; i < logits.Length; i++)
                {
                    gradient[i] += mean[i] / prompts;
                    variance[i] += (square[i] - (mean[i] * mean[i])) / (_group * prompts * prompts);
                }
            }

            return (gradient, variance);
        }

        private void AddCompletions(int prompt, double[] logits, double[] mean, double[] square)
        {
            var completions = ToyLanguage.Completions(prompt);
            double[] rewards = ToyLanguage.Rewards(prompt);
            double[] shares = [.. completions.Select(sequence => Math.Exp(Steps(sequence.Tokens, logits).Sum(step => step.LogProb)))];
            double expected = rewards.Zip(shares, (reward, share) => share * reward).Sum();
            double spread = Math.Sqrt(rewards.Zip(shares, (reward, share) => share * (reward - expected) * (reward - expected)).Sum());
            for (int y = 0; y < completions.Count; y++)
            {
                int[] tokens = completions[y].Tokens;

                // A completion is part of its group's mean, which takes 1/G of its own reward off again.
                double advantage = (rewards[y] - expected) * (1 - (1 / _group)) / (_divides ? spread : 1);
                double weight = _isMeanOverTokens ? 1.0 / (tokens.Length - 1) : 1.0 / ToyLanguage.MaxCompletionTokens;
                var own = new double[logits.Length];
                foreach ((Step step, Step before) in Steps(tokens, logits).Zip(Steps(tokens, _reference)))
                {
                    double factor = weight * (advantage - (_beta * Slope(step.LogProb - before.LogProb)));
                    for (int token = 0; token < Vocabulary; token++)
                    {
                        own[step.Row + token] += factor * ((token == step.Token ? 1 : 0) - step.Probs[token]);
                    }
                }

                for (int i = 0; i < own.Length; i++)
                {
                    mean[i] += shares[y] * own[i];
                    square[i] += shares[y] * own[i] * own[i];
                }
            }
        }

        private double Slope(double logRatio) => _estimator switch
        {
            KlEstimator.K1 => 1,
            KlEstimator.K2 => logRatio,
            KlEstimator.K3 => 1 - Math.Exp(-logRatio),
            _ => throw new InvalidOperationException($"The slope of {_estimator} is not known."),
        };

        private static IEnumerable<Step> Steps(int[] tokens, double[] logits)
        {
            for (int position = 1; position < tokens.Length; position++)
            {
                int row = PrefixTable.RowOf(tokens.AsSpan(0, position), Vocabulary) * Vocabulary;
                double[] weights = [.. logits.Skip(row).Take(Vocabulary).Select(Math.Exp)];
                double total = weights.Sum();
                yield return new Step(
                    row, tokens[position], [.. weights.Select(weight => weight / total)], Math.Log(weights[tokens[position]] / total));
            }
        }
    }

    // A token drawn after its prefix, whose logits begin at the row.
    private sealed record Step(int Row, int Token, double[] Probs, double LogProb);
}
