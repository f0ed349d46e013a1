using System.Security.Cryptography;
using RlCore.Engines;

namespace RlCore.Trainers.Serving;

/// <summary>A request for completions of a prompt.</summary>
/// <param name="Prompt">The prompt's tokens, at least one and fewer than the context.</param>
public sealed record TextRequest(IReadOnlyList<int> Prompt)
{
    /// <summary>Completions.</summary>
    /// <value>1.</value>
    public int Choices { get; init; } = 1;

    /// <summary>Maximum tokens of each completion; 0 for as many as the context allows.</summary>
    /// <value>0.</value>
    public int MaxTokens { get; init; }

    /// <summary>How tokens are sampled.</summary>
    /// <value>Temperature 1, without filters.</value>
    public SamplingOptions Sampling { get; init; } = new();

    /// <summary>Seed: completion i draws its token t with the numbers of (seed, i, t), whatever else the batch holds.</summary>
    /// <value>1.</value>
    public ulong Seed { get; init; } = 1;

    /// <summary>Texts that end a completion, which do not belong to it.</summary>
    /// <value>None.</value>
    public IReadOnlyList<string> Stop { get; init; } = [];

    /// <summary>The seed that clients give, as they write it; without one, a request has its own.</summary>
    /// <param name="given">The seed; null for none.</param>
    internal static ulong SeedOf(long? given) => given is { } seed
        ? unchecked((ulong)seed)
        : BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));

    /// <summary>Most probable tokens that are told beside each drawn one, with log-probs; null for no log-probs at all.</summary>
    /// <value>Null.</value>
    public int? TopLogProbs { get; init; }
}

/// <summary>A token that has been drawn for a completion.</summary>
/// <param name="Choice">The completion, from 0.</param>
/// <param name="Text">The text that has become certain; empty while a character or a stopping text is incomplete.</param>
/// <param name="Token">The token.</param>
/// <param name="Score">Its log-prob, if that was asked for.</param>
/// <param name="Finish">Why the completion ends with this; null where it goes on.</param>
public sealed record TextPiece(int Choice, string Text, int Token, TokenScore? Score, FinishReason? Finish);

/// <summary>Why a completion has ended.</summary>
public enum FinishReason
{
    /// <summary>The model ended it, or a stopping text came.</summary>
    Stop,

    /// <summary>It reached the maximum number of tokens.</summary>
    Length,
}

/// <summary>The log-prob of a token under the model itself: at temperature 1, without filters; in nats.</summary>
/// <param name="LogProb">The log-prob.</param>
/// <param name="Top">The most probable tokens, the first the most probable.</param>
public sealed record TokenScore(double LogProb, IReadOnlyList<(int Token, double LogProb)> Top);
