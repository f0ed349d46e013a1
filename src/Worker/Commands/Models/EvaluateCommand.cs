using System.CommandLine;
using System.Text;
using RlCore.Trainers.Evaluation;
using RlCore.Trainers.Files;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Runs;
using RlCore.Trainers.Tokenizers;
using RlCore.Worker.Hosting;
using RlCore.Worker.Views;

namespace RlCore.Worker.Commands;

/// <summary><c>rlcore eval</c>: evaluates a model on known answers.</summary>
/// <param name="Model">Folder of a checkpoint or of a run.</param>
/// <param name="Data">CSV file with the columns <c>prompt,answer</c>.</param>
/// <param name="How">The options; the seed comes from the configuration.</param>
/// <param name="OutputFile">CSV file for one row per prompt; empty for none.</param>
internal sealed record EvaluateCommand(string Model, string Data, EvaluationOptions How, string OutputFile) : OneShotCommand
{
    private const string Examples = """
        Examples:
          rlcore eval --model runs/quickstart --data data/arithmetic/eval.csv --samples 8
          rlcore eval --model runs/quickstart --data data/arithmetic/eval.csv --samples 64 --output prompts.csv
          rlcore eval --model runs/quickstart --data data/arithmetic/eval.csv --reward-model runs/reward
          rlcore eval --model runs/think --data data/think/eval.csv --search majority,beam --reward-model runs/steps --page think.html

        greedy   the most probable token at every position
        mean@n   mean over n samples at temperature 1
        pass@k   at least one of k samples is right
        maj@k    the most frequent answer of k samples is right: equal numbers are the same answer (--reward exact: equal
                 texts), a sample without an answer does not vote, ties are broken at random
        best@k   the sample that the reward model scores highest of k is right (with --reward-model)
        pass@k, maj@k and best@k are means over all subsets of k of the n samples, and therefore unbiased. Intervals are
        95 % Wilson intervals, with prompts as clusters of samples.

        --search thinks longer (docs/search.md): bestOfN, majority, weightedMajority, beam, bestFirst, rebase, mcts, refine, graph,
        force. Settings are JSON: --search '[{"type": "mcts", "exploration": 0.5}, "majority"]'. With a budget of N a search draws
        the tokens of at most N completions of the greatest length, and scores at most as many.
        """;

    /// <summary>The reward that decides whether a completion is right, as in recipes.</summary>
    public string Reward { get; init; } = "numeric";

    /// <summary>Names of columns as role=column, separated by commas; empty for the default names.</summary>
    public string Columns { get; init; } = "";

    /// <summary>SVG file for the plot of a search; empty for none.</summary>
    public string SvgFile { get; init; } = "";

    /// <summary>HTML file for the page of a search; empty for none.</summary>
    public string PageFile { get; init; } = "";

    /// <summary>The search over thoughts.</summary>
    public SearchRequest Search { get; init; } = new("", "", []);

    /// <summary>The command's grammar.</summary>
    public static Command Build(Grammar grammar)
    {
        Option<string> model = Grammar.Model();
        var data = new Option<string>("--data")
        {
            Description = "CSV file with the columns prompt,answer",
            HelpName = "CSV",
            Required = true,
        };
        var samples = new Option<int>("--samples")
        {
            Description = "Samples per prompt for mean@n, pass@k and maj@k; 0 for greedy only",
            HelpName = "N",
            DefaultValueFactory = _ => 8,
        };
        Option<string> reward = Grammar.Text(
            "--reward",
            "REWARD",
            "Reward that decides whether a completion is right, as in recipes: numeric, expression, exact, or JSON",
            "numeric");
        Option<string> rewardModel = Grammar.Text(
            "--reward-model", "DIR", "Run or checkpoint whose reward model chooses the best sample: adds best@k");
        var passAt = new Option<double>("--pass-at")
        {
            Description = "A completion is right if its total score reaches this",
            HelpName = "X",
            DefaultValueFactory = _ => 1,
        };
        Option<string> columns = Grammar.Text(
            "--columns", "role=column,…", "Names of columns that differ from prompt and answer: prompt=question,answer=solution");
        Option<string> secondPrompt = Grammar.Text(
            "--second-prompt", "TEXT", "Prompt of a second attempt, with {prompt} and {answer}: adds second_greedy and second_mean@n");
        Option<string> secondPromptWhenRight = Grammar.Text(
            "--second-prompt-when-right", "TEXT", "Prompt of a second attempt where the first is right, if that is to be said");
        Option<int> maxTokens = Grammar.MaxTokens();
        Option<string> output = Grammar.Text(
            "--output", "FILE.csv", "Also write a CSV file with one row per prompt: completion, right or wrong, samples right, majority");
        Option<ChatUse> chat = Grammar.Chat();
        var command = new Command("eval", "Evaluates a model on known answers: greedy, mean@n, pass@k, maj@k, with 95 % intervals")
        {
            model, data, columns, samples, reward, passAt, rewardModel, secondPrompt, secondPromptWhenRight, maxTokens, output,
            chat,
        };
        var search = new SearchFlags();
        Option<string> svg = Grammar.Text("--svg", "FILE.svg", "Plot accuracy against the tokens of a search");
        Option<string> page = Grammar.Text("--page", "FILE.html", "Write plot and table of a search as one page");
        foreach (Option option in search.All.Concat([svg, page]))
        {
            command.Options.Add(option);
        }

        return grammar.Complete(command, Examples, parsed => new EvaluateCommand(
            parsed.GetRequiredValue(model),
            parsed.GetRequiredValue(data),
            new EvaluationOptions
            {
                Samples = parsed.GetValue(samples),
                PassAt = parsed.GetValue(passAt),
                RewardModel = parsed.GetRequiredValue(rewardModel),
                SecondPrompt = parsed.GetRequiredValue(secondPrompt),
                SecondPromptWhenRight = parsed.GetRequiredValue(secondPromptWhenRight),
                MaxTokens = parsed.GetValue(maxTokens),
                Chat = parsed.GetValue(chat),
            },
            parsed.GetRequiredValue(output))
        {
            Reward = parsed.GetRequiredValue(reward),
            Columns = parsed.GetRequiredValue(columns),
            Search = search.Read(parsed),
            SvgFile = parsed.GetRequiredValue(svg),
            PageFile = parsed.GetRequiredValue(page),
        });
    }

