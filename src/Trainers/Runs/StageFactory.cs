using RlCore.Engines;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Datasets;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Models;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Stages;

namespace RlCore.Trainers.Runs;

/// <summary>Makes the trainers of a run's stages, with the other models that they need, and frees those models.</summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
internal sealed class StageFactory<T> : IDisposable
    where T : struct, ITensor<T>
{
    private readonly IEngine<T> _engine;
    private readonly Recipe _recipe;
    private readonly RunInputs _inputs;
    private readonly CheckpointStore _checkpoints;
    private readonly Decoder<T> _model;
    private readonly RewardContext _rewards;
    private readonly string _cacheFolder;
    private readonly List<IDisposable> _owned = [];

    /// <summary>A factory over a run.</summary>
    /// <param name="engine">Where models live.</param>
    /// <param name="recipe">The recipe.</param>
    /// <param name="inputs">Its inputs.</param>
    /// <param name="checkpoints">Checkpoints of the run: what earlier stages made.</param>
    /// <param name="model">The policy.</param>
    /// <param name="rewards">What rewards may need of the run.</param>
    /// <param name="cacheFolder">Where log-probs under references are kept.</param>
    public StageFactory(IEngine<T> engine, Recipe recipe, RunInputs inputs, CheckpointStore checkpoints, Decoder<T> model, RewardContext rewards, string cacheFolder)
    {
        _engine = engine;
        _recipe = recipe;
        _inputs = inputs;
        _checkpoints = checkpoints;
        _model = model;
        _rewards = rewards;
        _cacheFolder = cacheFolder;
    }

    /// <summary>The trainer of a stage.</summary>
    /// <param name="index">Index of the stage.</param>
    public IStageTrainer Create(int index) => (_recipe.Stages[index], _inputs.Stages[index]) switch
    {
        (SupervisedSettings stage, StageData.Supervised data) => new SupervisedTrainer<T>(_engine, _model, stage, data.Demonstrations, _recipe.Seed, index),
        (PreferenceSettings stage, StageData.Preference data) => new PreferenceTrainer<T>(
            _engine, _model, stage, data.Pairs, _recipe.Seed, index, stage.NeedsReference ? ReferenceLogProbs(index) : null),
        (UnpairedSettings stage, StageData.Unpaired data) => new UnpairedTrainer<T>(_engine, _model, ReferenceLogProbs(index), stage, data.Rows, _recipe.Seed, index),
        (RewardStageSettings stage, StageData.RewardModel data) => new RewardTrainer<T>(
            _engine, Scalar(index), stage, data, _recipe.Seed, index),
        (OnPolicySettings stage, StageData.OnPolicy data) => new OnPolicyTrainer<T>(
            _engine,
            _model,
            stage.Algorithm.KlPlacement.IsActive ? Reference(index) : null,
            stage,
            Task(stage, data, index),
            stage.Algorithm.Value is { Trunk: ValueTrunk.Own } value ? Value(value, index) : null),
        (OnlinePreferenceSettings stage, StageData.OnPolicy data) => new OnlinePreferenceTrainer<T>(
            _engine, _model, stage.NeedsReference ? Reference(index) : null, stage, Task(stage, data.Questions, index)),
        (RejectionSettings stage, StageData.OnPolicy data) => new RejectionTrainer<T>(_engine, _model, _model, stage, Task(stage, data.Questions, index)),
        (DistillationSettings stage, StageData.OnPolicy data) => new RejectionTrainer<T>(_engine, _model, Teacher(stage, index), stage, Task(stage, data.Questions, index)),
        (GkdSettings stage, StageData.Supervised data) => new GkdTrainer<T>(
            _engine, _model, Teacher(stage, index), stage, new GkdTask(data.Demonstrations, _inputs.Tokenizer.EndOfSequence, _recipe.Seed, index)),
        (OfflineRejectionSettings stage, StageData.Scored data) => new SupervisedTrainer<T>(_engine, _model, stage, data, _recipe.Seed, index),
        var (stage, data) => throw new InvalidOperationException($"No trainer for a stage {stage.GetType().Name} over {data.GetType().Name}."),
    };

    /// <inheritdoc/>
    public void Dispose() => _owned.ForEach(model => model.Dispose());

    private OnPolicyTask Task(IRewardedStage stage, IReadOnlyList<Question> questions, int index) => new(
        questions, Reward(stage, new RewardErrors(stage.OnRewardError, stage.RewardErrorScore)), _inputs.Tokenizer, _recipe.Seed, index);

    private RewardSum Reward(IRewardedStage stage, RewardErrors errors) => stage is OnlinePreferenceSettings { Judge: { } judge }
        ? new RewardSum([new WeightedReward(PairPreference.Create(judge, _rewards), 1)], errors)
        : RewardSum.Create(stage.Rewards, errors, _rewards);

    private OnPolicyTask Task(OnPolicySettings stage, StageData.OnPolicy data, int index) => Task(stage, data.Questions, index) with
    {
        Judges = stage.Judges.Count > 0 ? RewardSum.Create(stage.Judges, new RewardErrors(stage.OnRewardError, stage.RewardErrorScore), _rewards) : null,
        Mix = data.Mix,
    };

    // The policy as the stage began, also when the stage is resumed.
    private Decoder<T> Reference(int index) => StageEnd(index - 1);

    private Decoder<T> StageEnd(int index)
    {
        CheckpointContent end = _checkpoints.LoadStageEnd(index);
        return Load(end.Model, end.Parameters);
    }

    private Decoder<T> Teacher(ITaughtStage stage, int index)
    {
        if (StageModels.TryFindStage(_recipe, stage.Teacher, index, out int earlier))
        {
            return StageEnd(earlier);
        }

        ModelFolder folder = ModelFolder.Load(stage.Teacher);
        return Load(folder.Model, folder.Parameters);
    }

    private Decoder<T> Load(ModelSettings shape, IReadOnlyDictionary<string, SafetensorsTensor> parameters) =>
        Own(Decoder<T>.Load(_engine, shape, _inputs.Tokenizer.VocabularySize, parameters.ToWeights()));

    // A value or reward model starts as the policy does.
    private ScalarModel<T> Scalar(int index)
    {
        CheckpointContent start = _checkpoints.LoadStageEnd(index - 1);
        return Scalar(start.Model, start.Parameters);
    }

    private ScalarModel<T> Scalar(ModelSettings shape, IReadOnlyDictionary<string, SafetensorsTensor> parameters) =>
        Own(new ScalarModel<T>(_engine, shape, _inputs.Tokenizer.VocabularySize, parameters.ToWeights()));

    private ScalarModel<T> Value(ValueSettings settings, int index) => settings.StartFrom.Length == 0
        ? Scalar(index)
        : EarlierValues(_recipe.Stages.Index().First(stage => stage.Item.Name == settings.StartFrom).Index);

    // The value model, or else the reward model, that an earlier stage made.
    private ScalarModel<T> EarlierValues(int index)
    {
        CheckpointContent end = _checkpoints.LoadStageEnd(index);
        return end.Trainer.Models.TryGetValue(Critic<T>.Name, out var values) || end.Trainer.Models.TryGetValue(TrainerState.Reward, out values)
            ? Scalar(end.Model, values)
            : throw new InputException(new InputProblem("", 0, "", $"no value or reward model at the end of stage {_recipe.Stages[index].Name}", "one, as a value model starts from it"));
    }

    // The numbers follow from the engine and the layout of its passes too, in their last bits.
    private ReferenceCache ReferenceLogProbs(int index)
    {
        CheckpointContent start = _checkpoints.LoadStageEnd(index - 1);
        int microBatchSize = _recipe.Stages[index].MicroBatchSize;
        string identity = $"{ReferenceCache.Hash(start.Parameters)} {RecipeWriter.Print(start.Model)} temperature 1, {microBatchSize} sequences a pass, {_engine.Description}";
        return new ReferenceCache(_cacheFolder, identity, sequences =>
        {
            using var reference = Decoder<T>.Load(_engine, start.Model, _inputs.Tokenizer.VocabularySize, start.Parameters.ToWeights());
            return new ReferenceModel<T>(_engine, reference, microBatchSize).Sums(sequences);
        });
    }

    private TModel Own<TModel>(TModel model)
        where TModel : IDisposable
    {
        _owned.Add(model);
        return model;
    }
}
