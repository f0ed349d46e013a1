namespace RlCore.Trainers.Search;

/// <summary>The texts that strategies put between thoughts.</summary>
internal static class SearchNeeds
{
    /// <summary>The texts that a strategy cannot do without.</summary>
    /// <param name="strategy">The strategy.</param>
    /// <param name="revisionPrompt">The prompt of a new answer.</param>
    /// <param name="mergePrompt">The prompt of a merged thought.</param>
    /// <param name="thoughtEnd">The text that ends a thought.</param>
    /// <param name="continues">The text that continues one.</param>
    /// <returns>The setting of each, whether it is there, and what it has to be.</returns>
    public static (string Key, bool IsThere, string Needs)[] Of(
        SearchSettings strategy, string revisionPrompt, string mergePrompt, string thoughtEnd, string continues) => strategy switch
    {
        SearchSettings.Refine =>
        [
            ("revisionPrompt", revisionPrompt.Length > 0, "the prompt of a new answer, with {prompt} and {answer}"),
        ],
        SearchSettings.Graph =>
        [
            ("mergePrompt", mergePrompt.Length > 0, "the prompt of a merged thought, with {prompt} and {answer}"),
        ],
        SearchSettings.Force force =>
        [
            ("continue", force.Least == 0 || continues.Length > 0, "the text that continues a thought that ends early, such as Wait"),
            (
                "thoughtEnd",
                force.Most >= SearchSettings.Force.Unlimited || thoughtEnd.Length > 0,
                "the text that ends a thought, such as </think>"),
        ],
        _ => [],
    };
}
