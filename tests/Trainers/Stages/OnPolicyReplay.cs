using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Stages;

namespace RlCore.Trainers.Tests.Stages;

/// <summary>
/// Steps of on-policy training told again: completions, advantages, losses and their derivatives one by one, in double; only log-probs,
/// back-propagation and AdamW are the engine's.
/// </summary>
internal sealed class OnPolicyReplay<T> : IDisposable
    where T : struct, ITensor<T>
{
    private readonly IEngine<T> _engine;
    private readonly Decoder<T> _model;
    private readonly Decoder<T> _reference;
    private readonly OnPolicySettings _settings;
    private readonly OnPolicyTask _task;
    private readonly IOptimizer _optimizer;
    private int _updates;

    public OnPolicyReplay(IEngine<T> engine, Decoder<T> model, Decoder<T> reference, OnPolicySettings settings, OnPolicyTask task)
    {
        _engine = engine;
        _model = model;
        _reference = reference;
        _settings = settings;
        _task = task;
        _optimizer = engine.CreateAdamW(model.Parameters, settings.Optimizer);
    }

    private OnPolicyAlgorithm Algorithm => _settings.Algorithm;

    private int MiniBatches => Algorithm.MiniBatches;

    /// <summary>Makes a step and returns what it should report.</summary>
    public Dictionary<string, double> Step(int step)
    {
        Question[] questions =
        [
            .. new DataOrder(_task.Seed, 0, _task.Questions.Count, _settings.PromptsPerStep).RowsOf(step)
                .Select(row => _task.Questions[row]),
        ];
        RewardSample[] samples = Draw(questions, Algorithm.GroupSize, Algorithm.Sampling, step);
        double[] rewards = _task.Reward.Score(samples, CancellationToken.None);
        TokenSequence[] sequences = [.. samples.Select(sample => sample.Sequence)];
        double[][] old = LogProbs(_model, sequences);
        double[][] reference = LogProbs(_reference, sequences);
        double[][] advantages = Advantages(questions, rewards, old, reference, step);
        var sums = new Sums();
        double mixed = 0;
        for (int update = 0; update < Algorithm.Iterations * MiniBatches; update++)
        {
            int[] rows = Part(step, update, sequences.Length);
            TokenSequence[] part = [.. rows.Select(row => sequences[row])];
            double[][] now = LogProbs(_model, part);
            int tokens = part.Sum(sequence => sequence.CompletionLength);
            TokenTerm[][] terms =
            [
                .. rows.Select((row, i) => PolicyFormula.Of(
                    new OnPolicyLoss(Algorithm.Surrogate, Algorithm.KlPlacement), now[i], old[row], reference[row], advantages[row])),
            ];
            sums.Add(terms, now, [.. rows.Select(row => old[row])], [.. rows.Select(row => reference[row])], Entropies(part));
            double loss = terms.Sum(row => row.Sum(term => term.Loss)) / tokens;
            Backward(part, [.. terms.Select(row => row.Select(term => term.Slope / tokens).ToArray())], Algorithm.Sampling.Temperature);
            double mix = _settings.MixCoefficient > 0 ? Mix() : 0;
            mixed += mix;
            double left = 1 - ((double)_updates / (_settings.Steps * Algorithm.Iterations * MiniBatches));
            double rate = _settings.Optimizer.LearningRate * (_settings.Optimizer.Schedule is Schedule.Linear ? left : 1);
            double norm = _optimizer.Step(rate, _settings.Optimizer.MaxGradientNorm);
            _updates++;
            sums.Add(loss + (_settings.MixCoefficient * mix), norm, rate);
        }

        return Report(sums, rewards, samples, mixed);
    }

    public void Dispose() => _optimizer.Dispose();

    private Dictionary<string, double> Report(Sums sums, double[] rewards, RewardSample[] samples, double mixed)
    {
        Dictionary<string, double> metrics = sums.Metrics(Algorithm.Surrogate.Clips, Algorithm.KlPlacement.KlCoefficient > 0);
        metrics[MetricNames.Reward] = rewards.Average();
        metrics[MetricNames.MeanLength] = samples.Average(sample => sample.Sequence.CompletionLength);
        metrics[MetricNames.ClippedRatio] = samples.Count(sample => !sample.Ended) / (double)samples.Length;
        if (Algorithm.GroupSize > 1)
        {
            double[][] groups = [.. rewards.Chunk(Algorithm.GroupSize)];
            metrics[MetricNames.RewardStd] = groups.Average(group => Math.Sqrt(
                group.Sum(reward => Math.Pow(reward - group.Average(), 2)) / (group.Length - 1)));
        }

        if (_settings.MixCoefficient > 0)
        {
            metrics[MetricNames.MixLoss] = mixed / (Algorithm.Iterations * MiniBatches);
        }

        return metrics;
    }

    private RewardSample[] Draw(Question[] questions, int groupSize, SamplingOptions sampling, int step) =>
    [
        .. new CompletionSampler<T>(_engine, _model, _task.Tokenizer.Ends)
            .Draw(
                [.. questions.Select(question => _task.Tokenizer.EncodePrompt(question.Prompt))],
                groupSize,
                _settings.MaxCompletionTokens,
                sampling,
                new SamplingAddress(_task.Seed, RandomPurpose.Rollout, (uint)step))
            .Select((drawn, i) => new RewardSample(questions[i / groupSize], CompletionText.Of(drawn, _task.Tokenizer), drawn)),
    ];

    // One number per token of each completion.
    private double[][] Advantages(Question[] questions, double[] rewards, double[][] old, double[][] reference, int step)
    {
        double kl = Algorithm.KlPlacement is KlPenalty.Reward inReward ? inReward.KlCoefficient : 0;
        double[] baselines = Algorithm.Advantage switch
        {
            AdvantageEstimate.GroupRelative { AdvantageScale: AdvantageScale.None } =>
                [.. rewards.Chunk(Algorithm.GroupSize).SelectMany(group => group.Select(_ => group.Average()))],
            AdvantageEstimate.GreedyBaseline =>
            [
                .. _task.Reward.Score(Draw(questions, 1, SamplingOptions.Greedy, step), CancellationToken.None)
                    .SelectMany(reward => Enumerable.Repeat(reward, Algorithm.GroupSize)),
            ],
            _ => new double[rewards.Length],
        };
        double[][] tokens =
        [
            .. rewards.Select((reward, i) =>
            {
                double KlFrom(int t) => Enumerable.Range(t, old[i].Length - t).Sum(s => old[i][s] - reference[i][s]);
                return old[i].Select((_, t) => reward - baselines[i] - (kl * KlFrom(t))).ToArray();
            }),
        ];
        if (!Algorithm.WhitenAdvantages)
        {
            return tokens;
        }

        double[] all = [.. tokens.SelectMany(row => row)];
        double mean = all.Average();
        double deviation = Math.Sqrt((all.Sum(a => (a - mean) * (a - mean)) / (all.Length - 1)) + 1e-8);
        return [.. tokens.Select(row => row.Select(a => (a - mean) / deviation).ToArray())];
    }

    // Each pass over the rollout cuts it anew, or in its own order.
    private int[] Part(int step, int update, int count)
    {
        int size = count / MiniBatches;
        uint pass = (uint)((step * Algorithm.Iterations) + (update / MiniBatches));
        int[] order = Algorithm.ShuffleMiniBatches
            ? Philox.Permutation(_task.Seed, RandomPurpose.MiniBatches, pass, count)
            : [.. Enumerable.Range(0, count)];
        return [.. order.Skip(update % MiniBatches * size).Take(size)];
    }

    private double Mix()
    {
        TokenSequence[] rows =
        [
            .. new DataOrder(_task.Seed, 0, _task.Mix.Count, _settings.MixBatchSize).RowsOf(_updates).Select(row => _task.Mix[row]),
        ];
        double tokens = rows.Sum(sequence => sequence.CompletionLength);
        double loss = -LogProbs(_model, rows, 1).Sum(row => row.Sum()) / tokens;
        Backward(
            rows,
            [.. rows.Select(row => Enumerable.Repeat(-_settings.MixCoefficient / tokens, row.CompletionLength).ToArray())],
            temperature: 1);
        return loss;
    }

    private double[][] LogProbs(Decoder<T> model, TokenSequence[] sequences) =>
        LogProbs(model, sequences, Algorithm.Sampling.Temperature);

    private double[][] LogProbs(Decoder<T> model, TokenSequence[] sequences, double temperature)
    {
        ActionLogProbs scored = new PolicyPass<T>(_engine, model, new PassLimits(256), temperature).LogProbs(sequences, PolicyRole.Current);
        return Rows(scored.Values, scored.Mask);
    }

    private double[][] Entropies(TokenSequence[] sequences)
    {
        SequenceMask mask = TokenBatch.StepMask(sequences);
        var grid = new float[mask.Flags.Length];
        new PolicyPass<T>(_engine, _model, new PassLimits(256), Algorithm.Sampling.Temperature).ForEach(
            sequences, (first, batch, output) => batch.Collect(_engine.Read(output.Scored.Entropy), grid, mask, first));
        return Rows(grid, mask);
    }

    private static double[][] Rows(float[] grid, SequenceMask mask) =>
    [
        .. Enumerable.Range(0, mask.Rows).Select(row =>
            grid.Skip(row * mask.Columns).Take(mask.CountInRow(row)).Select(value => (double)value).ToArray()),
    ];

    // The gradient of Σ slope · log-prob.
    private void Backward(TokenSequence[] sequences, double[][] slopes, double temperature)
    {
        SequenceMask mask = TokenBatch.StepMask(sequences);
        var grid = new float[mask.Flags.Length];
        for (int row = 0; row < mask.Rows; row++)
        {
            slopes[row].Select(slope => (float)slope).ToArray().CopyTo(grid, row * mask.Columns);
        }

        new PolicyPass<T>(_engine, _model, new PassLimits(256), temperature).Accumulate(sequences, (first, batch, output) =>
        {
            float[] spread = batch.Spread(grid, mask, [.. Enumerable.Range(first, batch.Rows)]);
            return T.SumOverBatch(T.SumOverTime(
                output.Scored.LogProbs * _engine.Constant(batch.Rows, batch.Columns, spread), batch.Mask));
        });
    }

    /// <summary>Sums over the tokens of all updates of a step.</summary>
    private sealed class Sums
    {
        private readonly List<(double Kl, double Approximate, double Ratio, double Entropy, double Low, double High)> _tokens = [];
        private readonly List<(double Loss, double Norm, double Rate)> _updates = [];

        public void Add(TokenTerm[][] terms, double[][] now, double[][] old, double[][] reference, double[][] entropies)
        {
            for (int row = 0; row < terms.Length; row++)
            {
                for (int t = 0; t < terms[row].Length; t++)
                {
                    double toReference = now[row][t] - reference[row][t];
                    double toOld = now[row][t] - old[row][t];
                    _tokens.Add((
                        Math.Exp(-toReference) + toReference - 1,
                        Math.Exp(toOld) - toOld - 1,
                        Math.Exp(toOld),
                        entropies[row][t],
                        terms[row][t].ClippedLow ? 1 : 0,
                        terms[row][t].ClippedHigh ? 1 : 0));
                }
            }
        }

        public void Add(double loss, double norm, double rate) => _updates.Add((loss, norm, rate));

        public Dictionary<string, double> Metrics(bool clips, bool hasReference)
        {
            var metrics = new Dictionary<string, double>
            {
                [MetricNames.Loss] = _updates.Average(update => update.Loss),
                [MetricNames.GradNorm] = _updates.Average(update => update.Norm),
                [MetricNames.LearningRate] = _updates[^1].Rate,
                [MetricNames.ApproximateKl] = _tokens.Average(token => token.Approximate),
                [MetricNames.Ratio] = _tokens.Average(token => token.Ratio),
                [MetricNames.Entropy] = _tokens.Average(token => token.Entropy),
            };
            if (clips)
            {
                metrics[MetricNames.ClipLow] = _tokens.Average(token => token.Low);
                metrics[MetricNames.ClipHigh] = _tokens.Average(token => token.High);
                metrics[MetricNames.ClipRegion] = _tokens.Average(token => token.Low + token.High);
            }

            if (hasReference)
            {
                metrics[MetricNames.Kl] = _tokens.Average(token => token.Kl);
            }

            return metrics;
        }
    }
}
