namespace RlCore.Algebra;

/// <summary>What is sorted over a step, so that equal ranks are compared (AOT).</summary>
public enum RankMatching
{
    /// <summary>Nothing: each pair is compared as it is.</summary>
    None,

    /// <summary>Margins: the policy's margin of some rank with the reference's of that rank.</summary>
    Margins,

    /// <summary>Scores: the chosen completion of some rank with the rejected one of that rank.</summary>
    Scores,
}
