using RlCore.Algebra;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Rewards;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Settings;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Search;

/// <summary>A search over the thoughts of a model: which, with what budget, and what says how good thoughts are.</summary>
public sealed record ThoughtSearchSettings : ICheckedSettings
{
    /// <summary>The strategy, by its name or with settings.</summary>
    /// <value>Monte-Carlo tree search whose thoughts are worth what one completion of each is.</value>
    public SearchSettings Strategy { get; init; } = new SearchSettings.Mcts { Rollouts = 1 };

    /// <summary>
    /// A search of a prompt draws at most the tokens of so many completions of the greatest length, and scores at most as many.
    /// </summary>
    /// <value>8.</value>
    [Within(1, 4096)]
    public int Budget { get; init; } = 8;

    /// <summary>What says how good thoughts are.</summary>
    /// <value>Verifier.</value>
    [Inline]
    public ThoughtScoring Scorer { get; init; } = new ThoughtScoring.Verifier();

    /// <summary>Where a step of a thought ends; a reward model of steps needs its own end of steps.</summary>
    /// <value>Separator: each line is a step.</value>
    [Inline]
    public StepEnd StepEnd { get; init; } = new StepEnd.Separator();

    /// <summary>The prompt of a critique, with {prompt} and {answer}; empty for none. Used only by refine.</summary>
    /// <value>"".</value>
    public string CritiquePrompt { get; init; } = "";

    /// <summary>The prompt of a new answer, with {prompt}, {answer} and {critique}. Used only by refine.</summary>
    /// <value>"".</value>
    public string RevisionPrompt { get; init; } = "";

    /// <summary>The prompt of a thought that is made of several, with {prompt} and {answer}. Used only by graph.</summary>
    /// <value>"".</value>
    public string MergePrompt { get; init; } = "";

    /// <summary>The text that ends the thinking, so that the answer follows. Used only by force.</summary>
    /// <value>"".</value>
    public string ThoughtEnd { get; init; } = "";

    /// <summary>The text that continues a thought that has ended early. Used only by force.</summary>
    /// <value>"".</value>
    public string Continue { get; init; } = "";

    /// <summary>The reward model that scores thoughts; null if none does.</summary>
    internal RewardSettings.RewardModel? Judge =>
        Scorer is ThoughtScoring.Model model ? new RewardSettings.RewardModel { From = model.From } : null;

    /// <summary>Whether the prompts of some thoughts contain other thoughts.</summary>
    internal bool HasTurns => Strategy is SearchSettings.Refine or SearchSettings.Graph;

    private (string Key, string Text, bool IsUsed)[] Texts =>
    [
        ("critiquePrompt", CritiquePrompt, Strategy is SearchSettings.Refine),
        ("revisionPrompt", RevisionPrompt, Strategy is SearchSettings.Refine),
        ("mergePrompt", MergePrompt, Strategy is SearchSettings.Graph),
        ("thoughtEnd", ThoughtEnd, Strategy is SearchSettings.Force),
        ("continue", Continue, Strategy is SearchSettings.Force),
    ];

    /// <summary>The same search with the path of its reward model replaced.</summary>
    /// <param name="resolve">Returns a folder's full path.</param>
    internal ThoughtSearchSettings Locate(Func<string, string> resolve) =>
        Scorer is ThoughtScoring.Model model && Judge is { IsFolder: true }
            ? this with { Scorer = model with { From = resolve(model.From) } }
            : this;

    /// <summary>The texts between thoughts, with a tokenizer and a way to read answers.</summary>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="readAnswer">The answer in a completion; empty if there is none.</param>
    internal ThoughtTexts TextsFor(ITokenizer tokenizer, Func<string, string> readAnswer) => new(tokenizer, readAnswer)
    {
        Critique = CritiquePrompt,
        Revision = RevisionPrompt,
        Merging = MergePrompt,
        ThoughtEnd = ThoughtEnd,
        Continue = Continue,
    };

    /// <summary>Refuses texts that a tokenizer does not know.</summary>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <param name="add">Receives the key, what was found and what was expected.</param>
    internal void CheckTexts(ITokenizer tokenizer, Action<string, string, string> add) =>
        ThoughtTexts.Check(Texts.Select(one => (one.Key, one.Text)), tokenizer, add);

    void ICheckedSettings.Check(Action<string, string, string> add)
    {
        string name = Strategy.TypeName;
        if (Strategy.ScoresParts && Scorer is ThoughtScoring.Verifier)
        {
            add(
                "scorer",
                $"verifier, with the strategy {name}, which scores thoughts before they are complete",
                "model or policy, mcts with rollouts, or a strategy such as bestOfN");
        }

        if (!Strategy.Scores && Scorer is not ThoughtScoring.Verifier)
        {
            add("scorer", $"{InlineUnion.NameOf(Scorer)}, with the strategy {name}, which scores nothing", "no such setting");
        }

        if (Scorer is ThoughtScoring.Model { From: var from } && string.IsNullOrWhiteSpace(from))
        {
            add("from", "nothing", "the name of an earlier stage that trains a reward model, or a folder (with a slash) that contains one");
        }

        if (!Strategy.DrawsSteps && Scorer is not ThoughtScoring.Model && StepEnd != new StepEnd.Separator())
        {
            add("stepEnd", $"an end of steps, with the strategy {name}, which draws whole completions", "no such setting");
        }

        foreach (var (key, _, needs) in SearchNeeds.Of(Strategy, RevisionPrompt, MergePrompt, ThoughtEnd, Continue)
            .Where(need => !need.IsThere))
        {
            add(key, $"nothing for \"{name}\"", needs);
        }

        foreach (var (key, text, _) in Texts.Where(one => one.Text.Length > 0 && !one.IsUsed))
        {
            add(key, $"{Characters.Quote(text)}, with the strategy {name}", "no such setting");
        }
    }
}
