namespace RlCore.Trainers.Evaluation;

/// <summary>Who watches an evaluation. An observer implements what it watches.</summary>
public interface IEvaluationObserver
{
    /// <summary>Progress of an evaluation.</summary>
    /// <param name="label">"before", or the stage's name.</param>
    /// <param name="done">Completions drawn so far.</param>
    /// <param name="total">Completions in all.</param>
    void EvaluationAdvanced(string label, int done, int total)
    {
    }

    /// <summary>An evaluation is done.</summary>
    /// <param name="result">Its result.</param>
    void Evaluated(EvaluationResult result)
    {
    }
}
