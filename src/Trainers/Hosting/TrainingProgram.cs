using System.Reflection;
using System.Runtime.InteropServices;
using RlCore.Engines;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Runs;
using RlCore.Trainers.Settings;
using RlCore.Trainers.Stages;

namespace RlCore.Trainers.Hosting;

/// <summary>
/// A program that trains by recipes which name rewards, stages and tokenizers of its own. A whole program is
/// <c>return new TrainingProgram { Registry = Registry.Default.AddReward("short", score) }.AddManagedEngine().Run(args);</c>
/// </summary>
public sealed class TrainingProgram : IEngineRegistry, IProcessGroupRegistry
{
    private readonly EngineSet _engines = new();
    private readonly List<IProcessGroupProvider> _processes = [];

    /// <summary>The names available to recipes.</summary>
    /// <value>The built-in ones.</value>
    public Registry Registry { get; init; } = Registry.Default;

    /// <summary>Observers of the runs, besides the console.</summary>
    /// <value>None.</value>
    public IReadOnlyList<IRunObserver> Observers { get; init; } = [];

    /// <summary>Where results and progress are written.</summary>
    /// <value>The console.</value>
    public TextWriter Output { get; init; } = Console.Out;

    /// <summary>Where warnings and errors are written.</summary>
    /// <value>The console.</value>
    public TextWriter Error { get; init; } = Console.Error;

    /// <inheritdoc/>
    public void Add(IEngineProvider provider) => _engines.Add(provider);

    /// <inheritdoc/>
    public void Add(IProcessGroupProvider provider) => _processes.Add(provider);

    /// <summary>
    /// Runs the recipe that the command line names: <c>RECIPE [--set key=value]… [--output DIR] [--resume] [--help]</c>. Ctrl+C stops
    /// after the step in progress, with a checkpoint.
    /// </summary>
    /// <param name="args">The command line.</param>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public int Run(IReadOnlyList<string> args)
    {
        ArgumentNullException.ThrowIfNull(args);
        if (ProgramArguments.AsksForHelp(args))
        {
            WriteHelp();
            return ExitCodes.Done;
        }

        var reporter = new LogReporter(new ConsoleLog(Output, Error), Observers);
        using var stop = new CancellationTokenSource();
        int signalled = ExitCodes.Interrupted;
        void Stop(PosixSignalContext context, int exitCode)
        {
            // A second signal ends the process immediately, as usual.
            context.Cancel = !stop.IsCancellationRequested;
            signalled = exitCode;
            stop.Cancel();
        }

        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(
            PosixSignal.SIGINT,
            context => Stop(context, ExitCodes.Interrupted));
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(
            PosixSignal.SIGTERM,
            context => Stop(context, ExitCodes.Terminated));
        int exitCode = RunGuard.Run(() => Train(ProgramArguments.Read(args), reporter, stop.Token), reporter.Failed, stop.Token);
        return exitCode == ExitCodes.Interrupted ? signalled : exitCode;
    }

    private int Train(TrainingOptions options, LogReporter reporter, CancellationToken stop)
    {
        var asked = Microsoft.Extensions.Options.Options.Create(options);
        var engine = new ChosenEngine(_engines, asked, new EngineNotice(reporter.Warned));
        return ReportedRun.Run(new ConfiguredTraining(asked, Registry), engine, reporter, _processes, stop);
    }

    private void WriteHelp()
    {
        Output.WriteLine($"""
            Trains a language model by a recipe.

            Usage: {Path.GetFileNameWithoutExtension(Environment.ProcessPath)} RECIPE.json [--set key=value]… [--output DIR] [--resume]

              --set key=value  A setting in place of the recipe's, such as stages.grpo.steps=50; may be repeated
              --output DIR     Folder of the run; runs/NAME, or NAME-2 and so on, unless given
              --resume         Go on from the run's latest checkpoint
              --skip-damaged   With --resume: set damaged checkpoints aside, and go on from one that is whole

            Stages: {string.Join(", ", Registry.Stages)}
            Rewards: {string.Join(", ", Registry.Rewards)}
            """);
        foreach (RewardSettings reward in Registry.AddedRewards)
        {
            Describe("reward", reward.TypeName, reward);
        }

        foreach (StageSettings stage in Registry.AddedStages)
        {
            Describe("stage", stage.TypeName, stage);
        }

        foreach (var (name, tokenizer) in Registry.Tokenizers.Own)
        {
            Describe("tokenizer", name, tokenizer());
        }
    }

    // The settings that the program itself has declared: those of every stage are in the documentation.
    private void Describe(string noun, string name, object settings)
    {
        Type type = settings.GetType();
        string what = Documentation.Of(type);
        Output.WriteLine($"\nThe {noun} {name}{(what.Length > 0 ? $": {what}" : "")}");
        foreach (PropertyInfo setting in SettingsSchema.Settings(type)
            .Where(setting => settings is not StageSettings || setting.DeclaringType == type))
        {
            string range = SettingRule.Of(setting) is { } rule ? $", {rule.Expected}" : "";
            string value = SettingsSchema.Text(setting.GetValue(settings));
            Output.WriteLine($"  {SettingsSchema.Key(setting)}{range} [default: {value}]\n      {Documentation.Of(setting)}");
        }
    }
}
