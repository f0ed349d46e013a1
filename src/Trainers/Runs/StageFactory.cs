using RlCore.Engines;
using RlCore.Trainers.Checkpoints;
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
    private readonly List<IDisposable> _owned = [];

    /// <summary>A factory over a run.</summary>
    /// <param name="engine">Where models live.</param>
    /// <param name="recipe">The recipe.</param>
    /// <param name="inputs">Its inputs.</param>
    /// <param name="checkpoints">Checkpoints of the run: what earlier stages made.</param>
    /// <param name="model">The policy.</param>
    /// <param name="rewards">What rewards may need of the run.</param>
    public StageFactory(IEngine<T> engine, Recipe recipe, RunInputs inputs, CheckpointStore checkpoints, Decoder<T> model, RewardContext rewards)
    {
        _engine = engine;
        _recipe = recipe;
        _inputs = inputs;
        _checkpoints = checkpoints;
        _model = model;
        _rewards = rewards;
    }

    /// <summary>The trainer of a stage.</summary>
    /// <param name="index">Index of the stage.</param>
    public IStageTrainer Create(int index) => (_recipe.Stages[index], _inputs.Stages[index]) switch
    {
        (StageSettings.Supervised stage, StageData.Supervised data) => new SupervisedTrainer<T>(_engine, _model, stage, data.Demonstrations, _recipe.Seed, index),
        (StageSettings.Preference stage, StageData.Preference data) => new PreferenceTrainer<T>(
            _engine, _model, PreferenceObjectives.NeedsReference(stage.Loss) ? Reference(index) : null, stage, data.Pairs, _recipe.Seed, index),
        (StageSettings.OnPolicy stage, StageData.OnPolicy data) => new OnPolicyTrainer<T>(
            _engine,
            _model,
            stage.Algorithm.KlCoefficient > 0 ? Reference(index) : null,
            stage,
            new OnPolicyTask(data.Questions, RewardSum.Create(stage.Rewards, new RewardErrors(stage.OnRewardError, stage.RewardErrorScore), _rewards), _inputs.Tokenizer, _recipe.Seed, index),
            stage.Algorithm.Value is { Trunk: ValueTrunk.Own } ? Own(Value(index)) : null),
        var (stage, data) => throw new InvalidOperationException($"No trainer for a stage {stage.GetType().Name} over {data.GetType().Name}."),
    };

    /// <inheritdoc/>
    public void Dispose() => _owned.ForEach(model => model.Dispose());

    // The policy as the stage began, also when the stage is resumed.
    private Decoder<T> Reference(int index) => Own(Decoder<T>.Load(_engine, _inputs.Model, _inputs.Tokenizer.VocabularySize, StageStart(index)));

    private ScalarModel<T> Value(int index) => new(_engine, _inputs.Model, _inputs.Tokenizer.VocabularySize, StageStart(index));

    private IReadOnlyDictionary<string, float[]> StageStart(int index) => _checkpoints.LoadStageEnd(index - 1).Parameters.ToWeights();

    private TModel Own<TModel>(TModel model)
        where TModel : IDisposable
    {
        _owned.Add(model);
        return model;
    }
}
