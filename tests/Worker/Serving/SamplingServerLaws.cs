using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Engines.Managed;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Stages;
using RlCore.Trainers.Tokenizers;
using RlCore.Worker.Hosting;

namespace RlCore.Worker.Tests.Serving;

/// <summary>
/// A step on completions of a server that samples at another temperature: a policy with a row of logits for every prefix, of which the
/// server draws every completion as often as its probability says.
/// </summary>
public sealed class SamplingServerLaws
{
    private const int Drawn = 4000;
    private const int Length = 2;
    private const double Hot = 1.7;

    // With ε far above the gradients an update is the gradient times their quotient.
    private const double RateAndEpsilon = 1e4;

    private static readonly ITokenizer Tokenizer = new CharacterTokenizer("ab");
    private static readonly Question Asked = new("a", "b", "memory.csv", 2);
    private static readonly float[] Logits =
    [
        .. Enumerable.Range(0, PrefixTable.Count(Tokenizer.VocabularySize, Length + 1) * Tokenizer.VocabularySize)
            .Select(i => 5 * (float)Philox.Uniform(4, RandomPurpose.Control, 0, 0, (uint)i)),
    ];

    private static readonly SamplerCorrection Whole = new SamplerCorrection.SequenceTruncate(1e9);

    [Fact]
    public async Task Weights_make_the_gradient_the_policys_when_the_server_tells_the_log_probs_that_it_sampled_with()
    {
        (double[] own, _) = await StepAsync(1, 1, Whole);
        (double[] biased, StepOutcome outcome) = await StepAsync(Hot, Hot, new SamplerCorrection.None());
        (double[] corrected, _) = await StepAsync(Hot, Hot, Whole);
        double gap = Distance(own, biased);
        Assert.True(gap > 0.1 * Distance(own, new double[own.Length]), $"a gap of {gap}");
        Assert.InRange(Distance(own, corrected), 0, 0.02 * gap);
        Assert.Contains(outcome.Warnings, warning => warning.Kind == "servers");
    }

    [Fact]
    public async Task A_server_that_samples_hotter_than_it_says_is_found_by_the_entropy_alone()
    {
        (_, StepOutcome outcome) = await StepAsync(Hot, 1, Whole);
        Dictionary<string, double> metrics = outcome.Metrics.ToDictionary();
        Assert.Equal(0, metrics[MetricNames.SamplerDifference], 1e-5);
        Assert.Equal(1, metrics[MetricNames.SamplerWeight], 1e-5);

        // −log π minus the entropy of π where each token was drawn.
        double surprise = 0, actions = 0;
        foreach (int[] completion in Completions())
        {
            double probability = Math.Exp(LogProbs(completion, Hot).Sum());
            double[] said = LogProbs(completion, 1);
            for (int t = 0; t < completion.Length; t++)
            {
                double[] row = Row(completion[..t], 1);
                surprise += probability * (row.Sum(logProb => Math.Exp(logProb) * logProb) - said[t]);
                actions += probability;
            }
        }

        Assert.True(surprise / actions > 0.1);
        Assert.Equal(surprise / actions, metrics[MetricNames.Surprise], 2e-3);
        Assert.Contains(outcome.Warnings, warning => warning.Kind == "servers_temperature");
        (_, StepOutcome honest) = await StepAsync(1, 1, Whole);
        Assert.Equal(0, honest.Metrics.ToDictionary()[MetricNames.Surprise], 2e-3);
        Assert.DoesNotContain(honest.Warnings, warning => warning.Kind.StartsWith("servers", StringComparison.Ordinal));
    }

    [Fact]
    public async Task With_weights_of_steps_before_the_pace_of_the_policy_is_named_first()
    {
        (_, StepOutcome outcome) = await StepAsync(Hot, 1, Whole, steps: 2);
        Assert.Equal(1, outcome.Metrics.ToDictionary()[MetricNames.Staleness]);
        Assert.DoesNotContain(outcome.Warnings, warning => warning.Kind == "servers_temperature");
        RunWarning stale = Assert.Single(outcome.Warnings, warning => warning.Kind == "stale_rollouts");
        Assert.Contains("weights of the step before", stale.Message, StringComparison.Ordinal);
    }

