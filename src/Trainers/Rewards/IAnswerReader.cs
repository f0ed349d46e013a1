namespace RlCore.Trainers.Rewards;

/// <summary>
/// A verifier that reads an answer out of a completion in one canonical form, so that completions can vote: those whose answers
/// are equal as text are of one opinion ("1,000" and "1000.0" are both the number 1000).
/// </summary>
public interface IAnswerReader
{
    /// <summary>Reads the answer.</summary>
    /// <param name="completion">The completion's text.</param>
    /// <param name="answer">Its answer; empty without one.</param>
    /// <returns>Whether there is one.</returns>
    bool TryReadAnswer(string completion, out string answer);
}
