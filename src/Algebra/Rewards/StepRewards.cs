namespace RlCore.Algebra;

/// <summary>What the scores of a completion's steps say of the whole completion.</summary>
public enum StepAggregate
{
    /// <summary>The least: a completion is as good as its worst step.</summary>
    Min,

    /// <summary>The product: the probability that every step is good, if they are independent.</summary>
    Product,

    /// <summary>The mean, which is blind to the number of steps.</summary>
    Mean,

    /// <summary>That of the last step, as of a model that judges whole completions.</summary>
    Last,
}

/// <summary>Rewards of steps, as a process reward model gives them.</summary>
public static class StepRewards
{
    /// <summary>
    /// The score of a completion from the probabilities σ(s) of its steps. Min and product: Lightman et al. 2023, app. F; min: Wang et al.
    /// 2024 (Math-Shepherd), sec. 3.4.
    /// </summary>
    /// <param name="probabilities">The probability that each step is good, in [0, 1].</param>
    /// <param name="by">How they are put together.</param>
    /// <returns>A number in [0, 1].</returns>
    /// <exception cref="ArgumentException">There is no step.</exception>
    public static double Aggregate(ReadOnlySpan<double> probabilities, StepAggregate by)
    {
        if (probabilities.IsEmpty)
        {
            throw new ArgumentException("A completion has at least one step.", nameof(probabilities));
        }

        double least = double.PositiveInfinity, product = 1, sum = 0;
        foreach (double probability in probabilities)
        {
            least = Math.Min(least, probability);
            product *= probability;
            sum += probability;
        }

        return by switch
        {
            StepAggregate.Min => least,
            StepAggregate.Product => product,
            StepAggregate.Mean => sum / probabilities.Length,
            StepAggregate.Last => probabilities[^1],
            _ => throw new ArgumentOutOfRangeException(nameof(by), by, "An unknown aggregate."),
        };
    }
}
