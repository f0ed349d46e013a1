using System.Globalization;
using RlCore.Algebra;
using RlCore.Engines.Managed;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Runs;

namespace RlCore;

/// <summary>Uses trained models.</summary>
public static class Models
{
    /// <summary>Evaluates a model on known answers, on the embedded engine.</summary>
    /// <param name="request">What to evaluate.</param>
    /// <param name="observer">Told of progress and of the result.</param>
    /// <param name="stop">Stops between batches.</param>
    /// <exception cref="InputException">With every problem of the model's folder or of the dataset.</exception>
    public static EvaluationResult Evaluate(EvaluationRequest request, IRunObserver observer, CancellationToken stop)
    {
        ModelFolder folder = ModelFolder.Load(request.Model);
        IReadOnlyList<Question> questions = Dataset.LoadQuestions(request.Data, new DatasetChecks
        {
            Tokenizer = folder.Tokenizer,
            Context = folder.Model.Context,
            CompletionTokens = 1,
            NumericAnswers = request.Reward == RewardKind.Numeric,
        });
        using ManagedEngine engine = EmbeddedEngine.Start(request.Threads);
        using Decoder<ManagedTensor> model = Load(engine, folder);
        var settings = new EvaluationSettings
        {
            Data = request.Data,
            Reward = request.Reward,
            Samples = request.Samples,
            MaxCompletionTokens = MostTokens(request.MaxTokens, folder),
        };
        return new Evaluator<ManagedTensor>(engine, model, folder.Tokenizer, settings, questions, Reward.Of(request.Reward), request.Seed)
            .Run(Path.GetFileName(folder.Folder), observer, stop);
    }

    /// <summary>Completes a prompt, on the embedded engine.</summary>
    /// <param name="request">What to complete.</param>
    /// <exception cref="InputException">With every problem of the model's folder or of the prompt.</exception>
    public static IReadOnlyList<Completion> Generate(GenerationRequest request)
    {
        ModelFolder folder = ModelFolder.Load(request.Model);
        int[] prompt = Encode(request.Prompt, folder);
        using ManagedEngine engine = EmbeddedEngine.Start(request.Threads);
        using Decoder<ManagedTensor> model = Load(engine, folder);
        var completions = new CompletionSampler<ManagedTensor>(engine, model, folder.Tokenizer.EndOfSequence).Draw(
            [prompt],
            request.Samples,
            MostTokens(request.MaxTokens, folder),
            request.Sampling,
            new SamplingAddress(request.Seed, RandomPurpose.Generation, 0));
        return [.. completions.Select(drawn => new Completion(CompletionText.Of(drawn, folder.Tokenizer), drawn.Ended, drawn.LogProbs.Sum(logProb => (double)logProb)))];
    }

    private static int MostTokens(int asked, ModelFolder folder) => asked == 0 ? folder.Model.Context : asked;

    private static Decoder<ManagedTensor> Load(ManagedEngine engine, ModelFolder folder) => Decoder<ManagedTensor>.Load(
        engine, folder.Model, folder.Tokenizer.VocabularySize, folder.Parameters.ToDictionary(parameter => parameter.Key, parameter => parameter.Value.Values));

    private static int[] Encode(string prompt, ModelFolder folder)
    {
        if (!folder.Tokenizer.TryEncode(prompt, out int[] tokens, out int unknown))
        {
            throw new InputException(new InputProblem(
                "prompt",
                0,
                "",
                string.Create(CultureInfo.InvariantCulture, $"{Characters.At(prompt, unknown)} at position {unknown + 1} of {Characters.Quote(prompt)}"),
                $"a character of the model's {folder.Tokenizer.Describe()}"));
        }

        int most = folder.Model.Context - 1;
        return tokens.Length >= 1 && tokens.Length <= most
            ? tokens
            : throw new InputException(new InputProblem(
                "prompt",
                0,
                "",
                string.Create(CultureInfo.InvariantCulture, $"{tokens.Length} tokens"),
                string.Create(CultureInfo.InvariantCulture, $"1 to {most}, as the model's context is {folder.Model.Context} and a completion needs one")));
    }
}
