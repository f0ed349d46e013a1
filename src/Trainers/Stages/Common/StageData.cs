using RlCore.Trainers.Datasets;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Stages;

/// <summary>The data of a stage, read and checked. A closed union, one case for each kind of CSV file.</summary>
public abstract record StageData
{
    private StageData()
    {
    }

    /// <summary>For supervised stages.</summary>
    /// <param name="Demonstrations">Prompts with their completions, ended by the end of sequence.</param>
    public sealed record Supervised(IReadOnlyList<TokenSequence> Demonstrations) : StageData;

    /// <summary>For preference stages.</summary>
    /// <param name="Pairs">Completions, the better first.</param>
    public sealed record Preference(IReadOnlyList<SequencePair> Pairs) : StageData;

    /// <summary>For stages on completions with labels.</summary>
    /// <param name="Rows">Completions with their labels.</param>
    public sealed record Unpaired(IReadOnlyList<LabelledSequence> Rows) : StageData;

    /// <summary>For reward-model stages.</summary>
    /// <param name="Rankings">Completions from the best to the worst.</param>
    /// <param name="HeldOut">Pairs that are never trained on; empty for none.</param>
    public sealed record RewardModel(IReadOnlyList<SequenceRanking> Rankings, IReadOnlyList<SequenceRanking> HeldOut) : StageData;

    /// <summary>For on-policy stages.</summary>
    /// <param name="Questions">Prompts with their known answers.</param>
    /// <param name="Mix">Demonstrations mixed in; empty for none.</param>
    public sealed record OnPolicy(IReadOnlyList<Question> Questions, IReadOnlyList<TokenSequence> Mix) : StageData;

    /// <summary>For supervised stages over scored completions.</summary>
    /// <param name="Kept">Prompts with the completions that were kept, ended by the end of sequence.</param>
    /// <param name="Metrics">Rewards of all and of the kept, and the kept fraction.</param>
    public sealed record Scored(IReadOnlyList<TokenSequence> Kept, IReadOnlyList<KeyValuePair<string, double>> Metrics) : StageData;
}
