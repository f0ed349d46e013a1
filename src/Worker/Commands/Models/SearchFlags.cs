using System.CommandLine;
using System.Globalization;
using RlCore.Algebra;
using RlCore.Engines;
using RlCore.Trainers.Evaluation;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Recipes;

namespace RlCore.Worker.Commands;

/// <summary>The options of <c>eval</c> that search over thoughts.</summary>
internal sealed class SearchFlags
{
    private readonly Option<string> _search = Grammar.Text(
        "--search",
        "STRATEGY,…",
        "Search over thoughts, and evaluate what it finds: strategies by name, separated by commas, or JSON with settings");

    private readonly Option<string> _budgets = Grammar.Text(
        "--budget", "N,…", "Budgets of each search, in completions of the greatest length", "1,2,4,8,16");

    private readonly (StageFlag Flag, Option<string> Option)[] _steps = [.. StepFlags.All.Select(flag => (flag, FlagOptions.Of(flag)))];

    private readonly Option<double> _temperature = new("--temperature")
    {
        Description = "Temperature of the draws of a search",
        HelpName = "X",
        DefaultValueFactory = _ => 1,
    };

    private readonly Option<StepAggregate> _score = new("--score")
    {
        Description = "What the scores of a thought's steps say of it",
        HelpName = "last|min|product|mean",
        DefaultValueFactory = _ => StepAggregate.Last,
    };

    private readonly Option<bool> _verify = new("--verify")
    {
        Description = "Score complete thoughts by --reward itself: what a search with a perfect verifier reaches",
    };

    private readonly Option<int> _bins = new("--bins")
    {
        Description = "Bins of prompts by difficulty, to tell which strategy is best for which; 0 for none",
        HelpName = "N",
        DefaultValueFactory = _ => 5,
    };

    private readonly Option<string> _critique = Grammar.Text(
        "--critique-prompt", "TEXT", "Prompt of a critique, with {prompt} and {answer}, for refine");

    private readonly Option<string> _revision = Grammar.Text(
        "--revision-prompt", "TEXT", "Prompt of a new answer, with {prompt}, {answer} and {critique}, for refine");

    private readonly Option<string> _merge = Grammar.Text(
        "--merge-prompt", "TEXT", "Prompt of a thought made of several, with {prompt} and {answer}, for graph");

    private readonly Option<string> _thoughtEnd = Grammar.Text("--thought-end", "TEXT", "The text that ends a thought, for force");

    private readonly Option<string> _continue = Grammar.Text(
        "--continue", "TEXT", "The text that continues a thought that ends early, for force");

    /// <summary>The options.</summary>
    public IReadOnlyList<Option> All =>
    [
        _search, _budgets, .. _steps.Select(step => step.Option), _temperature, _score, _verify, _bins, _critique, _revision, _merge,
        _thoughtEnd, _continue,
    ];

    /// <summary>What they say.</summary>
    /// <param name="parsed">The parsed options.</param>
    public SearchRequest Read(ParseResult parsed) => new(
        parsed.GetRequiredValue(_search), parsed.GetRequiredValue(_budgets), FlagOptions.Given(_steps, parsed))
    {
        Temperature = parsed.GetValue(_temperature),
        Score = parsed.GetValue(_score),
        Verify = parsed.GetValue(_verify),
        Bins = parsed.GetValue(_bins),
        CritiquePrompt = parsed.GetRequiredValue(_critique),
        RevisionPrompt = parsed.GetRequiredValue(_revision),
        MergePrompt = parsed.GetRequiredValue(_merge),
        ThoughtEnd = parsed.GetRequiredValue(_thoughtEnd),
        Continue = parsed.GetRequiredValue(_continue),
    };
}

/// <summary>A search as it was asked for.</summary>
/// <param name="Search">Names of strategies, or JSON; empty for no search.</param>
/// <param name="Budget">Budgets, separated by commas.</param>
/// <param name="StepEnd">The options of the end of steps with their values; none for the reward model's steps, or else lines.</param>
internal sealed record SearchRequest(string Search, string Budget, IReadOnlyList<KeyValuePair<StageFlag, string>> StepEnd)
{
    private const int MostBudget = 4096;
    private const int MostBins = 100;
    private const double MostTemperature = 100;

    /// <summary>Temperature of the draws.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>What the scores of a thought's steps say of it.</summary>
    public StepAggregate Score { get; init; } = StepAggregate.Last;

    /// <summary>Whether complete thoughts are scored by what decides whether they are right.</summary>
    public bool Verify { get; init; }

    /// <summary>Bins of prompts by difficulty.</summary>
    public int Bins { get; init; }

    /// <summary>The prompt of a critique.</summary>
    public string CritiquePrompt { get; init; } = "";

    /// <summary>The prompt of a revision.</summary>
    public string RevisionPrompt { get; init; } = "";

    /// <summary>The prompt of a thought that is made of several.</summary>
    public string MergePrompt { get; init; } = "";

    /// <summary>The text that ends the thinking.</summary>
    public string ThoughtEnd { get; init; } = "";

    /// <summary>The text that continues a thought that has ended early.</summary>
    public string Continue { get; init; } = "";

    /// <summary>Whether a search is asked for.</summary>
    public bool IsThere() => Search.Length > 0;

    /// <summary>The options of the search.</summary>
    /// <exception cref="InputException">One of them cannot be read.</exception>
    public SearchOptions Read()
    {
        OptionChecks.Require(
            ("--temperature", Temperature, Temperature is >= 0 and <= MostTemperature, $"a number from 0 to {MostTemperature}"),
            ("--bins", Bins, Bins is >= 0 and <= MostBins, $"a whole number from 0 to {MostBins}"));
        return new SearchOptions
        {
            Strategies = RecipeReader.ParseSearches(Search, "--search"),
            Budgets = [.. Budget.Split(',', StringSplitOptions.TrimEntries).Select(ReadBudget)],
            Steps = StepEnd.Count > 0 ? StepFlags.Build(StepEnd) : null,
            Sampling = new SamplingOptions { Temperature = Temperature },
            Score = Score,
            Verify = Verify,
            Bins = Bins,
            CritiquePrompt = CritiquePrompt,
            RevisionPrompt = RevisionPrompt,
            MergePrompt = MergePrompt,
            ThoughtEnd = ThoughtEnd,
            Continue = Continue,
        };
    }

    private static int ReadBudget(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int budget) && budget is >= 1 and <= MostBudget
            ? budget
            : throw new InputException(new InputProblem(
                "--budget", 0, "", $"\"{text}\"", $"whole numbers from 1 to {MostBudget}, separated by commas"));
}
