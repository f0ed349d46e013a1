using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Stages;

/// <summary>What an on-policy stage trains on and against.</summary>
/// <param name="Questions">Prompts with their known answers.</param>
/// <param name="Reward">Scores completions; disposed with the trainer, if it is disposable.</param>
/// <param name="Tokenizer">The model's tokenizer.</param>
/// <param name="Seed">Seed of the run.</param>
/// <param name="StageIndex">Index of the stage.</param>
public sealed record OnPolicyTask(IReadOnlyList<Question> Questions, IReward Reward, ITokenizer Tokenizer, ulong Seed, int StageIndex)
{
    /// <summary>Constraints that completions pass or fail, for algorithms that read them; disposed with the trainer.</summary>
    public RewardSum? Judges { get; init; }

    /// <summary>Demonstrations whose likelihood is raised beside the reward (PPO-ptx); empty for none.</summary>
    public IReadOnlyList<TokenSequence> Mix { get; init; } = [];
}

/// <summary>
/// On-policy reinforcement learning: draw completions, score them, make advantages, maximise the surrogate. The algorithm is a
/// value; this one trainer runs them all.
/// </summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
public sealed class OnPolicyTrainer<T> : IStageTrainer
    where T : struct, ITensor<T>
{
    private const int SamplesKept = 4;
    private const string KlCoefficientName = "kl_coefficient";
    private const string PromptsTakenName = "prompts_taken";

    private readonly OnPolicySettings _settings;
    private readonly ScheduledOptimizer _optimizer;
    private readonly PolicyPass<T> _policy;
    private readonly PolicyPass<T>? _reference;
    private readonly Critic<T>? _critic;
    private readonly RolloutSource<T> _source;
    private readonly PolicyUpdate<T> _update;
    private KlController _kl;

    /// <summary>A trainer over questions.</summary>
    /// <param name="engine">The model's engine.</param>
    /// <param name="model">The policy.</param>
    /// <param name="reference">The reference policy; needed when the algorithm has a KL term, else null.</param>
    /// <param name="settings">The stage.</param>
    /// <param name="task">Questions, reward, tokenizer, seed.</param>
    /// <param name="value">The value model; needed when the algorithm has one with a trunk of its own, else null. It stays the caller's.</param>
    /// <exception cref="ArgumentException">The algorithm has a KL term and there is no reference, or it needs a value model and there is none.</exception>
    public OnPolicyTrainer(IEngine<T> engine, ILanguageModel<T> model, ILanguageModel<T>? reference, OnPolicySettings settings, OnPolicyTask task, IValueModel<T>? value = null)
    {
        var algorithm = settings.Algorithm;
        Check(algorithm, reference, value, task);
        _settings = settings;
        int updates = settings.Steps * algorithm.UpdatesPerRollout;
        _policy = new PolicyPass<T>(engine, model, settings.MicroBatchSize, algorithm.Sampling.Temperature);
        _reference = algorithm.KlCoefficient > 0
            ? new PolicyPass<T>(engine, reference!, settings.MicroBatchSize, algorithm.Sampling.Temperature)
            : null;
        _critic = algorithm.Value switch
        {
            null => null,
            { Trunk: ValueTrunk.Shared } shared => new SharedCritic<T>(engine, _policy, model.Head.Columns, shared),
            var own => new OwnCritic<T>(engine, value!, own, settings.MicroBatchSize, updates),
        };
        _optimizer = ScheduledOptimizer.Create(engine, [.. model.Parameters, .. _critic?.Joint ?? []], settings.Optimizer, updates);
        _source = new RolloutSource<T>(engine, model, settings, task);
        var mix = settings.MixCoefficient > 0 ? new PretrainingMix<T>(engine, model, settings, task) : null;
        _update = new PolicyUpdate<T>(engine, _policy, _critic, mix, _optimizer, settings, task);
        _kl = algorithm.AdaptsKl
            ? new KlController.Adaptive(algorithm.KlCoefficient, algorithm.KlTarget, algorithm.KlHorizon)
            : new KlController.Fixed(algorithm.KlCoefficient);
    }

    // The algorithm with the KL coefficient that is now in force.
    private OnPolicyAlgorithm Algorithm => _settings.Algorithm with { KlCoefficient = _kl.Coefficient };

    /// <inheritdoc/>
    public StepOutcome Step(int step)
    {
        var algorithm = Algorithm;
        var drawn = _source.Draw(step);
        var mask = TokenBatch.StepMask([.. drawn.Completions.Select(c => c.Sequence)]);
        var (rollout, inputs, estimates) = Evaluate(algorithm, drawn, mask);
        var done = Update(step, algorithm, rollout, drawn);
        List<KeyValuePair<string, double>> metrics =
        [
            new(MetricNames.Loss, done.Loss),
            .. RolloutMetrics.Of(_settings with { Algorithm = algorithm }, drawn, inputs),
            .. done.Diagnostics.Metrics(),
            .. ValueMetrics(inputs, estimates),
            .. ControlMetrics(algorithm, done),
            new(MetricNames.GradNorm, done.GradientNorm),
            new(MetricNames.LearningRate, done.LearningRate),
        ];
        SteerKl(rollout, mask);
        return new StepOutcome(metrics, rollout.Sequences.Sum(s => (long)s.Tokens.Length), Samples(drawn, estimates, mask))
        {
            Warnings = TrainingWarnings.Of(algorithm, drawn, metrics),
        };
    }

    /// <inheritdoc/>
    public TrainerState Export()
    {
        var state = TrainerState.Of(_optimizer.Optimizer);
        state = _critic?.ExportTo(state) ?? state;
        var scalars = new Dictionary<string, double>();
        if (Algorithm.AdaptsKl)
        {
            scalars[KlCoefficientName] = _kl.Coefficient;
        }

        if (Algorithm.DynamicSampling)
        {
            scalars[PromptsTakenName] = _source.Taken;
        }

        return state with { Scalars = scalars };
    }

    /// <inheritdoc/>
    public void Import(TrainerState state)
    {
        _optimizer.Optimizer.Import(state.Optimizers[TrainerState.Policy]);
        _critic?.Import(state);
        if (state.Scalars.TryGetValue(KlCoefficientName, out double coefficient))
        {
            _kl = _kl with { Coefficient = coefficient };
        }

        if (state.Scalars.TryGetValue(PromptsTakenName, out double taken))
        {
            _source.Taken = (long)taken;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _optimizer.Dispose();
        _critic?.Dispose();
        _source.Dispose();
    }

    private static void Check(OnPolicyAlgorithm algorithm, ILanguageModel<T>? reference, IValueModel<T>? value, OnPolicyTask task)
    {
        if (algorithm.KlCoefficient > 0 && reference is null)
        {
            throw new ArgumentException($"{algorithm.Name} with KL coefficient {algorithm.KlCoefficient} needs a reference model.", nameof(reference));
        }

        if ((algorithm.Advantage == AdvantageKind.Gae && algorithm.Value is null) || (algorithm.Value is { Trunk: ValueTrunk.Own } && value is null))
        {
            throw new ArgumentException($"{algorithm.Name} needs a value model.", nameof(value));
        }

        if (algorithm.Advantage == AdvantageKind.Constrained && task.Judges is null)
        {
            throw new ArgumentException($"{algorithm.Name} needs judges.", nameof(task));
        }
    }

    // Names the rows of a batch that made training diverge.
    private UpdateSummary Update(int step, OnPolicyAlgorithm algorithm, RolloutBatch rollout, ScoredCompletions drawn)
    {
        try
        {
            return _update.Run(step, algorithm, rollout);
        }
        catch (TrainingDivergedException diverged)
        {
            throw diverged.With([.. drawn.Samples.Select(sample => sample.Question).Distinct()]);
        }
    }

    // What the models say of the completions, and the advantages that follow.
    private (RolloutBatch Rollout, AdvantageInputs Inputs, AdvantageEstimates Estimates) Evaluate(OnPolicyAlgorithm algorithm, ScoredCompletions drawn, SequenceMask mask)
    {
        TokenSequence[] sequences = [.. drawn.Completions.Select(c => c.Sequence)];
        float[][]? old = algorithm.UpdatesPerRollout > 1 || algorithm.KlInReward || algorithm.AdaptsKl ? _policy.LogProbs(sequences) : null;
        float[][]? reference = _reference?.LogProbs(sequences);
        float[][]? values = _critic?.Values(sequences);
        var inputs = new AdvantageInputs(
            mask,
            RewardShaping.Shape(_settings, drawn.Samples, drawn.Rewards),
            algorithm.KlInReward ? KlOf(algorithm.RewardKlEstimator, old!, reference!, mask) : null,
            values is null ? null : ActionGrid.Lay(values, mask))
        {
            Baselines = drawn.Baselines,
            Passes = drawn.Passes,
        };
        var estimates = AdvantageEstimator.Estimate(algorithm, inputs);
        var targets = values is null ? null : new ValueTargets(values, ActionGrid.Cut(estimates.Targets!, mask));
        return (new RolloutBatch(drawn.Completions, ActionGrid.Cut(estimates.Grid, mask), old, reference, targets), inputs, estimates);
    }

    private static double[] KlOf(KlEstimator estimator, float[][] old, float[][] reference, SequenceMask mask) =>
    [
        .. ActionGrid.Lay(old, mask).Zip(ActionGrid.Lay(reference, mask), (logProb, refLogProb) => KlEstimators.Estimate<Real>(estimator, logProb, refLogProb).Value),
    ];

    // The KL that a completion has drifted by, as the sum of k1 over its tokens: what the target is given in.
    private void SteerKl(RolloutBatch rollout, SequenceMask mask)
    {
        if (Algorithm.AdaptsKl)
        {
            double kl = KlOf(KlEstimator.K1, rollout.Old!, rollout.Reference!, mask).Sum() / mask.Rows;
            _kl = _kl.Update(kl, mask.Rows);
        }
    }

    private IEnumerable<KeyValuePair<string, double>> ValueMetrics(AdvantageInputs inputs, AdvantageEstimates estimates) =>
        _critic?.Diagnostics.Metrics(inputs.Values!, estimates.Targets!, inputs.Mask) ?? [];

    private static IEnumerable<KeyValuePair<string, double>> ControlMetrics(OnPolicyAlgorithm algorithm, UpdateSummary done)
    {
        if (algorithm.AdaptsKl)
        {
            yield return new(MetricNames.KlCoefficient, algorithm.KlCoefficient);
        }

        if (algorithm.EpochKlTarget > 0)
        {
            yield return new(MetricNames.EpochsDone, (double)done.Updates / algorithm.MiniBatches);
        }

        if (done.MixLoss is { } mix)
        {
            yield return new(MetricNames.MixLoss, mix);
        }
    }

    private static SampleRecord[] Samples(ScoredCompletions drawn, AdvantageEstimates estimates, SequenceMask mask) =>
    [
        .. Enumerable.Range(0, Math.Min(SamplesKept, drawn.Completions.Count)).Select(i =>
            new SampleRecord(drawn.Samples[i].Question.Prompt, drawn.Samples[i].Question.Answer, drawn.Samples[i].Completion, drawn.Rewards[i], FirstAdvantage(estimates, mask, i))),
    ];

    private static double FirstAdvantage(AdvantageEstimates estimates, SequenceMask mask, int row) =>
        mask.CountInRow(row) > 0 ? estimates.Grid[row * mask.Columns] : 0;
}
