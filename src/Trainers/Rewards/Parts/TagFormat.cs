using RlCore.Trainers.Inputs;
using RlCore.Trainers.Settings;

namespace RlCore.Trainers.Rewards;

/// <summary>
/// 1 if a completion consists of the tags in order, each pair once, with only white space between them: by default
/// <c>&lt;think&gt;…&lt;/think&gt; &lt;answer&gt;…&lt;/answer&gt;</c>. Graded: the fraction of opening and closing tags that
/// occur exactly once.
/// </summary>
/// <param name="settings">The tags.</param>
internal sealed class TagFormat(RewardSettings.Format settings) : SampleReward(settings.Name)
{
    /// <inheritdoc/>
    public override double Score(RewardSample sample)
    {
        VerifierWork.Spend((long)sample.Completion.Length * settings.Tags.Count);
        string[] marks = [.. settings.Tags.SelectMany(tag => new[] { $"<{tag}>", $"</{tag}>" })];
        int once = marks.Count(mark => Count(sample.Completion, mark) == 1);
        return settings.Graded ? (double)once / marks.Length : once == marks.Length && IsInOrder(sample.Completion, marks) ? 1 : 0;
    }

    private static bool IsInOrder(string text, string[] marks)
    {
        int at = 0;
        for (int i = 0; i < marks.Length; i++)
        {
            int next = text.IndexOf(marks[i], at, StringComparison.Ordinal);
            bool opens = i % 2 == 0;
            if (next < 0 || (opens && !text.AsSpan(at, next - at).IsWhiteSpace()))
            {
                return false;
            }

            at = next + marks[i].Length;
        }

        return text.AsSpan(at).IsWhiteSpace();
    }

    private static int Count(string text, string mark) => text.AsSpan().Count(mark);
}

public abstract partial record RewardSettings
{
    /// <summary>1 if a completion consists of the tags in order, each pair once.</summary>
    public sealed record Format : RewardSettings
    {
        /// <summary>Names of the tags, in order.</summary>
        /// <value>think, answer.</value>
        [Matches(MatchesAttribute.Identifier, "a list of tag names without brackets")]
        public IReadOnlyList<string> Tags { get; init => field = new ValueList<string>(value); } =
            new ValueList<string>(["think", "answer"]);

        /// <summary>Whether the score is the fraction of tags that occur exactly once, in any position.</summary>
        /// <value>false.</value>
        public bool Graded { get; init; }

        /// <inheritdoc/>
        public override IReward Create(RewardContext context) => new TagFormat(this);

        /// <inheritdoc/>
        protected internal override void Check(Action<string, string, string> add)
        {
            if (Tags.Count == 0 || Tags.Distinct().Count() < Tags.Count)
            {
                add("tags", Tags.Count == 0 ? "none" : string.Join(", ", Tags), "at least one tag, without duplicates");
            }
        }
    }
}
