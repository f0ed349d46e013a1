using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Models;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Stages;

/// <summary>Options for comparing a student's next-token distributions with a teacher's.</summary>
/// <param name="Beta">β of the generalised Jensen–Shannon divergence, in [0, 1].</param>
/// <param name="Temperature">Temperature of both distributions, positive.</param>
/// <param name="Limits">What a forward pass may take.</param>
/// <param name="LogitsAtOnce">Maximum number of logits of one model in memory at a time; at least those of one token.</param>
internal sealed record DistillationOptions(double Beta, double Temperature, PassLimits Limits, int LogitsAtOnce = 1 << 23);

/// <summary>
/// The divergence of a student from a teacher over whole vocabularies, with its gradient, with the logits of only a few tokens in
/// memory at a time: hidden states become leaves, the divergence is differentiated piece by piece with respect to them and the
/// head, and the gradient of the states goes back through the trunk in one pass.
/// </summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
internal sealed class DistillationPass<T>
    where T : struct, ITensor<T>
{
    private readonly IEngine<T> _engine;
    private readonly ILanguageModel<T> _student;
    private readonly ILanguageModel<T> _teacher;
    private readonly DistillationOptions _options;
    private readonly NextTokens<T> _tokens;

    /// <summary>Passes over two models.</summary>
    /// <param name="engine">The engine of both.</param>
    /// <param name="student">The model that is trained.</param>
    /// <param name="teacher">The model that it imitates.</param>
    /// <param name="options">Divergence, temperature, sizes.</param>
    /// <exception cref="ArgumentException">The models have different vocabularies.</exception>
    public DistillationPass(IEngine<T> engine, ILanguageModel<T> student, ILanguageModel<T> teacher, DistillationOptions options)
    {
        if (student.VocabularySize != teacher.VocabularySize)
        {
            throw new ArgumentException(
                $"A student of {student.VocabularySize} tokens cannot be compared with a teacher of {teacher.VocabularySize}.",
                nameof(teacher));
        }

        _engine = engine;
        _student = student;
        _teacher = teacher;
        _options = options;
        _tokens = new NextTokens<T>(engine, options.Temperature);
    }

    /// <summary>
    /// Adds the gradient of the mean divergence over the completion tokens of all sequences. It depends neither on the micro-batches
    /// nor on the pieces.
    /// </summary>
    /// <param name="sequences">All sequences of the optimizer step, with at least one completion token.</param>
    /// <returns>The mean divergence and the student's mean entropy, both in nats per token.</returns>
    public (double Divergence, double Entropy) Accumulate(IReadOnlyList<TokenSequence> sequences)
    {
        double tokens = sequences.Sum(sequence => (double)sequence.CompletionLength);
        PassPlan plan = PassPlan.Of(_engine.Parallel, sequences, _options.Limits);
        var divergences = new double[plan.Count];
        var entropies = new double[plan.Count];
        new GradientPasses<T>(_engine, _student.Parameters, plan, _student).RunPasses(pass =>
        {
            using var scope = _engine.Scope();
            TokenBatch batch = TokenBatch.Create(pass.Of(sequences), pass.Pass);
            int[] actions = [.. Enumerable.Range(0, batch.Targets.Length).Where(i => batch.Targets[i] >= 0)];
            T teacher = _tokens.Quietly(() => T.GatherRows(_teacher.Hidden(batch.Inputs, batch.Lengths, batch.Columns), actions));
            T student = T.GatherRows(_student.Hidden(batch.Inputs, batch.Lengths, batch.Columns), actions);   // [actions, D]
            float[] slope = new float[student.Rows * student.Columns];
            foreach (int[] rows in Enumerable.Range(0, actions.Length).Chunk(Math.Max(1, _options.LogitsAtOnce / _student.VocabularySize)))
            {
                var (divergence, entropy) = Piece(student, teacher, rows, 1 / tokens, slope);
                divergences[pass.Pass] += divergence;
                entropies[pass.Pass] += entropy;
            }

            // Σ states·slope has the slope as its gradient.
            T pulled = student * _engine.Constant(student.Rows, student.Columns, slope);
            _engine.Backward(NextTokens<T>.Sum(pulled));
        });

        _engine.Parallel.Unite(divergences);
        _engine.Parallel.Unite(entropies);
        return (divergences.Sum(), entropies.Sum() / tokens);
    }

    // The divergence of some tokens: its gradient goes to the head, and to the tokens' rows of the slope.
    private (double Divergence, double Entropy) Piece(T student, T teacher, int[] rows, double weight, float[] slope)
    {
        using var scope = _engine.Scope();
        int width = student.Columns;
        T leaf = _engine.Parameter(rows.Length, width, _engine.Read(_tokens.Quietly(() => T.GatherRows(student, rows))));
        try
        {
            var (target, _) = _tokens.Quietly(() => _tokens.LogProbs(T.GatherRows(teacher, rows), _teacher.Head));
            var (current, entropy) = _tokens.LogProbs(leaf, _student.Head);
            T parts = T.Map(new JensenShannonTerm(_options.Beta), new DivergenceInputs<T>(current, target));             // [n, V]
            T loss = T.Scale(NextTokens<T>.Sum(parts), weight);
            double value = _engine.Read(loss)[0];
            _engine.Backward(loss);
            _engine.ReadGradient(leaf, slope.AsSpan(rows[0] * width, rows.Length * width));
            return (value, entropy);
        }
        finally
        {
            _engine.Release(leaf);
        }
    }
}