    // How far a step moves each logit.
    private static async Task<(double[] Moved, StepOutcome Outcome)> StepAsync(
        double drawnAt, double saidAt, SamplerCorrection correction, int steps = 1)
    {
        await using LocalServer server = await LocalServer.StartAsync(
            new ListeningOptions(IPAddress.Loopback, 0, 0) { MostBytes = 1 << 20 },
            _ => context => context.Response.WriteAsync(
                context.Request.Path.Value!.EndsWith("/completions", StringComparison.Ordinal) ? Reply(drawnAt, saidAt) : "{}"));
        using var engine = new ManagedEngine();
        using var model = new TabularPolicy<ManagedTensor>(engine, Tokenizer.VocabularySize, Length + 1, Logits);
        var servers = new RolloutServerSettings
        {
            Endpoints = [$"{server.Address}v1"],
            Model = "policy",
            Correction = correction,
            UpdateEvery = steps,
        };
        var settings = new OnPolicySettings
        {
            Name = "stage",
            Steps = steps,
            PromptsPerStep = 1,
            MaxCompletionTokens = Length,
            Rollouts = servers,
            Algorithm = Algorithms.DrGrpo() with { GroupSize = Drawn },
            Optimizer = new()
            {
                LearningRate = RateAndEpsilon,
                Epsilon = RateAndEpsilon,
                MaxGradientNorm = 1e9,
                Schedule = new Schedule.Constant(),
            },
        };
        using var folder = new Session();
        using var trainer = new OnPolicyTrainer<ManagedTensor>(
            engine,
            model,
            null,
            settings,
            new OnPolicyTask([Asked], new ExactAnswer(), Tokenizer, 1, 0)
            {
                Served = new ServedCompletions(
                    servers,
                    new RolloutServers(servers, Tokenizer.VocabularySize, Tokenizer.Ends),
                    folder.In("rollouts"),
                    to => Directory.CreateDirectory(to).Exists && false,
                    DataParallel.Alone,
                    CancellationToken.None),
            });
        StepOutcome outcome = trainer.Step(0);
        for (int step = 1; step < steps; step++)
        {
            outcome = trainer.Step(step);
        }

        float[] after = engine.Read(model.Parameters[0].Value);
        return ([.. after.Zip(Logits, (now, before) => (double)now - before)], outcome);
    }

    private static string Reply(double drawnAt, double saidAt)
    {
        var choices = new JsonArray();
        double due = 0;
        foreach (int[] completion in Completions())
        {
            due += Drawn * Math.Exp(LogProbs(completion, drawnAt).Sum());
            double[] said = LogProbs(completion, saidAt);
            while (choices.Count < Math.Round(due))
            {
                choices.Add(new JsonObject
                {
                    ["index"] = choices.Count,
                    ["token_ids"] = JsonSerializer.SerializeToNode(completion),
                    ["logprobs"] = new JsonObject { ["token_logprobs"] = JsonSerializer.SerializeToNode(said) },
                });
            }
        }

        return new JsonObject { ["choices"] = choices }.ToJsonString();
    }

    // All completions of the prompt: one token that ends it, or two.
    private static IEnumerable<int[]> Completions()
    {
        for (int first = 0; first < Tokenizer.VocabularySize; first++)
        {
            if (Tokenizer.Ends.Contains(first))
            {
                yield return [first];
                continue;
            }

            for (int second = 0; second < Tokenizer.VocabularySize; second++)
            {
                yield return [first, second];
            }
        }
    }

    private static double[] LogProbs(int[] completion, double temperature) =>
        [.. completion.Select((token, t) => Row(completion[..t], temperature)[token])];

    private static double[] Row(int[] drawn, double temperature)
    {
        int row = PrefixTable.RowOf([.. Tokenizer.EncodePrompt(Asked.Prompt), .. drawn], Tokenizer.VocabularySize);
        double[] logits =
        [
            .. Logits.AsSpan(row * Tokenizer.VocabularySize, Tokenizer.VocabularySize).ToArray().Select(logit => logit / temperature),
        ];
        double total = Math.Log(logits.Sum(Math.Exp));
        return [.. logits.Select(logit => logit - total)];
    }

    private static double Distance(double[] one, double[] other) =>
        Math.Sqrt(one.Zip(other, (x, y) => (x - y) * (x - y)).Sum());
}
