using System.Globalization;
using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Evaluation;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Models;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Rollouts;

namespace RlCore.Trainers.Runs;

/// <summary>An evaluation of a trained model on known answers, for an engine that is yet to be chosen.</summary>
/// <param name="Request">What to evaluate.</param>
/// <param name="Observer">Told of progress and of the result.</param>
/// <param name="Stop">Stops between batches.</param>
public sealed record EvaluationWork(EvaluationRequest Request, IRunObserver Observer, CancellationToken Stop) : IEngineWork<EvaluationReport>
{
    /// <summary>Evaluates the model.</summary>
    /// <param name="engine">What it runs on.</param>
    /// <typeparam name="T">The engine's tensor.</typeparam>
    /// <returns>The measures, each with its interval, and what came of each prompt.</returns>
    /// <exception cref="InputException">With every problem of the model's folder or of the dataset.</exception>
    public EvaluationReport Run<T>(IEngine<T> engine)
        where T : struct, ITensor<T>
    {
        ModelFolder folder = ModelFolder.Load(Request.Model);
        IReadOnlyList<Question> questions = Dataset.LoadQuestions(Request.Data, new DatasetChecks
        {
            Tokenizer = folder.Tokenizer,
            Context = folder.Model.Context,
            CompletionTokens = 1,
            Rewards = Request.Rewards,
        });
        using Decoder<T> model = folder.Open(engine);
        var settings = new EvaluationSettings
        {
            Data = Request.Data,
            Rewards = Request.Rewards,
            PassAt = Request.PassAt,
            Samples = Request.Samples,
            MaxCompletionTokens = folder.MostTokens(Request.MaxTokens),
        };
        var models = RewardModels<T>.InFolders(engine, folder.Model, folder.Tokenizer);
        using var reward = RewardSum.Create(settings.Rewards, RewardErrors.Stop, new RewardContext { Models = models });
        using RewardSum? ranking = Request.RewardModel.Length > 0 ? RewardSum.Of(models.Open(new RewardSettings.RewardModel { From = Path.GetFullPath(Request.RewardModel) })) : null;
        return new Evaluator<T>(engine, model, folder.Tokenizer, settings, questions, reward, Request.Seed, ranking)
            .Run(Path.GetFileName(folder.Folder), Observer, Stop);
    }
}

/// <summary>Completions of a prompt by a trained model, for an engine that is yet to be chosen.</summary>
/// <param name="Request">What to complete.</param>
public sealed record GenerationWork(GenerationRequest Request) : IEngineWork<IReadOnlyList<Completion>>
{
    /// <summary>Completes the prompt.</summary>
    /// <param name="engine">What the model runs on.</param>
    /// <typeparam name="T">The engine's tensor.</typeparam>
    /// <exception cref="InputException">With every problem of the model's folder or of the prompt.</exception>
    public IReadOnlyList<Completion> Run<T>(IEngine<T> engine)
        where T : struct, ITensor<T>
    {
        ModelFolder folder = ModelFolder.Load(Request.Model);
        int[] prompt = Encode(Request.Prompt, folder);
        using Decoder<T> model = folder.Open(engine);
        var drawn = new CompletionSampler<T>(engine, model, folder.Tokenizer.EndOfSequence).Draw(
            [prompt],
            Request.Samples,
            folder.MostTokens(Request.MaxTokens),
            Request.Sampling,
            new SamplingAddress(Request.Seed, RandomPurpose.Generation, 0));
        return [.. drawn.Select(one => new Completion(CompletionText.Of(one, folder.Tokenizer), one.Ended, one.LogProbs.Sum(logProb => (double)logProb)))];
    }

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

internal static class ModelFolderUse
{
    public static int MostTokens(this ModelFolder folder, int asked) => asked == 0 ? folder.Model.Context : asked;

    public static Decoder<T> Open<T>(this ModelFolder folder, IEngine<T> engine)
        where T : struct, ITensor<T> => Decoder<T>.Load(engine, folder.Model, folder.Tokenizer.VocabularySize, folder.Parameters.ToWeights());
}
