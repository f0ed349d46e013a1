using RlCore.Algebra;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Settings;

namespace RlCore.Trainers.Rewards;

/// <summary>A language model behind an OpenAI-compatible endpoint, and how it is asked.</summary>
public record JudgeOptions
{
    /// <summary>Address of the endpoint, up to and with its version.</summary>
    /// <value>https://api.openai.com/v1.</value>
    [Address]
    public string Endpoint { get; init; } = "https://api.openai.com/v1";

    /// <summary>Name of the model.</summary>
    [Matches(MatchesAttribute.Something, "the name of a model")]
    public string Model { get; init; } = "";

    /// <summary>Environment variable with the key; empty where the endpoint asks for none.</summary>
    /// <value>OPENAI_API_KEY.</value>
    [Matches("^[A-Za-z0-9_]*$", "the name of an environment variable, not the key itself; or nothing")]
    public string KeyVariable { get; init; } = "OPENAI_API_KEY";

    /// <summary>Temperature of the model; −1 leaves it to the endpoint.</summary>
    /// <value>0.</value>
    [JudgeTemperature]
    public double Temperature { get; init; }

    /// <summary>Requests that are under way at a time.</summary>
    /// <value>8.</value>
    [Within(1)]
    public int Concurrency { get; init; } = 8;

    /// <summary>Most requests a minute, evenly spaced; 0 for any number.</summary>
    /// <value>0.</value>
    [Within(0)]
    public int RequestsPerMinute { get; init; }

    /// <summary>Seconds that one request may take.</summary>
    /// <value>60.</value>
    [Within(0, 3600, LowOpen = true, Unit = "seconds")]
    public double Timeout { get; init; } = 60;

    /// <summary>Times that a request is sent again after 429, 408, a server's error, a timeout or a lost connection.</summary>
    /// <value>5.</value>
    [Within(0)]
    public int Retries { get; init; } = 5;

    /// <summary>Seconds before a request is sent again for the first time, doubled with each time, and drawn from half of it to one and a half; a Retry-After of the endpoint goes before it.</summary>
    /// <value>1.</value>
    [Within(0, 3600, LowOpen = true, Unit = "seconds")]
    public double FirstDelay { get; init; } = 1;

    /// <summary>Folder that keeps replies by the content of their requests; empty keeps none, or those of a run in the run's folder.</summary>
    /// <value>"".</value>
    public string CacheFolder { get; init; } = "";

    /// <summary>Whether the key is there, before anything is asked.</summary>
    /// <param name="add">Takes what is wrong.</param>
    /// <param name="without">What a person writes where there is to be none.</param>
    internal void CheckKey(Action<InputProblem> add, string without = "\"keyVariable\": \"\"")
    {
        if (KeyVariable.Length > 0 && string.IsNullOrEmpty(Environment.GetEnvironmentVariable(KeyVariable)))
        {
            add(new InputProblem($"environment variable {KeyVariable}", 0, "", "nothing", $"the key of {Endpoint}; or {without} where the endpoint asks for none"));
        }
    }
}

/// <summary>A judge gave no verdict.</summary>
public sealed class JudgeException : Exception
{
    /// <summary>Says what happened.</summary>
    /// <param name="message">The message.</param>
    /// <param name="cause">What was thrown.</param>
    /// <param name="isFinal">Whether every other request would end alike: a refused key, an unknown model, nobody at the address.</param>
    public JudgeException(string message, Exception? cause, bool isFinal)
        : base(message, cause) => IsFinal = isFinal;

    /// <summary>Whether every other request would end alike.</summary>
    public bool IsFinal { get; }
}
