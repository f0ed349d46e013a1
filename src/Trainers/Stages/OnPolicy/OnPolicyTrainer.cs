using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Rollouts;

namespace RlCore.Trainers.Stages;

/// <summary>
/// On-policy reinforcement learning: sample completions, score them, compute advantages, maximise the surrogate. The algorithm is a
/// value; this one trainer runs them all.
/// </summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
public sealed class OnPolicyTrainer<T> : IStageTrainer
    where T : struct, ITensor<T>
{
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
    /// <param name="reference">The reference policy; required if the algorithm has a KL term, otherwise null.</param>
    /// <param name="settings">The stage.</param>
    /// <param name="task">Questions, reward, tokenizer, seed.</param>
    /// <param name="value">The value model; required if the algorithm has one with its own trunk, otherwise null. The caller
    /// keeps ownership.</param>
    /// <exception cref="ArgumentException">The algorithm has a KL term and there is no reference, or it needs a value model
    /// and there is none.</exception>
    public OnPolicyTrainer(
        IEngine<T> engine,
        ILanguageModel<T> model,
        ILanguageModel<T>? reference,
        OnPolicySettings settings,
        OnPolicyTask task,
        IValueModel<T>? value = null)
    {
        var algorithm = settings.Algorithm;
        Check(settings, reference, value, task);
        _settings = settings;
        int updates = settings.Steps * algorithm.UpdatesPerRollout;
        _policy = new PolicyPass<T>(engine, model, settings.Limits, algorithm.Sampling.Temperature);
        _reference = settings.KeepsAnotherModel
            ? new PolicyPass<T>(engine, reference!, settings.Limits, algorithm.Sampling.Temperature)
            : null;
        _critic = algorithm.Value switch
        {
            null => null,
            { Trunk: ValueTrunk.Shared } shared => new SharedCritic<T>(engine, _policy, model.Head.Columns, shared),
            var own => new OwnCritic<T>(engine, value!, own, settings.Limits, updates),
        };
        _optimizer = ScheduledOptimizer.Create(engine, [.. model.Parameters, .. _critic?.Joint ?? []], settings.Optimizer, updates);
        _source = new RolloutSource<T>(engine, model, settings, task);
        var mix = settings.MixCoefficient > 0 ? new PretrainingMix<T>(engine, model, settings, task) : null;
        var region = algorithm.TrustRegion is { } options
            ? new TrustRegionSearch<T>(engine, model, _policy, algorithm.Sampling, options)
            : null;
        var joint = new PolicyPass<T>(_policy, _critic?.Joint ?? []);
        _update = new PolicyUpdate<T>(engine, joint, _critic, mix, region, _optimizer, settings, task);
        _kl = algorithm.AdaptsKl
            ? new KlController.Adaptive(algorithm.KlPlacement.KlCoefficient, algorithm.KlTarget, algorithm.KlHorizon)
            : new KlController.Fixed(algorithm.KlPlacement.KlCoefficient);
    }

    // The algorithm with the current KL coefficient.
    private OnPolicyAlgorithm Algorithm => _settings.Algorithm with
    {
        KlPlacement = _settings.Algorithm.KlPlacement with { KlCoefficient = _kl.Coefficient },
    };

    /// <inheritdoc/>
    public StepOutcome Step(int step)
    {
        var algorithm = Algorithm;
        Rollout rollout = Evaluate(algorithm, _source.Draw(step));
        _source.BeginNext(step);
        UpdateSummary done = Update(step, algorithm, rollout);
        List<KeyValuePair<string, double>> metrics =
        [
            new(MetricNames.Loss, done.Loss),
            .. RolloutMetrics.Of(
                rollout,
                new RewardReporting(_settings.OnRewardError == RewardErrorAction.Score),
                rollout.Selection?.Rewards),
            .. DrawingMetrics(rollout),
            .. AttemptMetrics.Of(rollout),
            .. ServedMetrics(rollout),
            .. done.Metrics,
            .. _critic?.Diagnostics.Metrics(rollout) ?? [],
            .. ControlMetrics(algorithm, done),
            new(MetricNames.GradNorm, done.GradientNorm),
            new(MetricNames.LearningRate, done.LearningRate),
        ];
        SteerKl(rollout);
        return new StepOutcome(metrics, rollout.Tokens, rollout.Records(rollout.FirstAdvantages))
        {
            Warnings = TrainingWarnings.Of(algorithm, rollout, metrics),
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

    private static void Check(OnPolicySettings settings, ILanguageModel<T>? reference, IValueModel<T>? value, OnPolicyTask task)
    {
        OnPolicyAlgorithm algorithm = settings.Algorithm;
        if (settings.KeepsAnotherModel && reference is null)
        {
            throw new ArgumentException($"{algorithm.Name} with a KL term needs a reference model.", nameof(reference));
        }

        if ((algorithm.Advantage.UsesValues && algorithm.Value is null) || (algorithm.Value is { Trunk: ValueTrunk.Own } && value is null))
        {
            throw new ArgumentException($"{algorithm.Name} needs a value model.", nameof(value));
        }

        if (algorithm is { TrustRegion: not null, UpdatesPerRollout: > 1 })
        {
            throw new ArgumentException(
                $"{algorithm.Name} makes {algorithm.UpdatesPerRollout} updates per rollout, but a trust region is for one.",
                nameof(settings));
        }

        if (algorithm.Advantage.UsesVerdicts && task.Judges is null)
        {
            throw new ArgumentException($"{algorithm.Name} needs judges.", nameof(task));
        }
    }

    // Adds the rows of the batch with which training diverged.
    private UpdateSummary Update(int step, OnPolicyAlgorithm algorithm, Rollout rollout)
    {
        try
        {
            return _update.Run(step, algorithm, rollout);
        }
        catch (TrainingDivergedException diverged)
        {
            throw diverged.With([.. rollout.Samples.Select(sample => sample.Question).Distinct()]);
        }
    }

    // The models' log-probs and values of the completions, and the resulting advantages.
    private Rollout Evaluate(OnPolicyAlgorithm algorithm, Rollout drawn)
    {
        SamplerCorrection? correction = _settings.Rollouts?.Correction;
        bool recordsOld = correction is not null || algorithm.UpdatesPerRollout > 1 || algorithm.KlPlacement.InReward || algorithm.AdaptsKl
            || algorithm.TrustRegion is not null;
        ActionLogProbs? old = recordsOld ? _policy.LogProbs(drawn.Sequences, PolicyRole.Old) : null;
        ActionLogProbs? reference = _reference?.LogProbs(drawn.Sequences, PolicyRole.Reference);
        float[] values = _critic?.Values(drawn.Sequences) ?? [];
        var inputs = new AdvantageInputs(drawn.Mask, RewardShaping.Shape(_settings, drawn), algorithm.GroupSize)
        {
            TokenKl = algorithm.KlPlacement.InReward ? KlOf(algorithm.KlPlacement, old!, reference!) : [],
            KlCoefficient = algorithm.KlPlacement.KlCoefficient,
            Values = Widen(values),
            Baselines = drawn.Baselines,
            Passes = drawn.Passes,
            Steps = drawn.Steps,
        };
        double[] advantages = algorithm.Advantage.Of(inputs);
        double[] weights = correction?.Weights(
            Widen(old!.Values), Widen(drawn.Sampler(algorithm.Sampling.Temperature).Values), drawn.Mask) ?? [];
        return drawn with
        {
            Old = old,
            Reference = reference,
            Values = values,
            SamplerWeights = weights,
            Returns = values.Length == 0 ? [] : [.. advantages.Zip(values, (advantage, value) => advantage + value)],
            Advantages = Weighted(algorithm.WhitenAdvantages ? Whiten(advantages, drawn.Mask) : advantages, weights),
            Objectives = inputs.RegularizedScores(),
        };
    }

    // The surrogate is linear in the advantage, so that a weight of the loss is one of it.
    private static double[] Weighted(double[] advantages, double[] weights) =>
        weights.Length == 0 ? advantages : [.. advantages.Zip(weights, (advantage, weight) => advantage * weight)];

    private IEnumerable<KeyValuePair<string, double>> ServedMetrics(Rollout rollout)
    {
        if (_source.Served is { } served)
        {
            yield return new(MetricNames.Staleness, served.Staleness);
            yield return new(MetricNames.FailedRequests, served.Failed);
            yield return new(MetricNames.SamplerWeight, MaskedStatistics.Mean(rollout.SamplerWeights, rollout.Mask));
        }
    }

    // A single action has no standard deviation to divide by.
    private static double[] Whiten(double[] advantages, SequenceMask mask) =>
        TokenAdvantages.Whitened(advantages, mask, new MomentOptions(Ddof: mask.Count > 1 ? 1 : 0));

    private static double[] KlOf(KlPenalty kl, ActionLogProbs old, ActionLogProbs reference)
    {
        ActionLogProbs.RequireComparable(old, reference);
        return kl.Estimate(Widen(old.Values), Widen(reference.Values));
    }

    private static double[] Widen(float[] values) => [.. values.Select(value => (double)value)];

    // The KL per completion, as the sum of k1 over its tokens: the unit of the target.
    private void SteerKl(Rollout rollout)
    {
        if (Algorithm.AdaptsKl)
        {
            double kl = KlOf(new KlPenalty.Reward(), rollout.Old!, rollout.Reference!).Sum() / rollout.Mask.Rows;
            _kl = _kl.Update(kl, rollout.Mask.Rows);
        }
    }

    private static IEnumerable<KeyValuePair<string, double>> DrawingMetrics(Rollout rollout)
    {
        if (!rollout.Objectives.AsSpan().SequenceEqual(rollout.Rewards))
        {
            yield return new(MetricNames.RegularizedReward, rollout.Objectives.Average());
        }

        if (rollout.Selection is { } selection)
        {
            yield return new(MetricNames.SamplingRounds, selection.Rounds);
        }

        if (rollout.Passes.Length > 0)
        {
            yield return new(MetricNames.JudgesPassed, rollout.Passes.Average(passes => passes ? 1.0 : 0.0));
        }

        if (rollout.Baselines.Length > 0)
        {
            yield return new(MetricNames.GreedyReward, rollout.Baselines.Average());
        }
    }

    private static IEnumerable<KeyValuePair<string, double>> ControlMetrics(OnPolicyAlgorithm algorithm, UpdateSummary done)
    {
        if (algorithm.AdaptsKl)
        {
            yield return new(MetricNames.KlCoefficient, algorithm.KlPlacement.KlCoefficient);
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
}
