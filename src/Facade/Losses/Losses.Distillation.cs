using System.Numerics;
using RlCore.Algebra;

namespace RlCore;

/// <summary>Losses of a student against a teacher, over the whole vocabulary.</summary>
public static partial class Losses
{
    /// <summary>
    /// Distillation: the mean over tokens of β·KL(p‖m) + (1 − β)·KL(q‖m), m = βp + (1 − β)q, of teacher p and student q. β = 0 is
    /// the forward KL(p‖q), β = 1 the reverse KL(q‖p). Source: Agarwal et al. 2024 (GKD), eq. 1.
    /// </summary>
    /// <param name="studentLogProbs">log q, [tokens, vocabulary], in nats.</param>
    /// <param name="teacherLogProbs">log p, of the same shape; data.</param>
    /// <param name="vocabulary">Size of the vocabulary.</param>
    /// <param name="beta">β, in [0, 1].</param>
    /// <typeparam name="T">float or double.</typeparam>
    /// <returns>The mean, the divergence of each token, and the gradient of each of the student's log-probs.</returns>
    /// <exception cref="ArgumentException">The spans differ in length, are empty or no multiple of the vocabulary, or β leaves [0,
    /// 1].</exception>
    public static ElementLoss<T> Distillation<T>(
        ReadOnlySpan<T> studentLogProbs, ReadOnlySpan<T> teacherLogProbs, int vocabulary, double beta = 0.5)
        where T : unmanaged, INumber<T>
    {
        Fused.CheckNumber<T>();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(vocabulary);
        Shapes.CheckSome(studentLogProbs.Length, nameof(studentLogProbs));
        Shapes.CheckSame(teacherLogProbs.Length, studentLogProbs.Length, nameof(teacherLogProbs), nameof(studentLogProbs));
        if (studentLogProbs.Length % vocabulary != 0)
        {
            throw new ArgumentException(
                $"{studentLogProbs.Length} log-probs do not make tokens of a vocabulary of {vocabulary}.", nameof(studentLogProbs));
        }

        var formula = new DivergenceArguments.Formula<JensenShannonTerm>(new(beta));
        var gradient = new T[studentLogProbs.Length];
        var losses = new double[studentLogProbs.Length / vocabulary];
        for (int token = 0; token < losses.Length; token++)
        {
            Range range = (token * vocabulary)..((token + 1) * vocabulary);
            losses[token] = losses.Length * Fused.WeightedSum(
                formula,
                DivergenceArguments.Spans(studentLogProbs[range], teacherLogProbs[range]),
                default,
                1.0 / losses.Length,
                default,
                gradient.AsSpan(range));
        }

        if (!Finite.Holds<T>(losses.Average(), gradient))
        {
            throw Finite.Explain(
                formula,
                [nameof(studentLogProbs), nameof(teacherLogProbs)],
                DivergenceArguments.Spans(studentLogProbs, teacherLogProbs),
                SequenceMask.Full(losses.Length, vocabulary));
        }

        return new(losses.Average(), Fused.Narrow<T>(losses), new(gradient));
    }
}
