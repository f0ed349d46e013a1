namespace RlCore.Trainers.Rewards;

/// <summary>
/// A verifier that reads an answer from a completion in canonical form, so that completions can vote: those whose answers
/// are equal as text agree ("1,000" and "1000.0" are both the number 1000).
/// </summary>
public interface IAnswerReader
{
    /// <summary>Reads the answer.</summary>
    /// <param name="completion">The completion's text.</param>
    /// <param name="answer">Its answer; empty if there is none.</param>
    /// <returns>Whether there is one.</returns>
    bool TryReadAnswer(string completion, out string answer);
}
