using System.CommandLine;
using System.Globalization;
using RlCore.Trainers.Hosting;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Rewards;
using RlCore.Worker.Hosting;
using RlCore.Worker.Views;

namespace RlCore.Worker.Commands;

/// <summary><c>rlcore data label</c>: labels pairs with a language model's preferences.</summary>
/// <param name="Input">The CSV file of pairs.</param>
/// <param name="Output">The CSV file of preferences.</param>
/// <param name="Judge">The options of the judge with their values.</param>
/// <param name="Force">Whether an existing file is overwritten.</param>
internal sealed record LabelDataCommand(string Input, string Output, IReadOnlyList<KeyValuePair<StageFlag, string>> Judge, bool Force)
    : OneShotCommand
{
    private const string Examples = """
        Examples:
          rlcore data label pairs.csv preferences.csv --judge-model gpt-4o-mini
            (on api.openai.com, with the key in the environment variable OPENAI_API_KEY)
          rlcore data label pairs.csv preferences.csv --judge-model llama3.1 --endpoint http://localhost:11434/v1 --key-variable ""
          rlcore data label pairs.csv preferences.csv --judge-model gpt-4o-mini --requests-per-minute 60 --rubric "$(cat rubric.txt)"

        Each pair is judged in both orders, so that a bias towards the first or the second position cancels out. The margin is
        1 if both orders prefer the same completion and 0.5 if one of them sees a tie. Pairs whose two verdicts
        contradict each other, or are both ties, are left out and counted; --tie-within 0.5 also leaves out margins of 0.5.
        A rubric has the placeholders {prompt}, {first} and {second}, and asks for {"better": "A"}, {"better": "B"} or
        {"better": "tie"}. Nothing is written unless every pair has a verdict. Replies are kept in OUT-replies (or
        --cache-folder): the same command continues where it was stopped, without repeating requests. Then:
          rlcore train dpo --data preferences.csv --model runs/quickstart --steps 100
        """;

    /// <summary>Names of columns as role=column, separated by commas; empty for the default names.</summary>
    public string Columns { get; init; } = "";

    /// <summary>The command's grammar.</summary>
    public static Command Build(Grammar grammar)
    {
        var input = new Argument<string>("IN.csv")
        {
            Description = "The CSV file of pairs: prompt,completion_1,completion_2, the completions in any order",
        };
        var output = new Argument<string>("OUT.csv") { Description = "The CSV file to write: prompt,chosen,rejected,margin" };
        Option<string> columns = Grammar.Text(
            "--columns",
            "role=column,…",
            "Names of columns that differ from those above: prompt=question,completion=response for "
                + "response_1 and response_2");
        var force = new Option<bool>("--force") { Description = "Overwrite an existing file" };
        (StageFlag Flag, Option<string> Option)[] judge = [.. JudgeFlags.All.Select(flag => (flag, FlagOptions.Of(flag)))];
        var command = new Command(
            "label",
            "Labels pairs of completions by asking a language model which is better (RLAIF)") { input, output };
        foreach (Option option in judge.Select(pair => (Option)pair.Option).Concat([columns, force]))
        {
            command.Options.Add(option);
        }

        return grammar.Complete(command, Examples, parsed => new LabelDataCommand(
            parsed.GetRequiredValue(input), parsed.GetRequiredValue(output), FlagOptions.Given(judge, parsed), parsed.GetValue(force))
        {
            Columns = parsed.GetRequiredValue(columns),
        });
    }

    /// <summary>Labels the pairs with the judge, and reports what was written.</summary>
    /// <exception cref="InputException">An option or a file cannot be used, or the judge gives no verdict.</exception>
    public override int Run(CommandContext context, CancellationToken stop)
    {
        var request = new LabelRequest(InputFiles.Resolve(Input), Output, JudgeFlags.Build(Judge))
        {
            Columns = RecipeReader.ParseColumns(Columns, "--columns"),
            Overwrite = Force,
        };
        OutputFiles.Write("OUT.csv", Output, file => Describe(request, context.Output, context.NewView().Watch(observer => PairLabeller.Run(
            request with { Output = file, Progress = (done, total) => observer.PairLabelled(request.Input, done, total) }, stop))));
        return ExitCodes.Done;
    }

    private static void Describe(LabelRequest request, TextWriter output, LabelOutcome done)
    {
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{request.Output}: {done.Labelled:#,0} of {Wording.Count(done.Pairs, "pair")} as preferences (prompt,chosen,rejected,margin); "
            + $"{Wording.Count(done.Ties, "tie")} left out"));
        output.WriteLine($"replies kept in {request.Replies}");
        output.WriteLine($"try next: {CommandName.Current} data check {request.Output}");
    }
}
