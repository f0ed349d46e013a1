using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Runs;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Objectives;

/// <summary>What an on-policy stage trains on and against.</summary>
/// <param name="Questions">Prompts with their known answers.</param>
/// <param name="Reward">Scores completions; disposed with the trainer, if it is disposable.</param>
/// <param name="Tokenizer">The model's tokenizer.</param>
/// <param name="Seed">Seed of the run.</param>
/// <param name="StageIndex">Index of the stage.</param>
public sealed record OnPolicyTask(IReadOnlyList<Question> Questions, IReward Reward, ITokenizer Tokenizer, ulong Seed, int StageIndex);

/// <summary>
/// On-policy reinforcement learning: draw completions, score them, make advantages, maximise the clipped surrogate. The
/// algorithm is a value; this one trainer runs them all.
/// </summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
public sealed class OnPolicyTrainer<T> : IStageTrainer
    where T : struct, ITensor<T>
{
    private const int SamplesKept = 4;

    private readonly IEngine<T> _engine;
    private readonly StageSettings.OnPolicy _settings;
    private readonly OnPolicyTask _task;
    private readonly ScheduledOptimizer _optimizer;
    private readonly RewardSum _reward;
    private readonly PolicyPass<T> _policy;
    private readonly PolicyPass<T>? _reference;
    private readonly CompletionSampler<T> _sampler;
    private readonly DataOrder _order;

    /// <summary>A trainer over questions.</summary>
    /// <param name="engine">The model's engine.</param>
    /// <param name="model">The policy.</param>
    /// <param name="reference">The reference policy; needed when the algorithm has a KL term, else null.</param>
    /// <param name="settings">The stage.</param>
    /// <param name="task">Questions, reward, tokenizer, seed.</param>
    /// <exception cref="ArgumentException">The algorithm has a KL term and there is no reference.</exception>
    public OnPolicyTrainer(IEngine<T> engine, ILanguageModel<T> model, ILanguageModel<T>? reference, StageSettings.OnPolicy settings, OnPolicyTask task)
    {
        var algorithm = settings.Algorithm;
        if (algorithm.KlCoefficient > 0 && reference is null)
        {
            throw new ArgumentException($"{algorithm.Name} with KL coefficient {algorithm.KlCoefficient} needs a reference model.", nameof(reference));
        }

        _engine = engine;
        _settings = settings;
        _task = task;
        _reward = RewardSum.Of(task.Reward);
        _optimizer = ScheduledOptimizer.Create(engine, model.Parameters, settings.Optimizer, settings.Steps * algorithm.UpdatesPerRollout);
        _policy = new PolicyPass<T>(engine, model, settings.MicroBatchSize, algorithm.Sampling.Temperature);
        _reference = algorithm.KlCoefficient > 0
            ? new PolicyPass<T>(engine, reference!, settings.MicroBatchSize, algorithm.Sampling.Temperature)
            : null;
        _sampler = new CompletionSampler<T>(engine, model, task.Tokenizer.EndOfSequence);
        _order = new DataOrder(task.Seed, task.StageIndex, task.Questions.Count, settings.PromptsPerStep);
    }

    private OnPolicyAlgorithm Algorithm => _settings.Algorithm;

    /// <inheritdoc/>
    public StepOutcome Step(int step)
    {
        var rollout = Roll(step);
        var diagnostics = new PolicyDiagnostics(Algorithm.ClipLow, Algorithm.ClipHigh);
        var (loss, rate, norm) = Update(step, rollout, diagnostics);
        var metrics = new List<KeyValuePair<string, double>> { new(MetricNames.Loss, loss) };
        metrics.AddRange(RolloutMetrics(rollout));
        metrics.AddRange(diagnostics.Metrics());
        metrics.Add(new(MetricNames.GradNorm, norm));
        metrics.Add(new(MetricNames.LearningRate, rate));
        return new StepOutcome(metrics, rollout.Completions.Sum(c => (long)c.Sequence.Tokens.Length), Samples(rollout));
    }

    /// <inheritdoc/>
    public TrainerState Export() => TrainerState.Of(_optimizer.Optimizer);

    /// <inheritdoc/>
    public void Import(TrainerState state) => _optimizer.Optimizer.Import(state.Optimizers[TrainerState.Policy]);

    /// <inheritdoc/>
    public void Dispose()
    {
        _optimizer.Dispose();
        _reward.Dispose();
    }

    private Rollout Roll(int step)
    {
        Question[] asked = [.. _order.RowsOf(step).Select(row => _task.Questions[row])];
        uint address = RunAddress.Of((uint)_task.StageIndex, step);
        var completions = _sampler.Draw(
            [.. asked.Select(question => _task.Tokenizer.Encode(question.Prompt))],
            Algorithm.GroupSize,
            _settings.MaxCompletionTokens,
            Algorithm.Sampling,
            new SamplingAddress(_task.Seed, RandomPurpose.Rollout, address));
        RewardSample[] samples = [.. completions.Select((drawn, i) =>
            new RewardSample(asked[i / Algorithm.GroupSize], CompletionText.Of(drawn, _task.Tokenizer), drawn.Ended, drawn.Sequence))];
        var scores = _reward.ScoreParts(samples, CancellationToken.None);
        double[] rewards = scores.Totals;
        if (_settings.ShuffleRewards)
        {
            int[] order = Philox.Permutation(_task.Seed, RandomPurpose.Control, address, rewards.Length);
            rewards = [.. order.Select(i => rewards[i])];
        }

        TokenSequence[] sequences = [.. completions.Select(c => c.Sequence)];
        float[][]? old = Algorithm.UpdatesPerRollout > 1 || Algorithm.KlInReward ? _policy.LogProbs(sequences) : null;
        float[][]? reference = _reference?.LogProbs(sequences);
        return new Rollout(completions, samples, scores.Parts, rewards, Advantages(rewards, old, reference), old, reference);
    }

    private double[] Advantages(double[] rewards, float[][]? old, float[][]? reference)
    {
        double[] shaped = Algorithm.KlInReward
            ? [.. rewards.Select((reward, i) => reward - (Algorithm.KlCoefficient * old![i].Zip(reference![i]).Sum(pair => (double)pair.First - pair.Second)))]
            : rewards;
        return Algorithm.Advantage == AdvantageKind.LeaveOneOut
            ? GroupAdvantages.LeaveOneOut(shaped, [.. Enumerable.Range(0, shaped.Length).Select(i => i / Algorithm.GroupSize)])
            : GroupAdvantages.Relative(shaped, Algorithm.GroupSize, Algorithm.Advantages);
    }

    private (double Loss, double LearningRate, double GradientNorm) Update(int step, Rollout rollout, PolicyDiagnostics diagnostics)
    {
        int updates = Algorithm.UpdatesPerRollout;
        int promptsPerPart = _settings.PromptsPerStep / Algorithm.MiniBatches;
        double lossSum = 0;
        double normSum = 0;
        double rate = 0;
        for (int update = 0; update < updates; update++)
        {
            int first = update % Algorithm.MiniBatches * promptsPerPart * Algorithm.GroupSize;
            var part = new Range(first, first + (promptsPerPart * Algorithm.GroupSize));
            double loss = _policy.Accumulate(
                [.. rollout.Completions.Take(part).Select(c => c.Sequence)],
                Algorithm.ResolveAggregation(_settings.MaxCompletionTokens),
                (offset, batch, scored) => TokenLoss(rollout, first + offset, batch, scored, diagnostics));
            (rate, double norm) = _optimizer.Update((step * updates) + update, loss);
            lossSum += loss;
            normSum += norm;
        }

        return (lossSum / updates, rate, normSum / updates);
    }

    private T TokenLoss(Rollout rollout, int first, TokenBatch batch, TokenLogProbs<T> scored, PolicyDiagnostics diagnostics)
    {
        var advantages = batch.SpreadRows(rollout.Advantages.AsSpan(first, batch.Rows));
        var advantage = _engine.Constant(batch.Rows, batch.Columns, advantages);
        float[] current = _engine.Read(scored.LogProbs);
        float[] recordedOld = rollout.OldLogProbs is { } recorded ? Spread(recorded) : current;
        float[]? recordedReference = rollout.ReferenceLogProbs is { } frozen ? Spread(frozen) : null;
        var old = rollout.OldLogProbs is null ? T.StopGradient(scored.LogProbs) : _engine.Constant(batch.Rows, batch.Columns, recordedOld);
        var reference = recordedReference is null ? old : _engine.Constant(batch.Rows, batch.Columns, recordedReference);
        diagnostics.Add(batch.Mask, current, recordedOld, recordedReference, advantages, _engine.Read(scored.Entropy));
        return Surrogates.TokenLoss(Algorithm, scored.LogProbs, old, reference, advantage, batch.Mask);

        float[] Spread(float[][] perSequence) => batch.SpreadActions(new ArraySegment<float[]>(perSequence, first, batch.Rows));
    }

    private IEnumerable<KeyValuePair<string, double>> RolloutMetrics(Rollout rollout)
    {
        int groupSize = Algorithm.GroupSize;
        double mean = rollout.Rewards.Average();
        var groups = rollout.Rewards.Chunk(groupSize).ToArray();
        yield return new(MetricNames.Reward, mean);
        yield return new(MetricNames.RewardStd, groups.Average(SampleStd));
        foreach (PartScores part in rollout.Parts)
        {
            yield return new(MetricNames.PartMean(part.Name), part.Mean);
            yield return new(MetricNames.PartStd(part.Name), part.Std);
            if (_settings.OnRewardError == RewardErrorAction.Score)
            {
                yield return new(MetricNames.PartFailures(part.Name), (double)part.Failures / part.Scores.Length);
            }
        }

        yield return new(MetricNames.FractionZeroStd, groups.Average(g => g.All(r => r == g[0]) ? 1.0 : 0.0));
        yield return new(MetricNames.MeanLength, rollout.Completions.Average(c => c.Sequence.CompletionLength));
        yield return new(MetricNames.MaxLength, rollout.Completions.Max(c => c.Sequence.CompletionLength));
        yield return new(MetricNames.ClippedRatio, rollout.Completions.Average(c => c.Ended ? 0.0 : 1.0));
    }

    private static double SampleStd(double[] values)
    {
        if (values.Length < 2)
        {
            return 0;
        }

        double mean = values.Average();
        return Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Length - 1));
    }

    private static SampleRecord[] Samples(Rollout rollout) =>
    [
        .. Enumerable.Range(0, Math.Min(SamplesKept, rollout.Completions.Count)).Select(i =>
            new SampleRecord(rollout.Scored[i].Question.Prompt, rollout.Scored[i].Question.Answer, rollout.Scored[i].Completion, rollout.Rewards[i], rollout.Advantages[i])),
    ];

    private sealed record Rollout(
        IReadOnlyList<SampledCompletion> Completions,
        RewardSample[] Scored,
        IReadOnlyList<PartScores> Parts,
        double[] Rewards,
        double[] Advantages,
        float[][]? OldLogProbs,
        float[][]? ReferenceLogProbs);
}