    /// <inheritdoc/>
    public override int Run(CommandContext context, CancellationToken stop)
    {
        OptionChecks.Require(
            (
                "--samples",
                How.Samples,
                How.Samples is >= 0 and <= EvaluationSettings.MostSamples,
                $"a whole number from 0 to {EvaluationSettings.MostSamples}"),
            ("--pass-at", How.PassAt, double.IsFinite(How.PassAt), "a finite number"),
            ("--max-tokens", How.MaxTokens, How.MaxTokens >= 0, "a whole number of at least 0"));
        if (How.SecondPromptWhenRight.Length > 0 && How.SecondPrompt.Length == 0)
        {
            throw new InputException(new InputProblem(
                "--second-prompt-when-right", 0, "", "a prompt without --second-prompt", "both, or --second-prompt alone"));
        }

        if (How.SecondPrompt.Length > 0 && Search.IsThere())
        {
            throw new InputException(new InputProblem(
                "--second-prompt", 0, "", "a second attempt with --search", "one of the two; the search refine gives answers anew"));
        }

        foreach (var (option, file) in new[] { ("--output", OutputFile), ("--svg", SvgFile), ("--page", PageFile) })
        {
            if (file.Length > 0 && !Search.IsThere() && option != "--output")
            {
                throw new InputException(new InputProblem(option, 0, "", "an evaluation without a search", "--search STRATEGY with it"));
            }

            if (file.Length > 0)
            {
                OutputFiles.Require(option, file);
            }
        }

        var request = new EvaluationRequest(
            context.FindModel(Model, stop), InputFiles.Resolve(Data), How with
            {
                Rewards = RecipeReader.ParseRewards(Reward, "--reward"),
                Columns = RecipeReader.ParseColumns(Columns, "--columns"),
                Seed = context.Options.Training.Seed ?? How.Seed,
            });
        if (Search.IsThere())
        {
            return RunSearch(context, request, Search.Read(), stop);
        }

        EvaluationReport report = context.NewView().Watch(
            view => context.Engine.Run(new EvaluationWork(request, new Advance(view), stop)));
        context.Outputs.WriteEvaluation(report.Result);
        if (OutputFile.Length > 0)
        {
            OutputFiles.Write("--output", OutputFile, file => EvaluationTable.Write(file, report.Prompts));
            context.Output.WriteLine($"{Wording.Count(report.Prompts.Count, "prompt")} written to {OutputFile}");
        }

        return Trainers.Hosting.ExitCodes.Done;
    }

    private int RunSearch(CommandContext context, EvaluationRequest request, SearchOptions search, CancellationToken stop)
    {
        SearchReport report = context.NewView().Watch(
            view => context.Engine.Run(new SearchWork(request, search, new Advance(view), stop)));
        string data = Path.GetFileName(request.Data);
        SearchView.Write(context.Output, report, data);
        (string Option, string File, string What, Action<string> Write)[] files =
        [
            ("--output", OutputFile, "one row per prompt, strategy and budget", file => SearchTable.Write(file, report)),
            ("--svg", SvgFile, "accuracy against tokens", file => WriteText(file, SearchPage.Plot(report))),
            ("--page", PageFile, "plot and table", file => WriteText(file, SearchPage.Write(report, data))),
        ];
        foreach (var (option, file, what, write) in files.Where(one => one.File.Length > 0))
        {
            OutputFiles.Write(option, file, write);
            context.Output.WriteLine($"{what} written to {file}");
        }

        return Trainers.Hosting.ExitCodes.Done;
    }

    private static void WriteText(string file, string text) =>
        DurableFiles.WriteFile(file, stream => stream.Write(Encoding.UTF8.GetBytes(text)));

    // The result is this command's output, not a line of its progress.
    private sealed class Advance(IRunObserver view) : IRunObserver
    {
        public void EvaluationAdvanced(string label, int done, int total) => view.EvaluationAdvanced(label, done, total);
    }
}
