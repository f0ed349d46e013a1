namespace RlCore.Trainers.Search;

/// <summary>Says how good thoughts are, in [0, 1].</summary>
internal interface IThoughtScorer : IDisposable
{
    /// <summary>The tokens that a model has to read to score a thought, where it has read a beginning of it.</summary>
    /// <param name="known">The beginning.</param>
    /// <param name="thought">The thought.</param>
    int TokensToScore(Thought known, Thought thought);

    /// <summary>The score of each thought.</summary>
    /// <param name="thoughts">The thoughts.</param>
    /// <param name="stop">Stops between thoughts.</param>
    IReadOnlyList<double> Score(IReadOnlyList<Thought> thoughts, CancellationToken stop);

    /// <summary>Forgets what was scored, so that memory is free for other questions.</summary>
    void Forget()
    {
    }
}
