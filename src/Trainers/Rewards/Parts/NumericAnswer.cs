using RlCore.Trainers.Datasets;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Rewards;

/// <summary>
/// 1 if the final number of a completion equals the answer's number exactly; otherwise 0. Numbers are read as described for
/// <see cref="NumberText"/>. A percentage equals its fraction (50% is 1/2); if only one of the two has a percent sign,
/// the plain number is right too (50% for 50). A truncated completion scores 0.
/// </summary>
/// <param name="name">Name in metrics.</param>
internal sealed class NumericAnswer(string name = "numeric") : SampleReward(name), IAnswerReader
{
    /// <inheritdoc cref="NumberText.TryReadFinal"/>
    public static bool TryReadLast(string text, out Rational number)
    {
        bool found = NumberText.TryReadFinal(text, out NumberText read);
        number = read.Value;
        return found;
    }

    /// <inheritdoc cref="NumberText.TryReadWhole"/>
    public static bool TryReadWhole(string text, out Rational number)
    {
        bool found = NumberText.TryReadWhole(text, out NumberText read);
        number = read.Value;
        return found;
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The answer is not a number; datasets are checked for this when they are read.</exception>
    public override double Score(RewardSample sample)
    {
        if (!NumberText.TryReadWhole(sample.Question.Answer, out NumberText answer))
        {
            throw new ArgumentException(
                $"The answer \"{sample.Question.Answer}\" ({sample.Question.File}, row {sample.Question.Row}) is not a number.",
                nameof(sample));
        }

        return sample.Ended && NumberText.TryReadFinal(sample.Completion, out NumberText number) && number.IsSame(answer) ? 1 : 0;
    }

    /// <inheritdoc/>
    public bool TryReadAnswer(string completion, out string answer)
    {
        bool found = TryReadLast(completion, out Rational number);
        answer = found ? number.ToString() : "";
        return found;
    }
}

public abstract partial record RewardSettings
{
    /// <summary>1 if the final number of the completion equals the answer.</summary>
    public sealed record Numeric : Verifier
    {
        /// <inheritdoc/>
        protected internal override bool ReadsAnswer => true;

        /// <inheritdoc/>
        protected internal override void CheckRow(Question row, Action<string, string, string> add)
        {
            if (!NumericAnswer.TryReadWhole(row.Answer, out _))
            {
                add("answer", Characters.Quote(row.Answer), "a number, as the reward is numeric (such as 95, -1,234.5 or 3/4)");
            }
        }

        private protected override IReward CreateWhole(RewardContext context) => new NumericAnswer(Name);
    }
}
