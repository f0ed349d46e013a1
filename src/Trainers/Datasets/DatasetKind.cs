namespace RlCore.Trainers.Datasets;

/// <summary>The kind of a dataset's rows, which is determined by its columns.</summary>
public enum DatasetKind
{
    /// <summary><c>prompt,completion</c>: demonstrations.</summary>
    Sft,

    /// <summary><c>prompt,answer</c>: questions; other columns are fields that rewards may read.</summary>
    Prompts,

    /// <summary><c>prompt,chosen,rejected[,margin]</c>: pairs, the better first.</summary>
    Preferences,

    /// <summary><c>prompt,completion,reward</c>: completions with rewards.</summary>
    Scored,

    /// <summary><c>prompt,completion_1,completion_2,…</c>: completions from the best to the worst.</summary>
    Rankings,

    /// <summary><c>prompt,completion,label</c>: completions that are good or bad.</summary>
    Unpaired,

    /// <summary><c>prompt,completion,step_labels</c>: completions whose steps are labelled.</summary>
    Steps,
}
