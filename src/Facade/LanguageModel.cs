using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Engines.Managed;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Runs;
using RlCore.Trainers.Tokenizers;

namespace RlCore;

/// <summary>A trained model, loaded from a checkpoint or a run folder.</summary>
public sealed class LanguageModel : IDisposable
{
    private readonly ManagedEngine _engine;
    private readonly Decoder<ManagedTensor> _model;

    private LanguageModel(ManagedEngine engine, ModelFolder folder)
    {
        _engine = engine;
        Folder = folder.Folder;
        Settings = folder.Model;
        Tokenizer = folder.Tokenizer;
        _model = Decoder<ManagedTensor>.Load(engine, folder.Model, folder.Tokenizer.VocabularySize, folder.Parameters.ToDictionary(p => p.Key, p => p.Value.Values));
    }

    /// <summary>The folder that it was read from.</summary>
    public string Folder { get; }

    /// <summary>Its shape.</summary>
    public ModelSettings Settings { get; }

    /// <summary>Its tokenizer.</summary>
    public ITokenizer Tokenizer { get; }

    /// <summary>Loads a model.</summary>
    /// <param name="folder">Folder of a checkpoint, or of a run (its latest checkpoint).</param>
    /// <param name="threads">Threads; 0 for as many as the machine has.</param>
    /// <exception cref="InputException">There is no checkpoint, or it is damaged.</exception>
    public static LanguageModel Load(string folder, int threads = 0)
    {
        var read = ModelFolder.Load(folder);
        var engine = Engine.CreateManaged(threads);
        try
        {
            return new LanguageModel(engine, read);
        }
        catch (ArgumentException error)
        {
            engine.Dispose();
            throw new InputException(new InputProblem(Path.Combine(read.Folder, ModelFolder.ParametersFile), 0, "", error.Message, $"the parameters of the model in {ModelFolder.SettingsFile}"));
        }
    }

    /// <summary>Accuracy on known answers.</summary>
    /// <param name="settings">The data, the reward, samples, lengths.</param>
    /// <param name="seed">Seed of the samples.</param>
    /// <param name="observer">Who watches.</param>
    /// <param name="stop">Stops between batches.</param>
    /// <exception cref="InputException">With every problem of the data.</exception>
    public EvaluationResult Evaluate(EvaluationSettings settings, ulong seed, IRunObserver observer, CancellationToken stop = default)
    {
        var questions = Dataset.LoadQuestions(settings.Data, new DatasetChecks
        {
            Tokenizer = Tokenizer,
            Context = Settings.Context,
            CompletionTokens = settings.MaxCompletionTokens,
            NumericAnswers = settings.Reward == RewardKind.Numeric,
        });
        var evaluator = new Evaluator<ManagedTensor>(_engine, _model, Tokenizer, settings, questions, Reward.Of(settings.Reward), seed);
        return evaluator.Run(Path.GetFileName(Folder), observer, stop);
    }

    /// <summary>Completes a prompt.</summary>
    /// <param name="prompt">The prompt; every character must be known to the tokenizer.</param>
    /// <param name="samples">Completions.</param>
    /// <param name="maxTokens">Most tokens of a completion.</param>
    /// <param name="sampling">Temperature and filters.</param>
    /// <param name="seed">Seed.</param>
    /// <returns>The completions' texts.</returns>
    /// <exception cref="InputException">The prompt is empty, too long, or has a character that the tokenizer does not know.</exception>
    public IReadOnlyList<string> Generate(string prompt, int samples, int maxTokens, SamplingOptions sampling, ulong seed)
    {
        if (!Tokenizer.TryEncode(prompt, out int[] tokens, out int unknown))
        {
            throw new InputException(new InputProblem("the prompt", 0, "", $"{Characters.At(prompt, unknown)} at position {unknown + 1} of {Characters.Quote(prompt)}", $"a character of the {Tokenizer.Describe()}"));
        }

        if (tokens.Length == 0 || tokens.Length >= Settings.Context)
        {
            throw new InputException(new InputProblem("the prompt", 0, "", $"{tokens.Length} tokens", $"1 to {Settings.Context - 1}, so that a completion fits the model's context"));
        }

        var sampler = new CompletionSampler<ManagedTensor>(_engine, _model, Tokenizer.EndOfSequence);
        var completions = sampler.Draw([tokens], samples, maxTokens, sampling, new SamplingAddress(seed, RandomPurpose.Generation, 0));
        return [.. completions.Select(completion => CompletionText.Of(completion, Tokenizer))];
    }

    /// <summary>Frees the model.</summary>
    public void Dispose()
    {
        _model.Dispose();
        _engine.Dispose();
    }
}
