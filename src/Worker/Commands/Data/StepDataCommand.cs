using System.CommandLine;
using System.Globalization;
using RlCore.Engines;
using RlCore.Trainers.Hosting;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Rollouts;
using RlCore.Trainers.Runs;
using RlCore.Trainers.Tokenizers;
using RlCore.Worker.Hosting;
using RlCore.Worker.Views;

namespace RlCore.Worker.Commands;

/// <summary><c>rlcore data steps</c>: completions whose steps are labelled by how often they lead to a right answer.</summary>
/// <param name="Input">The CSV file of questions.</param>
/// <param name="Output">The CSV file of labelled steps.</param>
/// <param name="Model">The model that draws completions.</param>
/// <param name="StepEnd">The options of the end of steps with their values.</param>
/// <param name="How">How many completions and continuations; the seed comes from the configuration.</param>
internal sealed record StepDataCommand(
    string Input, string Output, string Model, IReadOnlyList<KeyValuePair<StageFlag, string>> StepEnd, StepLabelSettings How)
    : OneShotCommand
{
    private const string Examples = """
        Examples:
          rlcore data steps questions.csv steps.csv --model runs/sft
          rlcore data steps questions.csv steps.csv --model runs/sft --step-separator ";" --samples 4 --continuations 16
          rlcore data steps questions.csv steps.csv --model org/name --step-end pattern --step-pattern "Step [0-9]+:.*\n"

        The model completes each prompt a few times (--samples). From the end of each step of a completion it goes on again
        (--continuations), and the label of the step is the share of these that --reward accepts; with --hard it is 1 if any is
        accepted. The last step's label says whether the completion itself is accepted. Without options a step is a line; in bash,
        $'\n\n' writes two line feeds. Completions without text, and those whose text is split into other steps when it is read
        again, are left out and counted. The same model, data, options and seed give the same file.

        What is labelled so far is kept beside the output: the same command goes on where it was stopped. Then:
          rlcore train reward --data steps.csv --step-end separator --model runs/sft --steps 200
        """;

    /// <summary>The reward that decides whether a completion is right, as in recipes.</summary>
    public string Reward { get; init; } = "numeric";

    /// <summary>Names of columns as role=column, separated by commas; empty for the default names.</summary>
    public string Columns { get; init; } = "";

    /// <summary>Whether prompts are wrapped in the model's chat template.</summary>
    public ChatUse Chat { get; init; }

    /// <summary>Whether an existing file is overwritten.</summary>
    public bool Force { get; init; }

    /// <inheritdoc/>
    public override string StopNotice =>
        "Stopping. What is labelled so far is kept: the same command goes on from there. Press Ctrl+C again to stop immediately.";

    /// <summary>The command's grammar.</summary>
    public static Command Build(Grammar grammar)
    {
        var input = new Argument<string>("IN.csv") { Description = "The CSV file of questions: prompt,answer" };
        var output = new Argument<string>("OUT.csv") { Description = "The CSV file to write: prompt,completion,step_labels" };
        Option<string> model = Grammar.Model();
        var samples = new Option<int>("--samples")
        {
            Description = "Completions of each prompt",
            HelpName = "N",
            DefaultValueFactory = _ => new StepLabelSettings().Samples,
        };
        var continuations = new Option<int>("--continuations")
        {
            Description = "Continuations from each step but the last",
            HelpName = "K",
            DefaultValueFactory = _ => new StepLabelSettings().Continuations,
        };
        var hard = new Option<bool>("--hard") { Description = "Label a step 1 if any continuation is right, otherwise 0" };
        Option<string> reward = Grammar.Text(
            "--reward",
            "REWARD",
            "Reward that decides whether a completion is right, as in recipes: numeric, expression, exact, or JSON",
            "numeric");
        var passAt = new Option<double>("--pass-at")
        {
            Description = "A completion is right if its total score reaches this",
            HelpName = "X",
            DefaultValueFactory = _ => 1,
        };
        var temperature = new Option<double>("--temperature")
        {
            Description = "Divides the logits",
            HelpName = "X",
            DefaultValueFactory = _ => 1,
        };
        Option<string> columns = Grammar.Text(
            "--columns", "role=column,…", "Names of columns that differ from prompt and answer: prompt=question,answer=solution");
        Option<int> maxTokens = Grammar.MaxTokens();
        Option<ChatUse> chat = Grammar.Chat();
        var force = new Option<bool>("--force") { Description = "Overwrite an existing file" };
        (StageFlag Flag, Option<string> Option)[] steps = [.. StepFlags.All.Select(flag => (flag, FlagOptions.Of(flag)))];
        var command = new Command(
            "steps", "Draws completions and labels their steps by how often these lead to a right answer (Math-Shepherd)")
        {
            input, output, model,
        };
        foreach (Option option in steps.Select(pair => (Option)pair.Option)
            .Concat([samples, continuations, hard, reward, passAt, temperature, maxTokens, columns, chat, force]))
        {
            command.Options.Add(option);
        }

        return grammar.Complete(command, Examples, parsed => new StepDataCommand(
            parsed.GetRequiredValue(input),
            parsed.GetRequiredValue(output),
            parsed.GetRequiredValue(model),
            FlagOptions.Given(steps, parsed),
            new StepLabelSettings
            {
                Samples = parsed.GetValue(samples),
                Continuations = parsed.GetValue(continuations),
                Hard = parsed.GetValue(hard),
                PassAt = parsed.GetValue(passAt),
                Sampling = new SamplingOptions { Temperature = parsed.GetValue(temperature) },
                MaxTokens = parsed.GetValue(maxTokens),
            })
        {
            Reward = parsed.GetRequiredValue(reward),
            Columns = parsed.GetRequiredValue(columns),
            Chat = parsed.GetValue(chat),
            Force = parsed.GetValue(force),
        });
    }

    /// <summary>Labels the steps, and reports what was written.</summary>
    /// <exception cref="InputException">An option or a file cannot be used.</exception>
    public override int Run(CommandContext context, CancellationToken stop)
    {
        OptionChecks.Require(
            ("--samples", How.Samples, How.Samples >= 1, "a whole number of at least 1"),
            ("--continuations", How.Continuations, How.Continuations >= 1, "a whole number of at least 1"),
            ("--pass-at", How.PassAt, double.IsFinite(How.PassAt), "a finite number"),
            (
                "--temperature",
                How.Sampling.Temperature,
                How.Sampling.Temperature > 0 && double.IsFinite(How.Sampling.Temperature),
                "a number above 0, as at 0 all continuations are the same"),
            ("--max-tokens", How.MaxTokens, How.MaxTokens >= 0, "a whole number of at least 0"));
        string input = InputFiles.Resolve(Input);
        InputFiles.CheckPair(input, Output, Force, "a CSV file with the columns prompt, answer");
        var request = new StepLabelRequest(
            context.FindModel(Model, stop),
            input,
            Output,
            RecipeReader.ParseRewards(Reward, "--reward"),
            StepFlags.Build(StepEnd),
            How with { Seed = context.Options.Training.Seed ?? How.Seed })
        {
            Columns = RecipeReader.ParseColumns(Columns, "--columns"),
            Chat = Chat,
        };
        OutputFiles.Write("OUT.csv", Output, file => Describe(context.Output, context.NewView().Watch(
            view => context.Engine.Run(new StepLabelWork(request with { Output = file }, view, stop)))));
        return ExitCodes.Done;
    }

    private void Describe(TextWriter output, StepLabelOutcome done)
    {
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{Output}: {Wording.Count(done.Completions, "completion")} of {Wording.Count(done.Prompts, "prompt")} with "
            + $"{Wording.Count(done.Steps, "labelled step")}, mean label {done.Mean:0.000}; {done.LeftOut} left out"));
        if (done.Kept > 0)
        {
            output.WriteLine($"{Wording.Count(done.Kept, "prompt")} had been labelled before");
        }

        string steps = string.Concat(StepEnd.Select(pair => $" {pair.Key.Name} {ShellText.Quote(pair.Value)}"));
        string end = StepEnd.Any(pair => pair.Key.Path == "stepEnd") ? "" : " --step-end separator";
        output.WriteLine(
            $"try next: {CommandName.Current} train reward --data {ShellText.Quote(Output)}{end}{steps} "
            + $"--model {ShellText.Quote(Model)} --steps 100");
    }
}
