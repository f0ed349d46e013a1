using RlCore.Algebra;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Settings;

namespace RlCore.Trainers.Rollouts;

/// <summary>
/// OpenAI-compatible servers that draw a stage's completions in the trainer's place. They give token ids and log-probs (rlcore serve,
/// vLLM); the trainer computes its own log-probs, and corrects for the difference.
/// </summary>
public sealed record RolloutServerSettings : ICheckedSettings
{
    /// <summary>Addresses of the servers with their version, such as http://localhost:8080/v1. They share the prompts by load.</summary>
    public IReadOnlyList<string> Endpoints { get; init => field = new ValueList<string>(value); } = new ValueList<string>([]);

    /// <summary>The model's name on the servers; empty for the first one that each lists.</summary>
    /// <value>"".</value>
    public string Model { get; init; } = "";

    /// <summary>Environment variable that contains the servers' key; empty if they need none.</summary>
    /// <value>"".</value>
    [Matches("^[A-Za-z0-9_]*$", "the name of an environment variable, not the key itself; or nothing")]
    public string KeyVariable { get; init; } = "";

    /// <summary>Steps from one time that the servers get the policy's weights to the next.</summary>
    /// <value>1.</value>
    [Within(1)]
    public int UpdateEvery { get; init; } = 1;

    /// <summary>
    /// Most steps that the weights which drew a completion may be behind those that learn from it; the servers get new ones before.
    /// </summary>
    /// <value>1.</value>
    [Within(0)]
    public int MaxStaleness { get; init; } = 1;

    /// <summary>
    /// Whether the next step's completions are drawn while a step's update is computed: they are then one step older, and the servers and
    /// the trainer work at the same time.
    /// </summary>
    /// <value>false.</value>
    public bool Asynchronous { get; init; }

    /// <summary>How the loss is corrected for what the servers sampled with.</summary>
    /// <value>TokenTruncate.</value>
    [Inline]
    public SamplerCorrection Correction { get; init; } = new SamplerCorrection.TokenTruncate();

    /// <summary>Requests of each server at a time, one for each prompt.</summary>
    /// <value>8.</value>
    [Within(1)]
    public int Concurrency { get; init; } = 8;

    /// <summary>Timeout of one request, in seconds; the prompt is then asked elsewhere.</summary>
    /// <value>300.</value>
    [Within(0, 86_400, LowOpen = true, Unit = "seconds")]
    public double Timeout { get; init; } = 300;

    /// <summary>
    /// Failures of a server one after the other, after each of which it is left alone for longer, before the step goes on without it.
    /// </summary>
    /// <value>5.</value>
    [Within(0)]
    public int Retries { get; init; } = 5;

    /// <summary>Whether the servers get new weights before a step.</summary>
    /// <param name="age">Steps since they got some; negative for never.</param>
    internal bool IsDue(int age) => age < 0 || age >= Math.Min(UpdateEvery, MaxStaleness + 1 - (Asynchronous ? 1 : 0));

    void ICheckedSettings.Check(Action<string, string, string> add)
    {
        var address = new AddressAttribute();
        if (Endpoints.Count == 0 || !Endpoints.All(endpoint => address.Accepts(endpoint)))
        {
            add(
                "endpoints",
                Endpoints.Count == 0 ? "none" : Characters.Quote(Endpoints.First(endpoint => !address.Accepts(endpoint))),
                "addresses such as http://localhost:8080/v1");
        }

        if (Asynchronous && MaxStaleness == 0)
        {
            add("maxStaleness", "0, with asynchronous, whose completions are a step old", "at least 1, or asynchronous of false");
        }

        if (UpdateEvery > MaxStaleness + 1)
        {
            add(
                "updateEvery",
                $"{UpdateEvery}, with a maxStaleness of {MaxStaleness}",
                $"at most {MaxStaleness + 1}, or a maxStaleness of {UpdateEvery - 1}");
        }
    }
}
