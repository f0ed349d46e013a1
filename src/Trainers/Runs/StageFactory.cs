using RlCore.Engines;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Models;
using RlCore.Trainers.Objectives;
using RlCore.Trainers.Rewards;

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
        (StageSettings.Supervised stage, StageData.Supervised data) => new SupervisedTrainer<T>(_engine, _model, stage, data.Demonstrations, _recipe.Seed, index),
        (StageSettings.Preference stage, StageData.Preference data) => new PreferenceTrainer<T>(
            _engine, _model, stage, data.Pairs, _recipe.Seed, index, PreferenceObjectives.NeedsReference(stage) ? ReferenceLogProbs(index) : null),
        (StageSettings.Unpaired stage, StageData.Unpaired data) => new UnpairedTrainer<T>(_engine, _model, ReferenceLogProbs(index), stage, data.Rows, _recipe.Seed, index),
        (StageSettings.RewardModel stage, StageData.RewardModel data) => new RewardTrainer<T>(
            _engine, Own(new ScalarModel<T>(_engine, _inputs.Model, _inputs.Tokenizer.VocabularySize, StageStart(index))), stage, data, _recipe.Seed, index),
        (StageSettings.OnPolicy stage, StageData.OnPolicy data) => new OnPolicyTrainer<T>(
            _engine,
            _model,
            stage.Algorithm.KlCoefficient > 0 ? Reference(index) : null,
            stage,
            Task(stage, data, index),
            stage.Algorithm.Value is { Trunk: ValueTrunk.Own } value ? Own(Value(value, index)) : null),
        var (stage, data) => throw new InvalidOperationException($"No trainer for a stage {stage.GetType().Name} over {data.GetType().Name}."),
    };

    /// <inheritdoc/>
    public void Dispose() => _owned.ForEach(model => model.Dispose());

    // The policy as the stage began, also when the stage is resumed.
    private Decoder<T> Reference(int index) => Own(Decoder<T>.Load(_engine, _inputs.Model, _inputs.Tokenizer.VocabularySize, StageStart(index)));

    private OnPolicyTask Task(StageSettings.OnPolicy stage, StageData.OnPolicy data, int index)
    {
        var errors = new RewardErrors(stage.OnRewardError, stage.RewardErrorScore);
        return new OnPolicyTask(data.Questions, RewardSum.Create(stage.Rewards, errors, _rewards), _inputs.Tokenizer, _recipe.Seed, index)
        {
            Judges = stage.Judges.Count > 0 ? RewardSum.Create(stage.Judges, errors, _rewards) : null,
            Mix = data.Mix,
        };
    }

    private ScalarModel<T> Value(ValueSettings settings, int index) => new(
        _engine,
        _inputs.Model,
        _inputs.Tokenizer.VocabularySize,
        settings.StartFrom.Length == 0 ? StageStart(index) : EarlierValues(_recipe.Stages.Index().First(stage => stage.Item.Name == settings.StartFrom).Index));

    // The value model, or else the reward model, that an earlier stage made.
    private IReadOnlyDictionary<string, float[]> EarlierValues(int index)
    {
        var models = _checkpoints.LoadStageEnd(index).Trainer.Models;
        return models.TryGetValue(Critic<T>.Name, out var values) || models.TryGetValue("reward", out values)
            ? values.ToWeights()
            : throw new InputException(new InputProblem("", 0, "", $"no value or reward model at the end of stage {_recipe.Stages[index].Name}", "one, as a value model starts from it"));
    }

    // The numbers follow from the engine and the layout of its passes too, in their last bits.
    private ReferenceCache ReferenceLogProbs(int index)
    {
        var parameters = _checkpoints.LoadStageEnd(index - 1).Parameters;
        int microBatchSize = _recipe.Stages[index].MicroBatchSize;
        string identity = $"{ReferenceCache.Hash(parameters)} {RecipeWriter.Print(_inputs.Model)} temperature 1, {microBatchSize} sequences a pass, {_engine.Description}";
        return new ReferenceCache(_cacheFolder, identity, sequences =>
        {
            using var reference = Decoder<T>.Load(_engine, _inputs.Model, _inputs.Tokenizer.VocabularySize, parameters.ToWeights());
            return new ReferenceModel<T>(_engine, reference, microBatchSize).Sums(sequences);
        });
    }

    private IReadOnlyDictionary<string, float[]> StageStart(int index) => _checkpoints.LoadStageEnd(index - 1).Parameters.ToWeights();

    private TModel Own<TModel>(TModel model)
        where TModel : IDisposable
    {
        _owned.Add(model);
        return model;
    }
}
