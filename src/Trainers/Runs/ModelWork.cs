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

/// <summary>A labelling of steps, independent of the engine.</summary>
/// <param name="Request">Of which prompts, by which model, and how.</param>
/// <param name="Observer">Notified of progress.</param>
/// <param name="Stop">Stops between completions.</param>
internal sealed record StepLabelWork(StepLabelRequest Request, IRunObserver Observer, CancellationToken Stop)
    : IEngineWork<StepLabelOutcome>
{
    /// <summary>Labels the steps.</summary>
    /// <param name="engine">The engine.</param>
    /// <typeparam name="T">The engine's tensor.</typeparam>
    /// <returns>What was written.</returns>
    /// <exception cref="InputException">With every problem of the model's folder or of the data.</exception>
    public StepLabelOutcome Run<T>(IEngine<T> engine)
        where T : struct, ITensor<T>
    {
        using var model = TrainedModel.Load(engine, Request.Model);
        return model.LabelSteps(Request, Observer, Stop);
    }
}

/// <summary>A search for pairs and traces, independent of the engine.</summary>
/// <param name="Request">Of which prompts, by which model, and how.</param>
/// <param name="Observer">Notified of progress.</param>
/// <param name="Stop">Stops between tokens.</param>
internal sealed record PairSearchWork(PairSearchRequest Request, IRunObserver Observer, CancellationToken Stop)
    : IEngineWork<PairSearchOutcome>
{
    /// <summary>Searches.</summary>
    /// <param name="engine">The engine.</param>
    /// <typeparam name="T">The engine's tensor.</typeparam>
    /// <returns>What was written.</returns>
    /// <exception cref="InputException">With every problem of the folders, of the data or of the search.</exception>
    public PairSearchOutcome Run<T>(IEngine<T> engine)
        where T : struct, ITensor<T>
    {
        using var model = TrainedModel.Load(engine, Request.Model);
        return model.SearchPairs(Request, Observer, Stop);
    }
}

/// <summary>An evaluation of searches over a trained model's thoughts, independent of the engine.</summary>
/// <param name="Request">What to evaluate.</param>
/// <param name="Search">The strategies and budgets.</param>
/// <param name="Observer">Notified of progress.</param>
/// <param name="Stop">Stops between tokens.</param>
internal sealed record SearchWork(EvaluationRequest Request, SearchOptions Search, IRunObserver Observer, CancellationToken Stop)
    : IEngineWork<SearchReport>
{
    /// <summary>Searches.</summary>
    /// <param name="engine">The engine.</param>
    /// <typeparam name="T">The engine's tensor.</typeparam>
    /// <returns>What each strategy reached with each budget.</returns>
    /// <exception cref="InputException">With every problem of the folders, of the dataset or of the search.</exception>
    public SearchReport Run<T>(IEngine<T> engine)
        where T : struct, ITensor<T>
    {
        using var model = TrainedModel.Load(engine, Request.Model);
        return model.Search(Request.Data, Search, Request.Options, Observer, Stop);
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

/// <summary>A conversation with a trained model, independent of the engine.</summary>
/// <param name="Model">Folder of a checkpoint or of a run.</param>
/// <param name="How">How tokens are drawn, the most of an answer, the use of the chat template, and the seed.</param>
/// <param name="Converse">Takes the conversation, until it returns.</param>
internal sealed record ConversationWork(string Model, GenerationOptions How, Action<IConversation> Converse) : IEngineWork<int>
{
    /// <summary>Loads the model and converses.</summary>
    /// <param name="engine">The engine.</param>
    /// <typeparam name="T">The engine's tensor.</typeparam>
    /// <returns>0.</returns>
    /// <exception cref="InputException">With every problem of the model's folder.</exception>
    public int Run<T>(IEngine<T> engine)
        where T : struct, ITensor<T>
    {
        using var model = TrainedModel.Load(engine, Model);
        using Conversation<T> conversation = model.Converse(How);
        Converse(conversation);
        return 0;
    }
}
