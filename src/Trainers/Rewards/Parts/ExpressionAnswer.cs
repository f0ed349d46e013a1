using RlCore.Algebra;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Rewards;

/// <summary>
/// 1 if the answer of a completion is the same mathematics as the row's answer: expressions, sets, intervals, tuples, matrices, equations
/// and inequalities as <see cref="AnswerComparison"/> compares them; otherwise 0. A truncated completion scores 0.
/// </summary>
/// <param name="settings">Name and precision.</param>
internal sealed class ExpressionAnswer(RewardSettings.Expression settings) : SampleReward(settings.Name), IAnswerReader
{
    /// <inheritdoc/>
    public override double Score(RewardSample sample) => sample.Ended
        && ExpressionText.ReadAnswer(sample.Question.Answer).IsAnsweredBy(ExpressionText.ReadFinal(sample.Completion), settings.Precision)
            ? 1
            : 0;

    /// <inheritdoc/>
    public bool TryReadAnswer(string completion, out string answer)
    {
        ExpressionText read = ExpressionText.ReadFinal(completion);
        answer = read.Node is { } node ? Canonical(node) : read.IsMarked ? read.Plain : "";
        return answer.Length > 0;
    }

    // The value if it is rational, otherwise the expression.
    private static string Canonical(ExpressionNode node)
    {
        ExpressionNode value = AnswerNames.TryAssignment(node, out _, out ExpressionNode named) ? named : node;
        return !ValueComparison.HasVariables(value)
            && new ExactValue(new SamplePoint(0, false)).Evaluate(value, out Rational number) == ExactOutcome.Known
                ? number.ToString()
                : value.Key;
    }
}

public abstract partial record RewardSettings
{
    /// <summary>1 if the completion's answer is the same mathematics as the row's.</summary>
    public sealed record Expression : Verifier
    {
        /// <summary>Decimals to which a number written with decimals must agree with the answer.</summary>
        /// <value>6.</value>
        [Within(0, 12)]
        public int Precision { get; init; } = 6;

        /// <inheritdoc/>
        protected internal override bool ReadsAnswer => true;

        /// <inheritdoc/>
        protected internal override void CheckRow(Question row, Action<string, string, string> add)
        {
            if (ExpressionText.ReadAnswer(row.Answer) is { Node: null, Plain: "" })
            {
                add(
                    "answer",
                    Characters.Quote(row.Answer),
                    "an expression or words, as the reward is expression (such as \\frac{1}{2})");
            }
        }

        private protected override IReward CreateWhole(RewardContext context) => new ExpressionAnswer(this);
    }
}
