using System.CommandLine;
using System.Globalization;
using RlCore.Engines;
using RlCore.Trainers.Hosting;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Runs;
using RlCore.Trainers.Search;
using RlCore.Trainers.Tokenizers;
using RlCore.Worker.Hosting;
using RlCore.Worker.Views;

namespace RlCore.Worker.Commands;

/// <summary><c>rlcore data pairs</c>: better and worse completions, and right ones, from the trees of a search.</summary>
/// <param name="Input">The CSV file of questions.</param>
/// <param name="Output">The CSV file of pairs.</param>
/// <param name="Model">The model whose thoughts are searched.</param>
/// <param name="Search">The options of the search with their values.</param>
/// <param name="Tree">Which pairs are made of a tree.</param>
internal sealed record PairDataCommand(
    string Input, string Output, string Model, IReadOnlyList<KeyValuePair<StageFlag, string>> Search, TreeSettings Tree) : OneShotCommand
{
    private const string Examples = """
        Examples:
          rlcore data pairs questions.csv pairs.csv --model runs/sft --step-separator ";" --budget 16
          rlcore data pairs questions.csv pairs.csv --model runs/sft --traces traces.csv
          rlcore data pairs questions.csv pairs.csv --model runs/sft --search rebase --scorer model --reward-model runs/prm/ --pair-by score

        A search (--search, --budget, --scorer) makes a tree of thoughts about each prompt, and --reward says which complete ones are
        right. Where a thought went on in several ways, the best right completion below the best next step is chosen, and the worst
        wrong one below the worst next step is rejected. Steps are told apart by the best answer below them (--pair-by answer) or by
        their scores (--pair-by score), whose values differ by --margin at least. --traces writes all right completions, each once.
        The same model, data, options and seed give the same files.

        What is found so far is kept beside the output: the same command goes on where it was stopped. Then:
          rlcore train dpo --data pairs.csv --model runs/sft --steps 200
          rlcore train sft --data traces.csv --model runs/sft --steps 200
        """;

    /// <summary>The CSV file of right completions; empty for none.</summary>
    public string Traces { get; init; } = "";

    /// <summary>The reward that decides whether a completion is right, as in recipes.</summary>
    public string Reward { get; init; } = "numeric";

    /// <summary>Divides the logits.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>Maximum tokens per completion; 0 for as many as the context allows.</summary>
    public int MaxTokens { get; init; }

    /// <summary>Names of columns as role=column, separated by commas; empty for the default names.</summary>
    public string Columns { get; init; } = "";

    /// <summary>Whether prompts are wrapped in the model's chat template.</summary>
    public ChatUse Chat { get; init; }

    /// <summary>Whether existing files are overwritten.</summary>
    public bool Force { get; init; }

    /// <inheritdoc/>
    public override string StopNotice =>
        "Stopping. What is found so far is kept: the same command goes on from there. Press Ctrl+C again to stop immediately.";

    /// <summary>The command's grammar.</summary>
    public static Command Build(Grammar grammar)
    {
        var input = new Argument<string>("IN.csv") { Description = "The CSV file of questions: prompt,answer" };
        var output = new Argument<string>("OUT.csv") { Description = "The CSV file to write: prompt,chosen,rejected" };
        Option<string> model = Grammar.Model();
        Option<string> traces = Grammar.Text("--traces", "FILE.csv", "Write all right completions to this file: prompt,completion");
        var value = new Option<SiblingValue>("--pair-by")
        {
            Description = "What tells good next steps from bad ones: the best answer below them, or their scores",
            HelpName = "answer|score",
            DefaultValueFactory = _ => new TreeSettings().PairBy,
        };
        var margin = new Option<double>("--margin")
        {
            Description = "By how much the values of the two steps of a pair differ at least",
            HelpName = "X",
            DefaultValueFactory = _ => new TreeSettings().Margin,
        };
        Option<string> reward = Grammar.Text(
            "--reward",
            "REWARD",
            "Reward that decides whether a completion is right, as in recipes: numeric, expression, exact, or JSON",
            "numeric");
        var passAt = new Option<double>("--pass-at")
        {
            Description = "A completion is right if its total score reaches this",
            HelpName = "X",
            DefaultValueFactory = _ => new TreeSettings().PassAt,
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
        var force = new Option<bool>("--force") { Description = "Overwrite existing files" };
        (StageFlag Flag, Option<string> Option)[] search = [.. ThoughtSearchFlags.All.Select(flag => (flag, FlagOptions.Of(flag)))];
        var command = new Command("pairs", "Searches for right and wrong completions that part at a step: preference pairs and traces")
        {
            input, output, model,
        };
        foreach (Option option in search.Select(pair => (Option)pair.Option)
            .Concat([traces, value, margin, reward, passAt, temperature, maxTokens, columns, chat, force]))
        {
            command.Options.Add(option);
        }

        return grammar.Complete(command, Examples, parsed => new PairDataCommand(
            parsed.GetRequiredValue(input),
            parsed.GetRequiredValue(output),
            parsed.GetRequiredValue(model),
            FlagOptions.Given(search, parsed),
            new TreeSettings
            {
                PairBy = parsed.GetValue(value),
                Margin = parsed.GetValue(margin),
                PassAt = parsed.GetValue(passAt),
            })
        {
            Traces = parsed.GetRequiredValue(traces),
            Reward = parsed.GetRequiredValue(reward),
            Temperature = parsed.GetValue(temperature),
            MaxTokens = parsed.GetValue(maxTokens),
            Columns = parsed.GetRequiredValue(columns),
            Chat = parsed.GetValue(chat),
            Force = parsed.GetValue(force),
        });
    }

    /// <summary>Searches, and reports what was written.</summary>
    /// <exception cref="InputException">An option or a file cannot be used.</exception>
    public override int Run(CommandContext context, CancellationToken stop)
    {
        OptionChecks.Require(
            ("--margin", Tree.Margin, Tree.Margin >= 0 && double.IsFinite(Tree.Margin), "a number of at least 0"),
            ("--pass-at", Tree.PassAt, double.IsFinite(Tree.PassAt), "a finite number"),
            (
                "--temperature",
                Temperature,
                Temperature > 0 && double.IsFinite(Temperature),
                "a number above 0, as at 0 all next steps are the same"),
            ("--max-tokens", MaxTokens, MaxTokens >= 0, "a whole number of at least 0"));
        ThoughtSearchSettings search = ThoughtSearchFlags.Build(Search).Locate(Path.GetFullPath);
        RequireScores(search);
        string input = InputFiles.Resolve(Input);
        foreach (string file in Traces.Length > 0 ? new[] { Output, Traces } : [Output])
        {
            InputFiles.CheckPair(input, file, Force, "a CSV file with the columns prompt, answer");
        }

        if (Traces.Length > 0 && Path.GetFullPath(Traces) == Path.GetFullPath(Output))
        {
            throw new InputException(new InputProblem("--traces", 0, "", $"the output {Output}", "another file for the traces"));
        }

        var request = new PairSearchRequest(
            context.FindModel(Model, stop), input, Output, RecipeReader.ParseRewards(Reward, "--reward"), search)
        {
            Tree = Tree,
            MaxTokens = MaxTokens,
            Sampling = new SamplingOptions { Temperature = Temperature },
            Columns = RecipeReader.ParseColumns(Columns, "--columns"),
            Chat = Chat,
        };
        request = request with { Seed = context.Options.Training.Seed ?? request.Seed };
        OutputFiles.Write("OUT.csv", Output, file => Describe(context.Output, context.NewView().Watch(view => context.Engine.Run(
            new PairSearchWork(request with { Output = file, Traces = Traces.Length > 0 ? Path.GetFullPath(Traces) : "" }, view, stop)))));
        return ExitCodes.Done;
    }

    private void RequireScores(ThoughtSearchSettings search)
    {
        if (Tree.PairBy == SiblingValue.Score && !search.Strategy.ScoresParts)
        {
            throw new InputException(new InputProblem(
                "--pair-by",
                0,
                "",
                $"score, with the search {search.Strategy.TypeName}, which does not score steps",
                "answer, or a search that scores steps, such as rebase with --scorer model"));
        }
    }

    private void Describe(TextWriter output, PairSearchOutcome done)
    {
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{Output}: {Wording.Count(done.Pairs, "pair")} of {Wording.Count(done.Prompts, "prompt")}, {done.Solved} of them with a right "
            + $"completion; {done.Drawn:0} tokens drawn and {done.Scored:0} scored per prompt"));
        if (Traces.Length > 0)
        {
            output.WriteLine($"{Traces}: {Wording.Count(done.Traces, "right completion")}");
        }

        if (done.Kept > 0)
        {
            output.WriteLine($"{Wording.Count(done.Kept, "prompt")} had been searched before");
        }

        output.WriteLine(
            $"try next: {CommandName.Current} train dpo --data {ShellText.Quote(Output)} --model {ShellText.Quote(Model)} --steps 100");
    }
}
