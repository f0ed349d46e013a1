using System.Diagnostics;
using RlCore.Engines;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Evaluation;
using RlCore.Trainers.Metrics;
using RlCore.Trainers.Models;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Stages;

namespace RlCore.Trainers.Runs;

/// <summary>
/// Runs a recipe on an engine: an evaluation, then each stage with its checkpoints and an evaluation after it. It can be stopped at any
/// moment and resumed from the last checkpoint.
/// </summary>
/// <typeparam name="T">The engine's tensor.</typeparam>
internal sealed class Pipeline<T> : IDisposable
    where T : struct, ITensor<T>
{
    private readonly IEngine<T> _engine;
    private readonly Recipe _recipe;
    private readonly RunInputs _inputs;
    private readonly RunFolder _folder;
    private readonly IRunObserver _observer;
    private readonly CheckpointStore _checkpoints;
    private Decoder<T> _model;
    private PretrainedIdentity? _identity;
    private readonly WarningGate _gate = new();
    private readonly TrainerState _resumed = TrainerState.Empty;
    private TrainingState _state;

    /// <summary>Creates a pipeline for an open run folder.</summary>
    /// <param name="engine">Where the model lives.</param>
    /// <param name="recipe">The recipe to run.</param>
    /// <param name="inputs">The recipe's inputs.</param>
    /// <param name="folder">The run folder, fresh or resumed.</param>
    /// <param name="observer">The observer.</param>
    public Pipeline(IEngine<T> engine, Recipe recipe, RunInputs inputs, RunFolder folder, IRunObserver observer)
    {
        _engine = engine;
        _recipe = recipe;
        _inputs = inputs;
        _folder = folder;
        _observer = observer;
        _checkpoints = folder.Checkpoints;
        if (folder.SkipsDamaged)
        {
            engine.Parallel.AtRoot(() => _checkpoints.SetDamagedAside().ToList().ForEach(observer.Warned));
        }

        if (_checkpoints.TryLoadLatest(out var checkpoint))
        {
            _state = checkpoint.State;
            _resumed = checkpoint.Trainer;
            _identity = checkpoint.Pretrained;
            _model = checkpoint.Adapter is { } adapter && inputs.Start is { } start
                ? (start.Stored with { Adapter = adapter }).Open(engine, isTrained: true)
                : Decoder<T>.Load(engine, checkpoint.Model, inputs.Tokenizer.VocabularySize, checkpoint.Parameters);
        }
        else
        {
            _state = new TrainingState { Stage = BeforeFirstStage, StageDone = true };
            _identity = inputs.Start?.Pretrained;
            _model = inputs.Start?.Stored.Open(engine, isTrained: true)
                ?? Decoder<T>.Create(engine, inputs.Model, inputs.Tokenizer.VocabularySize, recipe.Seed);
        }

        int lost = 0;
        engine.Parallel.AtRoot(() => lost = folder.KeepSteps(_state.Step));
        if (lost > 0)
        {
            observer.Warned($"metrics.csv has lost the rows of {lost} of the {_state.Step} steps that the run has done: its totals leave "
                + "them out; the training itself is not affected");
        }
    }

    private static int BeforeFirstStage => -1;

    private RewardContext Rewards(int tokensPerPass) => new()
    {
        Folder = Path.Combine(_folder.Path, "rewards"),
        Models = new RewardModels<T>(_engine, _model.Settings, _inputs.Tokenizer, OpenReward)
        {
            Tokenizers = _inputs.Tokenizers,
            TokensPerPass = tokensPerPass,
        },
        Parallel = _engine.Parallel,
    };

    /// <summary>Runs the rest of the recipe.</summary>
    /// <param name="stop">Stops after the step in progress, with a checkpoint.</param>
    /// <returns>The summary of the run.</returns>
    /// <exception cref="OperationCanceledException">It was stopped; the checkpoint contains everything done so far.</exception>
    /// <exception cref="TrainingDivergedException">The loss or a gradient is not finite.</exception>
    /// <exception cref="RewardFailedException">A reward could not score a completion; a checkpoint contains the steps before
    /// it.</exception>
    public RunSummary Run(CancellationToken stop)
    {
        using IDisposable told = Telemetry.BeginRun(Path.GetFileName(_folder.Path));
        WarnOfWeakIsolation();
        if (_state.Stage == BeforeFirstStage)
        {
            Evaluate("before", stop);
            SaveCheckpoint(TrainerState.Empty);
        }

        for (int index = Math.Max(0, _state.Stage + (_state.StageDone ? 1 : 0)); index < _recipe.Stages.Count; index++)
        {
            RunStage(index, stop);
        }

        CheckpointContent last = Content(TrainerState.Empty);
        _engine.Parallel.AtRoot(() => _folder.WriteModel(last));
        RunSummary? summary = null;
        _engine.Parallel.AtRoot(() => summary = _folder.WriteSummary());
        return summary ?? _folder.WriteSummary();
    }

    /// <inheritdoc/>
    public void Dispose() => _model.Dispose();

    // Completions that are run as programs are untrusted code.
    private void WarnOfWeakIsolation()
    {
        if (_recipe.Rewards.Any(reward => reward is RewardSettings.Program)
            && ProgramSandbox.Default.Isolation is { HasNoNetwork: false } isolation)
        {
            _observer.Warned(
                $"Completions are run as programs with: {isolation.Name}. The kernel does not isolate them from files or the "
                    + "network; use a container or a virtual machine for that.");
        }
    }

    private void RunStage(int index, CancellationToken stop)
    {
        var stage = _recipe.Stages[index];
        using IDisposable told = Telemetry.BeginStage(stage.Name);
        bool resumed = _state.Stage == index && !_state.StageDone;
        if (!resumed)
        {
            _state = _state with { Stage = index, StageStep = 0, StageDone = false };
            BeginStudent(stage);
        }

        using StageContext<T> around = Around(index, stop);
        using IStageTrainer trainer = stage.CreateTrainer(around);
        if (resumed && _state.StageStep > 0)
        {
            trainer.Import(_resumed);
        }

        _observer.StageStarted(stage, index, _state.StageStep);
        if (_state.StageStep == 0)
        {
            MeasureStart(stage, trainer);
        }

        while (_state.StageStep < stage.Steps)
        {
            StopIfAsked(trainer, stop);
            StepOrSave(stage, trainer);
            if (_state.StageStep < stage.Steps && _state.StageStep % _recipe.Checkpoints.Every == 0)
            {
                SaveCheckpoint(trainer.Export());
            }
        }

        StopIfAsked(trainer, stop);
        try
        {
            if (!stage.TrainsRewardModel)
            {
                Evaluate(stage.Name, stop);
            }
        }
        catch (OperationCanceledException)
        {
            SaveCheckpoint(trainer.Export());
            throw;
        }

        _state = _state with { StageDone = true };
        SaveCheckpoint(trainer.Export().Outcome);
    }

    private StageContext<T> Around(int index, CancellationToken stop) => new(
        _recipe.Stages, index, _inputs.Stages[index], _checkpoints, Path.Combine(_folder.Path, "cache"))
    {
        Engine = _engine,
        Model = _model,
        Tokenizer = _inputs.Tokenizer,
        Tokenizers = _inputs.Tokenizers,
        Rewards = Rewards(_recipe.Stages[index].TokensPerPass),
        Seed = _recipe.Seed,
        WritePolicy = folder => RunFolder.WritePolicy(Content(TrainerState.Empty), folder),
        ReferenceScored = (done, total) => _observer.ReferenceScored(_recipe.Stages[index].Name, done, total),
        Stop = stop,
    };

    // From here on the run's model is the student; the previous policy stays on disk, where the stage finds its teacher.
    private void BeginStudent(StageSettings stage)
    {
        if (stage is ITaughtStage { Student: { } student })
        {
            _model.Dispose();
            _identity = null;
            _model = Decoder<T>.Create(_engine, student, _inputs.Tokenizer.VocabularySize, _recipe.Seed);
        }
    }

    private void StopIfAsked(IStageTrainer trainer, CancellationToken stop)
    {
        _engine.Parallel.PollStop();
        if (stop.IsCancellationRequested)
        {
            SaveProgress(trainer);
            throw new OperationCanceledException(stop);
        }
    }

    private void SaveProgress(IStageTrainer trainer)
    {
        if (_state.StageStep > 0)
        {
            SaveCheckpoint(trainer.Export());
        }
    }

    // A reward fails before the step has updated anything, so the steps before it are complete.
    private void StepOrSave(StageSettings stage, IStageTrainer trainer)
    {
        try
        {
            Step(stage, trainer);
        }
        catch (Exception failed) when (failed is RewardFailedException or RolloutServerException)
        {
            SaveProgress(trainer);
            throw;
        }
        catch (TrainingDivergedException diverged)
        {
            CheckpointStore.TryFindLatest(_folder.Path, out string checkpoint);
            TrainingDivergedException told = diverged.Batch.Count > 0
                ? diverged
                : diverged.With(stage.Data, trainer.RowsOf(_state.StageStep));
            throw told.At(stage.Name, _state.StageStep + 1, checkpoint);
        }
    }

    // The row belongs to the step that follows it, so that a run resumed from the start of the stage writes it again.
    private void MeasureStart(StageSettings stage, IStageTrainer trainer)
    {
        var metrics = new StepMetrics(stage.Name, 0, stage.Steps, [.. trainer.MeasureStart()]);
        if (metrics.Values.Count > 0)
        {
            _engine.Parallel.AtRoot(() => _folder.AppendStep(_state.Step + 1, metrics, []));
            Telemetry.Row(_state.Step + 1, metrics);
            _observer.StepFinished(metrics);
        }
    }

    private void Step(StageSettings stage, IStageTrainer trainer)
    {
        using Activity? told = Telemetry.Begin(Telemetry.Step);
        var clock = Stopwatch.StartNew();
        // A stage that draws completions compares the policy with itself, which dropout would make two policies of.
        _model.BeginStep(_recipe.Seed, _state.Step, isDropping: stage.DrawnTokens == 0);
        var outcome = trainer.Step(_state.StageStep);
        double seconds = clock.Elapsed.TotalSeconds;
        _state = _state with
        {
            Step = _state.Step + 1,
            StageStep = _state.StageStep + 1,
            Tokens = _state.Tokens + outcome.Tokens,
        };
        var metrics = new StepMetrics(
            stage.Name,
            _state.StageStep,
            stage.Steps,
            [
                .. outcome.Metrics,
                new("num_tokens", _state.Tokens),
                new("step_time", seconds),
                new("tokens_per_second", outcome.Tokens / seconds),
            ]);
        bool keeps = _recipe.KeepTokens;
        _engine.Parallel.AtRoot(() =>
        {
            _folder.AppendStep(_state.Step, metrics, keeps ? SampleTokens.Of(outcome.Samples, _inputs.Tokenizer) : outcome.Samples);
            _folder.AppendWarnings(_state.Step, metrics, outcome.Warnings);
        });
        Telemetry.Row(_state.Step, metrics);
        Telemetry.StepDone(outcome.Tokens);
        _observer.StepFinished(metrics);
        Warn(metrics, outcome.Warnings);
    }

    private void Warn(StepMetrics metrics, IReadOnlyList<RunWarning> warnings)
    {
        foreach (RunWarning warning in _gate.Pass(metrics.Stage, metrics.Step, warnings))
        {
            _observer.Warned(metrics, warning);
        }
    }

    private (ScalarModel<T> Model, StepEnd? StepEnd) OpenReward(string stage)
    {
        int index = Enumerable.Range(0, _recipe.Stages.Count).First(i => _recipe.Stages[i].Name == stage);
        CheckpointContent end = _checkpoints.LoadStageEnd(index);
        return (end.OpenScalar(_engine, _model, end.Trainer.Models[TrainerState.Reward]), end.Trainer.StepEnd);
    }

    private void Evaluate(string label, CancellationToken stop)
    {
        bool IsMissing() => _folder.Evaluations.All(e => e.Label != label);
        if (_recipe.Evaluation is { } settings && _engine.Parallel.FromRoot(() => [IsMissing() ? (byte)1 : (byte)0])[0] == 1)
        {
            using Activity? told = Telemetry.Begin(Telemetry.Evaluation);
            RewardContext context = Rewards(_recipe.Stages.Min(stage => stage.TokensPerPass));
            using var reward = RewardSum.Create(settings.Rewards, settings.Errors, context);
            var evaluator = new Evaluator<T>(_engine, _model, _inputs.Tokenizer, settings, _inputs.Evaluation, reward, _recipe.Seed);
            EvaluationResult result = evaluator.Run(label, _observer, stop).Result;
            _engine.Parallel.AtRoot(() => _folder.AddEvaluation(result));
        }
    }

    private void SaveCheckpoint(TrainerState trainer)
    {
        using Activity? told = Telemetry.Begin(Telemetry.Checkpoint);
        CheckpointContent content = Content(trainer);
        string written = "";
        _engine.Parallel.AtRoot(() => written = _folder.Save(content));
        Telemetry.Saved();
        _observer.CheckpointWritten(written);
    }

    private CheckpointContent Content(TrainerState trainer) => new(
        _state, _model.Settings, _inputs.Tokenizer, _model.Parameters.Export(_engine), trainer)
    {
        Pretrained = _identity,
        Adapter = _inputs.Start?.Adapter,
    };
}
