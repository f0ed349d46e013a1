using RlCore.Engines;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Models;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Search;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Stages;

/// <summary>
/// The run around a stage when its trainer is made: the policy, the data, and the other models that earlier stages have left.
/// </summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
public sealed class StageContext<T> : IDisposable
    where T : struct, ITensor<T>
{
    private readonly IReadOnlyList<StageSettings> _stages;
    private readonly StageData _data;
    private readonly CheckpointStore _checkpoints;
    private readonly string _cacheFolder;
    private readonly List<IDisposable> _owned = [];

    /// <summary>The run around a stage.</summary>
    /// <param name="stages">All stages of the run.</param>
    /// <param name="index">Which of them this is.</param>
    /// <param name="data">What <see cref="StageSettings.Read"/> gave.</param>
    /// <param name="checkpoints">Checkpoints of the run, with the results of earlier stages.</param>
    /// <param name="cacheFolder">Where log-probs under reference models are cached.</param>
    internal StageContext(IReadOnlyList<StageSettings> stages, int index, StageData data, CheckpointStore checkpoints, string cacheFolder)
    {
        _stages = stages;
        _data = data;
        _checkpoints = checkpoints;
        _cacheFolder = cacheFolder;
        Index = index;
    }

    /// <summary>Where models live.</summary>
    public required IEngine<T> Engine { get; init; }

    /// <summary>The policy, which the stage trains.</summary>
    public required Decoder<T> Model { get; init; }

    /// <summary>The run's tokenizer.</summary>
    public required ITokenizer Tokenizer { get; init; }

    /// <summary>Kinds of tokenizers that checkpoints may have; null for what is shipped.</summary>
    internal TokenizerKinds? Tokenizers { get; init; }

    /// <summary>The context of the run for rewards.</summary>
    public required RewardContext Rewards { get; init; }

    /// <summary>Seed of the run.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Told how many sequences the reference has scored, of how many; null for nobody.</summary>
    internal Action<int, int>? ReferenceScored { get; init; }

    /// <summary>Stops the making of the trainer between two passes of the reference, and requests to servers.</summary>
    internal CancellationToken Stop { get; init; }

    /// <summary>Writes the policy into a folder in Hugging Face's layout, and says whether that is adapters alone.</summary>
    internal Func<string, bool> WritePolicy { get; init; } = _ => throw new InvalidOperationException("The run writes no policy.");

    /// <summary>Index of the stage, from 0; part of the address of all that it draws.</summary>
    public int Index { get; }

    /// <summary>The stage's data.</summary>
    /// <typeparam name="TData">What the stage reads.</typeparam>
    public TData Data<TData>()
        where TData : StageData => (TData)_data;

    /// <summary>The policy at the start of the stage, also when the stage is resumed.</summary>
    public Decoder<T> Reference() => StageEnd(Index - 1);

    /// <summary>A teacher.</summary>
    /// <param name="teacher">The name of an earlier stage, or the folder of a checkpoint or of a run.</param>
    public Decoder<T> Teacher(string teacher)
    {
        if (StageModels.TryFindStage(_stages, teacher, Index, out int earlier))
        {
            return StageEnd(earlier);
        }

        return Own(ModelFolder.Load(teacher, Tokenizers).Stored.Open(Engine, isTrained: false));
    }

    /// <summary>A value or reward model that starts as the policy does.</summary>
    public ScalarModel<T> Scalar()
    {
        CheckpointContent start = _checkpoints.LoadStageEnd(Index - 1);
        return Own(start.OpenScalar(Engine, Model, start.Parameters));
    }

    /// <summary>A model of values or rewards that an earlier stage made.</summary>
    /// <param name="stage">The name of the stage.</param>
    /// <param name="names">Names of models, the first of which that is there is taken.</param>
    /// <exception cref="ArgumentException">No stage before this one has the name.</exception>
    /// <exception cref="InputException">The stage made no such model.</exception>
    public ScalarModel<T> Scalar(string stage, params IReadOnlyList<string> names)
    {
        CheckpointContent end = StageModels.TryFindStage(_stages, stage, Index, out int earlier)
            ? _checkpoints.LoadStageEnd(earlier)
            : throw new ArgumentException($"No stage before this one is named \"{stage}\".", nameof(stage));
        return names.FirstOrDefault(end.Trainer.Models.ContainsKey) is { } name
            ? Own(end.OpenScalar(Engine, Model, end.Trainer.Models[name]))
            : throw new InputException(new InputProblem(
                "", 0, "", $"no {string.Join(" or ", names)} model at the end of stage {stage}", "one, as a value model starts from it"));
    }

    /// <summary>A reward model that scores the thoughts of a search.</summary>
    /// <param name="settings">Which one; null for none.</param>
    /// <exception cref="InputException">It is missing or damaged, or does not fit the policy.</exception>
    internal ThoughtJudge<T>? ThoughtJudge(RewardSettings.Learnt? settings) => ((RewardModels<T>)Rewards.Models).Judge(settings);

    /// <summary>Log-probs under the policy as the stage began, computed once and kept on disk.</summary>
    /// <param name="limits">What a pass may take.</param>
    public IReferenceLogProbs ReferenceLogProbs(PassLimits limits)
    {
        // The last bits of the numbers also depend on the engine and on the layout of its passes.
        CheckpointContent start = _checkpoints.LoadStageEnd(Index - 1);
        // A limit that no pass reaches does not count: it comes from the memory, of which several processes have less each.
        int tokens = limits.Tokens < (long)limits.Sequences * start.Model.Context ? limits.Tokens : 0;
        string passes = $"temperature 1, {limits.Sequences} sequences and {tokens} tokens a pass, {Engine.Parallel.Shards} shards, "
            + (limits.ShardTokens == 0 ? "" : $"{limits.ShardTokens} tokens a shard, ")
            + Engine.Description;
        string identity = $"{ReferenceCache.Hash(start.Parameters)} {start.Model.Print()} {passes}";
        return new ReferenceCache(_cacheFolder, identity, (sequences, count) =>
        {
            using Decoder<T> reference = Open(start);
            return new ReferenceModel<T>(Engine, reference, limits) { Scored = done => Report(done, count) }.Sums(sequences);
        }, Engine.Parallel);
    }

    /// <summary>What a trainer of a stage that draws completions is given besides models.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="questions">Its prompts.</param>
    /// <param name="reward">How completions are scored; null for the stage's rewards.</param>
    public OnPolicyTask Task(IRewardedStage stage, IReadOnlyList<Question> questions, RewardSum? reward = null)
    {
        ArgumentNullException.ThrowIfNull(stage);
        return new OnPolicyTask(questions, reward ?? RewardSum.Create(stage.Rewards, stage.Errors, Rewards), Tokenizer, Seed, Index);
    }

    /// <summary>The servers that draw the stage's completions; null for the policy itself.</summary>
    /// <param name="servers">Where they are, and how they are asked.</param>
    internal ServedCompletions? Served(RolloutServerSettings? servers)
    {
        if (servers is null)
        {
            return null;
        }

        string folder = Path.Combine(Path.GetDirectoryName(_cacheFolder)!, "rollouts");
        RolloutServers? all = Engine.Parallel.IsRoot ? new RolloutServers(servers, Model.VocabularySize, Tokenizer.Ends) : null;
        return new ServedCompletions(servers, all, folder, WritePolicy, Engine.Parallel, Stop);
    }

    /// <inheritdoc/>
    public void Dispose() => _owned.ForEach(model => model.Dispose());

    private void Report(int done, int count)
    {
        Stop.ThrowIfCancellationRequested();
        ReferenceScored?.Invoke(done, count);
    }

    private Decoder<T> StageEnd(int index) => Own(Open(_checkpoints.LoadStageEnd(index)));

    // Adapters share the weights of the policy, so that a reference costs no second copy of them. Before the first stage, the policy is the
    // model that the run started from, whose files may hold it in fewer bytes than the checkpoint does.
    private Decoder<T> Open(CheckpointContent content) => content.Adapter is { } adapter
        ? Model.WithAdapters(adapter.Plan, content.Parameters)
        : content.State.Stage < 0 && _checkpoints.Start is { Adapter: null } start
            ? start.Stored.Open(Engine, isTrained: false)
            : Decoder<T>.Load(Engine, content.Model, Tokenizer.VocabularySize, content.Parameters, isTrained: false);

    private TModel Own<TModel>(TModel model)
        where TModel : IDisposable
    {
        _owned.Add(model);
        return model;
    }
}
