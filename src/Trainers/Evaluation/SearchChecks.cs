using RlCore.Trainers.Inputs;
using RlCore.Trainers.Search;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Evaluation;

/// <summary>Checks that strategies have what they need, before anything is read.</summary>
internal static class SearchChecks
{
    /// <summary>Refuses strategies that lack something.</summary>
    /// <param name="how">The strategies, and what they are given.</param>
    /// <param name="hasModel">Whether a reward model scores thoughts.</param>
    /// <param name="tokenizer">The model's tokenizer.</param>
    /// <exception cref="InputException">With everything that is lacking.</exception>
    public static void Require(SearchOptions how, bool hasModel, ITokenizer tokenizer)
    {
        var problems = new List<InputProblem>();
        void Add(string key, string found, string expected) => problems.Add(new InputProblem("search", 0, key, found, expected));
        foreach (SearchSettings strategy in how.Strategies)
        {
            string name = strategy.TypeName;
            if (!hasModel && strategy.ScoresParts)
            {
                Add(
                    "--reward-model",
                    $"nothing to score the steps of \"{name}\" by",
                    "the folder of a reward model, or a strategy such as majority");
            }
            else if (!hasModel && !how.Verify && strategy.Scores)
            {
                Add(
                    "--reward-model",
                    $"nothing to choose the answer of \"{name}\" by",
                    "the folder of a reward model, --verify to choose by the right answer, or \"answer\": \"majority\"");
            }

            foreach (var (key, _, needs) in SearchNeeds.Of(strategy, how.RevisionPrompt, how.MergePrompt, how.ThoughtEnd, how.Continue)
                .Where(need => !need.IsThere))
            {
                Add($"--{Documentation.Kebab(key)}", $"nothing for \"{name}\"", needs);
            }
        }

        if (hasModel && how.Verify)
        {
            Add("--verify", "a reward model too", "one of the two to score thoughts by");
        }

        ThoughtTexts.Check(Texts(how), tokenizer, Add);

        if (problems.Count > 0)
        {
            throw new InputException(problems);
        }
    }

    private static (string Key, string Text)[] Texts(SearchOptions how) =>
    [
        ("--critique-prompt", how.CritiquePrompt),
        ("--revision-prompt", how.RevisionPrompt),
        ("--merge-prompt", how.MergePrompt),
        ("--thought-end", how.ThoughtEnd),
        ("--continue", how.Continue),
    ];
}
