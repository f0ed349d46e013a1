using System.Globalization;
using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Models;
using RlCore.Trainers.Objectives;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Runs;

namespace RlCore;

/// <summary>Uses trained models.</summary>
public static class Models
{
    /// <summary>Evaluates a model on known answers.</summary>
    /// <param name="request">What to evaluate.</param>
    /// <param name="observer">Told of progress and of the result.</param>
    /// <param name="stop">Stops between batches.</param>
    /// <returns>The measures, each with its interval, and what came of each prompt.</returns>
    /// <exception cref="InputException">With every problem of the model's folder or of the dataset.</exception>
    public static EvaluationReport Evaluate(EvaluationRequest request, IRunObserver observer, CancellationToken stop)
    {
        ModelFolder folder = ModelFolder.Load(request.Model);
        IReadOnlyList<Question> questions = Dataset.LoadQuestions(request.Data, new DatasetChecks
        {
            Tokenizer = folder.Tokenizer,
            Context = folder.Model.Context,
            CompletionTokens = 1,
            Rewards = request.Rewards,
        });
        return EngineHost.Run(request.Engine, new Evaluation(request, folder, questions, observer, stop));
    }

    /// <summary>Completes a prompt.</summary>
    /// <param name="request">What to complete.</param>
    /// <exception cref="InputException">With every problem of the model's folder or of the prompt.</exception>
    public static IReadOnlyList<Completion> Generate(GenerationRequest request)
    {
        ModelFolder folder = ModelFolder.Load(request.Model);
        int[] prompt = Encode(request.Prompt, folder);
        var completions = EngineHost.Run(request.Engine, new Generation(request, folder, prompt));
        return [.. completions.Select(drawn => new Completion(CompletionText.Of(drawn, folder.Tokenizer), drawn.Ended, drawn.LogProbs.Sum(logProb => (double)logProb)))];
    }

    private static int MostTokens(int asked, ModelFolder folder) => asked == 0 ? folder.Model.Context : asked;

    private static Decoder<T> Load<T>(IEngine<T> engine, ModelFolder folder)
        where T : struct, ITensor<T> => Decoder<T>.Load(
        engine, folder.Model, folder.Tokenizer.VocabularySize, folder.Parameters.ToWeights());

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

    private sealed record Evaluation(EvaluationRequest Request, ModelFolder Folder, IReadOnlyList<Question> Questions, IRunObserver Observer, CancellationToken Stop) : IEngineWork<EvaluationReport>
    {
        public EvaluationReport Run<T>(IEngine<T> engine)
            where T : struct, ITensor<T>
        {
            using var model = Load(engine, Folder);
            var settings = new EvaluationSettings
            {
                Data = Request.Data,
                Rewards = Request.Rewards,
                PassAt = Request.PassAt,
                Samples = Request.Samples,
                MaxCompletionTokens = MostTokens(Request.MaxTokens, Folder),
            };
            var models = RewardModels<T>.InFolders(engine, Folder.Model, Folder.Tokenizer);
            using var reward = RewardSum.Create(settings.Rewards, RewardErrors.Stop, new RewardContext { Models = models });
            using RewardSum? ranking = Request.RewardModel.Length > 0 ? RewardSum.Of(models.Open(new RewardSettings.RewardModel { From = Path.GetFullPath(Request.RewardModel) })) : null;
            return new Evaluator<T>(engine, model, Folder.Tokenizer, settings, Questions, reward, Request.Seed, ranking)
                .Run(Path.GetFileName(Folder.Folder), Observer, Stop);
        }
    }

    private sealed record Generation(GenerationRequest Request, ModelFolder Folder, int[] Prompt) : IEngineWork<IReadOnlyList<SampledCompletion>>
    {
        public IReadOnlyList<SampledCompletion> Run<T>(IEngine<T> engine)
            where T : struct, ITensor<T>
        {
            using var model = Load(engine, Folder);
            return new CompletionSampler<T>(engine, model, Folder.Tokenizer.EndOfSequence).Draw(
                [Prompt],
                Request.Samples,
                MostTokens(Request.MaxTokens, Folder),
                Request.Sampling,
                new SamplingAddress(Request.Seed, RandomPurpose.Generation, 0));
        }
    }
}
