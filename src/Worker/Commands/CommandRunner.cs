using System.Globalization;
using RlCore.Trainers.Evaluation;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Runs;
using RlCore.Worker.Engines;
using RlCore.Worker.Hosting;
using RlCore.Worker.Views;

namespace RlCore.Worker.Commands;

/// <summary>Does what the command line asks.</summary>
internal sealed class CommandRunner(WorkerCommand command, WorkerOptions options, IRunExecutor executor, Outputs outputs, TimeProvider clock)
{
    /// <summary>What is asked.</summary>
    public WorkerCommand Command => command;

    /// <summary>Does it.</summary>
    /// <exception cref="InputException">A file, an option or a setting cannot be used.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    /// <returns>The exit code.</returns>
    public int Run(CancellationToken stop) => command switch
    {
        WorkerCommand.Train train => Training().Run(train, stop),
        WorkerCommand.TrainStage stage => Training().Run(stage, stop),
        WorkerCommand.Evaluate evaluate => RunEvaluation(evaluate, View(), stop),
        WorkerCommand.Generate generate => RunGeneration(generate.Request),
        WorkerCommand.Explain explain => LibraryRunner.Explain(explain, outputs.Output),
        WorkerCommand.Vectors vectors => LibraryRunner.Vectors(vectors, outputs.Output),
        WorkerCommand.Metrics metrics => LibraryRunner.Metrics(metrics, outputs.Output),
        WorkerCommand.Verify verify => LibraryRunner.Verify(verify, options, outputs.Output, stop),
        WorkerCommand.ClosedForm closedForm => LibraryRunner.ClosedForm(closedForm, options, outputs.Output, stop),
        WorkerCommand.CheckData check => DataRunner.Check(check, View(), outputs.Output),
        WorkerCommand.LabelData label => DataRunner.Label(label, View(), outputs.Output, stop),
        WorkerCommand.ConvertData convert => DataRunner.Convert(convert, View(), outputs.Output),
        WorkerCommand.Memory memory => WriteMemory(memory),
        _ => throw new InvalidOperationException("The cases of a command are closed."),
    };

    private int WriteMemory(WorkerCommand.Memory memory)
    {
        MemoryCommand.Write(outputs.Output, memory);
        return ExitCodes.Done;
    }

    private RunView View() => RunView.Create(outputs, options.Quiet, clock);

    private TrainingRunner Training() => new(options, executor, outputs, View());

    private int RunEvaluation(WorkerCommand.Evaluate evaluate, RunView view, CancellationToken stop)
    {
        EvaluationRequest request = evaluate.Request;
        Require(
        [
            ("--samples", request.Samples, request.Samples is >= 0 and <= EvaluationMeasures.MostSamples, $"a whole number from 0 to {EvaluationMeasures.MostSamples}"),
            ("--max-tokens", request.MaxTokens, request.MaxTokens >= 0, "a whole number of at least 0"),
        ]);
        if (evaluate.Output.Length > 0)
        {
            OutputFiles.Require("--output", evaluate.Output);
        }

        EvaluationRequest located = request with
        {
            Data = InputFiles.Resolve(request.Data),
            Seed = options.Seed ?? request.Seed,
        };
        EvaluationReport report = view.Watch(observer => EngineHost.Run(options.Engine, new EvaluationWork(located, observer, stop)));
        outputs.WriteEvaluation(report.Result);
        if (evaluate.Output.Length > 0)
        {
            OutputFiles.Write("--output", evaluate.Output, file => EvaluationTable.Write(file, report.Prompts));
            outputs.Output.WriteLine($"{report.Prompts.Count} prompts written to {evaluate.Output}");
        }

        return ExitCodes.Done;
    }

    private int RunGeneration(GenerationRequest request)
    {
        var sampling = request.Sampling;
        Require(
        [
            ("--samples", request.Samples, request.Samples >= 1, "a whole number of at least 1"),
            ("--max-tokens", request.MaxTokens, request.MaxTokens >= 0, "a whole number of at least 0"),
            ("--temperature", sampling.Temperature, sampling.Temperature >= 0 && double.IsFinite(sampling.Temperature), "a number of at least 0"),
            ("--top-k", sampling.TopK, sampling.TopK >= 0, "a whole number of at least 0"),
            ("--top-p", sampling.TopP, sampling.TopP is > 0 and <= 1, "a number above 0 and at most 1"),
            ("--min-p", sampling.MinP, sampling.MinP is >= 0 and < 1, "a number from 0 to below 1"),
            ("--samples", request.Samples, request.Samples == 1 || sampling.Temperature > 0, "1 at temperature 0, where all completions are alike; or --temperature 1"),
        ]);
        foreach (Completion completion in EngineHost.Run(options.Engine, new GenerationWork(request with { Seed = options.Seed ?? request.Seed })))
        {
            outputs.Output.WriteLine(completion.Ended ? completion.Text : $"{completion.Text}…");
        }

        return ExitCodes.Done;
    }

    private static void Require((string Option, IFormattable Found, bool Accepted, string Expected)[] checks)
    {
        InputProblem[] problems = [.. checks.Where(check => !check.Accepted)
            .Select(check => new InputProblem(check.Option, 0, "", check.Found.ToString(null, CultureInfo.InvariantCulture), check.Expected))];
        if (problems.Length > 0)
        {
            throw new InputException(problems);
        }
    }
}
