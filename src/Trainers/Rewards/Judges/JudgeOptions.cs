using RlCore.Algebra;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Settings;

namespace RlCore.Trainers.Rewards;

/// <summary>A language model behind an OpenAI-compatible endpoint, and how it is asked.</summary>
public record JudgeOptions
{
    internal const int LeastReplyBytes = 1 << 10;
    internal const int MostReplyBytes = 1 << 28;
    internal const int DefaultReplyBytes = 1 << 20;

    /// <summary>Address of the endpoint, including its version.</summary>
    /// <value>https://api.openai.com/v1.</value>
    [Address]
    public string Endpoint { get; init; } = "https://api.openai.com/v1";

    /// <summary>Name of the model.</summary>
    [Matches(MatchesAttribute.Something, "the name of a model")]
    public string Model { get; init; } = "";

    /// <summary>Environment variable that contains the key; empty if the endpoint needs none.</summary>
    /// <value>OPENAI_API_KEY.</value>
    [Matches("^[A-Za-z0-9_]*$", "the name of an environment variable, not the key itself; or nothing")]
    public string KeyVariable { get; init; } = "OPENAI_API_KEY";

    /// <summary>Temperature of the model; −1 leaves it to the endpoint.</summary>
    /// <value>0.</value>
    [JudgeTemperature]
    public double Temperature { get; init; }

    /// <summary>Maximum number of concurrent requests.</summary>
    /// <value>8.</value>
    [Within(1)]
    public int Concurrency { get; init; } = 8;

    /// <summary>Maximum requests per minute, evenly spaced; 0 for no limit.</summary>
    /// <value>0.</value>
    [Within(0)]
    public int RequestsPerMinute { get; init; }

    /// <summary>Timeout of one request, in seconds.</summary>
    /// <value>60.</value>
    [Within(0, 3600, LowOpen = true, Unit = "seconds")]
    public double Timeout { get; init; } = 60;

    /// <summary>Number of retries after status 429 or 408, a server error, a timeout or a lost connection.</summary>
    /// <value>5.</value>
    [Within(0)]
    public int Retries { get; init; } = 5;

    /// <summary>
    /// Seconds before the first retry, doubled with each retry and multiplied by a random factor from 0.5 to 1.5; a
    /// Retry-After header of the endpoint takes precedence.
    /// </summary>
    /// <value>1.</value>
    [Within(0, 3600, LowOpen = true, Unit = "seconds")]
    public double FirstDelay { get; init; } = 1;

    /// <summary>
    /// Largest reply of the endpoint, in bytes: a larger one is cut off there, never held in memory, and counts as unreadable.
    /// </summary>
    /// <value>1048576.</value>
    [Within(LeastReplyBytes, MostReplyBytes)]
    public int MaxReplyBytes { get; init; } = DefaultReplyBytes;

    /// <summary>
    /// Folder that caches replies by the content of their requests; empty for no cache, or for the run's folder within a run.
    /// </summary>
    /// <value>"".</value>
    public string CacheFolder { get; init; } = "";

    /// <summary>Checks that the key is set, before any request.</summary>
    /// <param name="add">Receives the problems.</param>
    /// <param name="without">How to state that no key is needed.</param>
    internal void CheckKey(Action<InputProblem> add, string without = "\"keyVariable\": \"\"")
    {
        if (KeyVariable.Length > 0 && string.IsNullOrEmpty(Environment.GetEnvironmentVariable(KeyVariable)))
        {
            add(new InputProblem(
                $"environment variable {KeyVariable}", 0, "", "nothing",
                $"the key of {Endpoint}; or {without} if the endpoint needs none"));
        }
    }
}
