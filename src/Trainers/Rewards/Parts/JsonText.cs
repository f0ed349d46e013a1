using System.Text.Json;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Rewards;

/// <summary>
/// 1 if a completion is a single JSON value, apart from surrounding white space; otherwise 0. RFC 8259, without duplicate keys
/// in an object, and nested at most <see cref="MostLevels"/> levels deep, so that no completion exhausts the stack.
/// </summary>
/// <param name="name">Name in metrics.</param>
internal sealed class JsonText(string name = "json") : SampleReward(name)
{
    /// <summary>The deepest nesting of arrays and objects that is read.</summary>
    public const int MostLevels = 512;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = MostLevels };

    /// <inheritdoc/>
    public override double Score(RewardSample sample) => TryParse(sample.Completion, out _) ? 1 : 0;

    /// <summary>What to say of a text that is nested too deeply to be read; null of any other.</summary>
    /// <param name="text">The text.</param>
    internal static string? TooDeep(string text) =>
        Levels(text) > MostLevels ? $"arrays and objects nested more than {MostLevels} levels deep" : null;

    /// <summary>Reads one JSON value.</summary>
    /// <param name="text">The text.</param>
    /// <param name="value">The value.</param>
    /// <returns>Whether the text is one.</returns>
    internal static bool TryParse(string text, out JsonElement value)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text, Strict);
            value = document.RootElement.Clone();
            return true;
        }
        catch (Exception error) when (error is JsonException or ArgumentException)
        {
            // An argument error means half of a surrogate pair, which cannot be encoded as UTF-8.
            value = default;
            return false;
        }
    }

    // Brackets within strings do not nest.
    private static int Levels(string text)
    {
        int level = 0;
        int most = 0;
        bool inString = false;
        for (int i = 0; i < text.Length; i++)
        {
            bool isEscape = inString && text[i] == '\\';
            i += isEscape ? 1 : 0;
            inString ^= !isEscape && text[i] == '"';
            level += inString || isEscape ? 0 : text[i] is '[' or '{' ? 1 : text[i] is ']' or '}' ? -1 : 0;
            most = Math.Max(most, level);
        }

        return most;
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
                $"The answer \"{sample.Question.Answer}\" ({sample.Question.File}, row {sample.Question.Row}) is "
                    + $"{JsonText.TooDeep(sample.Question.Answer) ?? "not JSON"}.",
                nameof(sample))
            : JsonText.TryParse(sample.Completion, out JsonElement value) && JsonElement.DeepEquals(value, answer) ? 1 : 0;
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
            if (!JsonText.TryParse(row.Answer, out _))
            {
                add("answer", JsonText.TooDeep(row.Answer) ?? Characters.Quote(row.Answer), "JSON, as the reward is jsonEqual");
            }
        }

        private protected override IReward CreateWhole(RewardContext context) => new JsonAnswer(Name);
    }
}
