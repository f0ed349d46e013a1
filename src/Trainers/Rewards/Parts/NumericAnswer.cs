using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Rewards;

/// <summary>
/// 1 when the last number of the completion equals the answer's number, exactly; else 0. A number may have a sign, thousands
/// separators (1,234), decimals, and be a fraction (3/4). A completion that never ended scores 0.
/// </summary>
/// <param name="name">Name in metrics.</param>
public sealed partial class NumericAnswer(string name = "numeric") : SampleReward(name), IAnswerReader
{
    // A number with decimals; groups of three digits only where no fourth digit follows.
    private const string Magnitude = @"(?:[0-9]{1,3}(?:,[0-9]{3})+(?![0-9])(?:\.[0-9]+)?|[0-9]+(?:\.[0-9]+)?|\.[0-9]+)";

    // A minus after a digit, a letter or a bracket subtracts; it is no sign.
    private const string Sign = @"(?:(?<![\p{L}\p{N})\]])[+\-−])?";

    /// <summary>Reads the last number of a text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="number">Its last number; 0 without one.</param>
    /// <returns>Whether there is one.</returns>
    public static bool TryReadLast(string text, out Rational number)
    {
        MatchCollection matches = NumberPattern().Matches(text);
        number = default;
        return matches.Count > 0 && TryConvert(matches[^1], out number);
    }

    /// <summary>Reads a text that is one number and nothing else but white space around it.</summary>
    /// <param name="text">The text.</param>
    /// <param name="number">The number; 0 when it is none.</param>
    /// <returns>Whether it is one.</returns>
    public static bool TryReadWhole(string text, out Rational number)
    {
        string trimmed = text.Trim();
        Match match = NumberPattern().Match(trimmed);
        number = default;
        return match.Success && match.Length == trimmed.Length && TryConvert(match, out number);
    }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The answer is not a number; datasets are checked for it when they are read.</exception>
    public override double Score(RewardSample sample)
    {
        if (!TryReadWhole(sample.Question.Answer, out Rational answer))
        {
            throw new ArgumentException($"The answer \"{sample.Question.Answer}\" ({sample.Question.File}, row {sample.Question.Row}) is not a number.", nameof(sample));
        }

        return sample.Ended && TryReadLast(sample.Completion, out Rational number) && number == answer ? 1 : 0;
    }

    /// <inheritdoc/>
    public bool TryReadAnswer(string completion, out string answer)
    {
        bool found = TryReadLast(completion, out Rational number);
        answer = found ? number.ToString() : "";
        return found;
    }

    private static bool TryConvert(Match match, out Rational number)
    {
        number = Decimal(match.Groups["top"].Value);
        Group bottom = match.Groups["bottom"];
        if (!bottom.Success)
        {
            return true;
        }

        Rational divisor = Decimal(bottom.Value);
        if (divisor == default)
        {
            return false;
        }

        number = number.DividedBy(divisor);
        return true;
    }

    private static Rational Decimal(string text)
    {
        string plain = text.Replace(",", "", StringComparison.Ordinal).Replace('−', '-');
        int point = plain.IndexOf('.', StringComparison.Ordinal);
        int places = point < 0 ? 0 : plain.Length - point - 1;
        string digits = point < 0 ? plain : plain.Remove(point, 1);
        return new Rational(BigInteger.Parse(digits, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture), BigInteger.Pow(10, places));
    }

    [GeneratedRegex($"(?<top>{Sign}{Magnitude})(?:/(?<bottom>{Magnitude}))?", RegexOptions.CultureInvariant)]
    private static partial Regex NumberPattern();
}

public abstract partial record RewardSettings
{
    /// <summary>1 when the last number of the completion is the answer's number.</summary>
    public sealed record Numeric : Verifier
    {
        internal override bool ReadsAnswer => true;

        internal override void CheckRow(Question row, Action<string, string, string> add)
        {
            if (!NumericAnswer.TryReadWhole(row.Answer, out _))
            {
                add("answer", Characters.Quote(row.Answer), "a number, as the reward is numeric (such as 95, -1,234.5 or 3/4)");
            }
        }

        private protected override IReward CreateWhole(RewardContext context) => new NumericAnswer(Name);
    }
}
