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
        using var model = TrainedModel<T>.Load(engine, Request.Model);
        return model.Evaluate(Request.Data, Request.Options, Observer, Stop);
    }
}

/// <summary>Completions of a prompt by a trained model, independent of the engine.</summary>
/// <param name="Request">What to complete.</param>
internal sealed record GenerationWork(GenerationRequest Request) : IEngineWork<IReadOnlyList<Completion>>
{
    /// <summary>Completes the prompt.</summary>
    /// <param name="engine">The engine.</param>
    /// <typeparam name="T">The engine's tensor.</typeparam>
    /// <exception cref="InputException">With every problem of the model's folder or of the prompt.</exception>
    public IReadOnlyList<Completion> Run<T>(IEngine<T> engine)
        where T : struct, ITensor<T>
    {
        using var model = TrainedModel<T>.Load(engine, Request.Model);
        return model.Generate(Request.Prompt, Request.Options);
    }
}
