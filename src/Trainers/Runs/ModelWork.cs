using RlCore.Engines;
using RlCore.Trainers.Evaluation;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Runs;

/// <summary>An evaluation of a trained model on known answers, independent of the engine.</summary>
/// <param name="Request">What to evaluate.</param>
/// <param name="Observer">Notified of progress and of the result.</param>
/// <param name="Stop">Stops between batches.</param>
internal sealed record EvaluationWork(
    EvaluationRequest Request,
    IRunObserver Observer,
    CancellationToken Stop) : IEngineWork<EvaluationReport>
{
    /// <summary>Evaluates the model.</summary>
    /// <param name="engine">The engine.</param>
    /// <typeparam name="T">The engine's tensor.</typeparam>
    /// <returns>The measures, each with its interval, and the outcome of each prompt.</returns>
    /// <exception cref="InputException">With every problem of the model's folder or of the dataset.</exception>
    public EvaluationReport Run<T>(IEngine<T> engine)
        where T : struct, ITensor<T>
    {
        using var model = TrainedModel.Load(engine, Request.Model);
        return model.Evaluate(Request.Data, Request.Options, Observer, Stop);
    }
}

/// <summary>Completions of prompts by a trained model, which is loaded once; independent of the engine.</summary>
/// <param name="Request">What to complete.</param>
/// <param name="Completed">Called with the index of each prompt and its completions, in order.</param>
/// <param name="Stop">Stops between prompts.</param>
internal sealed record GenerationWork(
    GenerationRequest Request,
    Action<int, IReadOnlyList<Completion>> Completed,
    CancellationToken Stop) : IEngineWork<int>
{
    /// <summary>Completes the prompts.</summary>
    /// <param name="engine">The engine.</param>
    /// <typeparam name="T">The engine's tensor.</typeparam>
    /// <returns>Their number.</returns>
    /// <exception cref="InputException">With every problem of the model's folder or of a prompt.</exception>
    public int Run<T>(IEngine<T> engine)
        where T : struct, ITensor<T>
    {
        using var model = TrainedModel.Load(engine, Request.Model);
        foreach (var (index, prompt) in Request.Prompts.Index())
        {
            Stop.ThrowIfCancellationRequested();
            Completed(index, model.Generate(prompt, Request.Options));
        }

        return Request.Prompts.Count;
    }
}
