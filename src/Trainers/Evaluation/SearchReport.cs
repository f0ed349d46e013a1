using RlCore.Algebra;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Evaluation;

/// <summary>What searches reached on known answers.</summary>
/// <param name="Questions">The questions.</param>
/// <param name="Difficulty">
/// For each question, the share of its samples that are right, by which it is put into a bin; empty without bins.
/// </param>
/// <param name="Points">One point for each strategy and budget, in the order in which they were asked for.</param>
/// <param name="Seconds">Wall-clock seconds.</param>
public sealed record SearchReport(
    IReadOnlyList<Question> Questions, IReadOnlyList<double> Difficulty, IReadOnlyList<SearchPoint> Points, double Seconds)
{
    /// <summary>Numbers of the questions of each bin, the easiest first.</summary>
    public IReadOnlyList<IReadOnlyList<int>> Bins { get; init => field = new ValueList<IReadOnlyList<int>>(value); } =
        new ValueList<IReadOnlyList<int>>([]);
}

/// <summary>What a strategy reached with a budget.</summary>
/// <param name="Strategy">Its name.</param>
/// <param name="Budget">The budget, in completions.</param>
/// <param name="Outcomes">What became of each question.</param>
public sealed record SearchPoint(string Strategy, int Budget, IReadOnlyList<SearchOutcome> Outcomes)
{
    /// <summary>The share of questions that are answered right, with its 95 % interval (Wilson's).</summary>
    public Measure Accuracy
    {
        get
        {
            double[] right = [.. Outcomes.Select(outcome => outcome.Right ? 1.0 : 0)];
            Interval interval = Proportions.Clustered(right, 1);
            return new Measure(Strategy, Moments.Of(right).Mean, interval.Low, interval.High);
        }
    }

    /// <summary>Tokens drawn of a question, on average.</summary>
    public double Drawn => Outcomes.Average(outcome => (double)outcome.Spent.Drawn);

    /// <summary>Tokens read to score thoughts of a question, on average.</summary>
    public double Scored => Outcomes.Average(outcome => (double)outcome.Spent.Scored);

    /// <summary>Tokens drawn and scored of a question, on average.</summary>
    public double Tokens => Drawn + Scored;

    /// <summary>How often a model was asked for something, on average.</summary>
    public double Calls => Outcomes.Average(outcome => (double)outcome.Spent.Calls);
}

/// <summary>What became of a question.</summary>
/// <param name="Text">The completion that was chosen.</param>
/// <param name="Answer">Its answer, or that of the vote, in canonical form; empty for none.</param>
/// <param name="Right">Whether it is right.</param>
/// <param name="Spent">What the search took.</param>
public sealed record SearchOutcome(string Text, string Answer, bool Right, SearchSpend Spent);
