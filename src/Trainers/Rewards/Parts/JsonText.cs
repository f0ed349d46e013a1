using System.Globalization;
using System.Text.Json;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Rewards;

/// <summary>
/// 1 if a completion is a single JSON value, apart from surrounding white space; otherwise 0. RFC 8259, without duplicate keys
/// in an object, and nested at most <see cref="MaxDepth"/> levels deep, so that no completion exhausts the stack.
/// </summary>
/// <param name="name">Name in metrics.</param>
internal sealed class JsonText(string name = "json") : SampleReward(name)
{
    /// <summary>The levels of arrays and objects in each other that are read.</summary>
    internal const int MaxDepth = 1000;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = MaxDepth };

    /// <inheritdoc/>
    public override double Score(RewardSample sample) => TryParse(sample.Completion, out _) ? 1 : 0;

    /// <summary>Reads one JSON value.</summary>
    /// <param name="text">The text.</param>
    /// <param name="value">The value.</param>
    /// <returns>Whether the text is one.</returns>
    internal static bool TryParse(string text, out JsonElement value) => TryParse(text, out value, out _);

    /// <summary>Reads one JSON value.</summary>
    /// <param name="text">The text.</param>
    /// <param name="value">The value.</param>
    /// <param name="problem">What the text is instead; empty if it is one.</param>
    /// <returns>Whether the text is one.</returns>
    internal static bool TryParse(string text, out JsonElement value, out string problem)
    {
        VerifierWork.Spend(text.Length);
        try
        {
            using JsonDocument document = JsonDocument.Parse(text, Strict);
            value = document.RootElement.Clone();
            problem = "";
            return true;
        }
        catch (Exception error) when (error is JsonException or ArgumentException or InvalidOperationException)
        {
            // The last two mean half of a surrogate pair, in the text or as an escape in a name: it cannot be encoded as UTF-8.
            value = default;
            problem = IsTooDeep(text)
                ? string.Create(CultureInfo.InvariantCulture, $"JSON nested more than {MaxDepth} levels deep")
                : "text that is not JSON" + (error is JsonException { LineNumber: { } line }
                    ? string.Create(CultureInfo.InvariantCulture, $" (line {line + 1})")
                    : "");
            return false;
        }
    }

    // Whether reading failed at the limit, rather than at a mistake before it.
    private static bool IsTooDeep(string text)
    {
        int depth = 0;
        bool inText = false;
        for (int i = 0; i < text.Length && depth <= MaxDepth; i++)
        {
            inText ^= text[i] == '"';
            i += inText && text[i] == '\\' ? 1 : 0;
            depth += inText ? 0 : text[i] is '[' or '{' ? 1 : text[i] is ']' or '}' ? -1 : 0;
        }

        return depth > MaxDepth;
    }
}

/// <summary>
/// 1 if a completion equals the answer as a JSON value: objects are compared regardless of key order, numbers by value; otherwise 0.
/// </summary>
/// <param name="name">Name in metrics.</param>
internal sealed class JsonAnswer(string name = "jsonEqual") : SampleReward(name)
{
    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The answer is not JSON; datasets are checked for this when they are read.</exception>
    public override double Score(RewardSample sample) =>
        !JsonText.TryParse(sample.Question.Answer, out JsonElement answer)
            ? throw new ArgumentException(
                $"The answer \"{sample.Question.Answer}\" ({sample.Question.File}, row {sample.Question.Row}) is not JSON.",
                nameof(sample))
            : JsonText.TryParse(sample.Completion, out JsonElement value) && Equal(value, answer) ? 1 : 0;

    private static bool Equal(JsonElement value, JsonElement answer) =>
        JsonTree.TryRead(value, out JsonTree? mine) && JsonTree.TryRead(answer, out JsonTree? other) && mine!.Key() == other!.Key();
}

public abstract partial record RewardSettings
{
    /// <summary>1 if the completion is JSON.</summary>
    public sealed record Json : Verifier
    {
        private protected override IReward CreateWhole(RewardContext context) => new JsonText(Name);
    }

    /// <summary>1 if the completion equals the answer as a JSON value.</summary>
    public sealed record JsonEqual : Verifier
    {
        /// <inheritdoc/>
        protected internal override bool ReadsAnswer => true;

        /// <inheritdoc/>
        protected internal override void CheckRow(Question row, Action<string, string, string> add)
        {
            if (!JsonText.TryParse(row.Answer, out _, out string problem))
            {
                add("answer", $"{Characters.Quote(row.Answer)}, {problem}", "JSON, as the reward is jsonEqual");
            }
        }

        private protected override IReward CreateWhole(RewardContext context) => new JsonAnswer(Name);
    }
}
