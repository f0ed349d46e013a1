namespace RlCore.Algebra;

/// <summary>
/// A problem for a <see cref="SearchStrategy"/>: thoughts that grow step by step until they are final. A strategy asks for several things
/// at a time, also of different searches, so that they can be computed together.
/// </summary>
/// <typeparam name="TThought">
/// An immutable thought: what has been written so far. Equal thoughts are one where a strategy asks for different ones.
/// </typeparam>
public interface ISearchProblem<TThought>
{
    /// <summary>
    /// The most tokens that one continuation of a thought may take. What a step takes comes off what its end may take: of a continuation
    /// with t tokens, the end takes at most <c>MostToDraw(thought, End) − t</c>.
    /// </summary>
    /// <param name="thought">A thought that is not final.</param>
    /// <param name="reach">How far it is continued.</param>
    int MostToDraw(TThought thought, SearchReach reach);

    /// <summary>Continues thoughts.</summary>
    /// <param name="asked">Thoughts that are not final.</param>
    /// <returns>
    /// For each, at most as many continuations as are asked for; none if there is none. The same request gives the same continuations.
    /// </returns>
    IReadOnlyList<IReadOnlyList<Continuation<TThought>>> Expand(IReadOnlyList<Expansion<TThought>> asked);

    /// <summary>The tokens that have to be read to score a thought.</summary>
    /// <param name="known">A thought before it that has been scored, or the root, which every search reads once and does not count.</param>
    /// <param name="thought">The thought.</param>
    int ToScore(TThought known, TThought thought);

    /// <summary>How good thoughts are, in [0, 1]: such as the probability that a right answer follows.</summary>
    /// <param name="thoughts">The thoughts, final or not.</param>
    /// <returns>One score a thought. The same thought has the same score.</returns>
    IReadOnlyList<double> Score(IReadOnlyList<TThought> thoughts);

    /// <summary>Whether a thought is complete.</summary>
    /// <param name="thought">The thought.</param>
    bool IsFinal(TThought thought);

    /// <summary>The answer of a final thought in canonical form; empty if it has none, in which case it casts no vote.</summary>
    /// <param name="thought">The thought.</param>
    string Answer(TThought thought);
}

/// <summary>A problem whose complete thoughts can be criticized and written anew, for <see cref="SelfRefinement"/>.</summary>
/// <typeparam name="TThought">An immutable thought.</typeparam>
public interface IRevisingProblem<TThought> : ISearchProblem<TThought>
{
    /// <summary>The beginning of a critique of a draft, which is continued to its end.</summary>
    /// <param name="draft">A final thought.</param>
    /// <param name="critique">The beginning, if critiques are written.</param>
    bool TryCriticize(TThought draft, out TThought critique);

    /// <summary>The beginning of a new answer that has the draft, and what was said of it, before its eyes.</summary>
    /// <param name="draft">A final thought.</param>
    /// <param name="critique">The critique; the draft itself if none is written.</param>
    TThought Revise(TThought draft, TThought critique);
}

/// <summary>A problem whose thoughts can be merged into one, for <see cref="GraphOfThoughts"/>.</summary>
/// <typeparam name="TThought">An immutable thought.</typeparam>
public interface IMergingProblem<TThought> : ISearchProblem<TThought>
{
    /// <summary>The beginning of a thought that has several others before its eyes.</summary>
    /// <param name="parts">At least two thoughts that are not final, the best first.</param>
    TThought Merge(IReadOnlyList<TThought> parts);
}

/// <summary>A problem whose thoughts can be made longer or shorter, for <see cref="BudgetForcing"/>.</summary>
/// <typeparam name="TThought">An immutable thought.</typeparam>
public interface IForcingProblem<TThought> : ISearchProblem<TThought>
{
    /// <summary>The tokens of thinking in a thought, without those of its answer.</summary>
    /// <param name="thought">The thought.</param>
    int Length(TThought thought);

    /// <summary>A final thought without its ending and answer, which a given word such as "Wait" continues.</summary>
    /// <param name="thought">A final thought.</param>
    TThought Reopen(TThought thought);

    /// <summary>A thought whose thinking is ended, so that the answer follows.</summary>
    /// <param name="thought">A thought that is not final.</param>
    TThought Close(TThought thought);
}

/// <summary>How far a thought is continued.</summary>
public enum SearchReach
{
    /// <summary>By one step.</summary>
    Step,

    /// <summary>To its end, as far as the tokens of a thought reach.</summary>
    End,
}

/// <summary>A wish for continuations of a thought.</summary>
/// <param name="Thought">The thought, which is not final.</param>
/// <param name="Count">How many, at least 1.</param>
/// <param name="Reach">How far.</param>
/// <param name="FirstDraw">
/// Number of the first continuation among all that the search draws; the others follow. Random numbers are addressed by it.
/// </param>
/// <typeparam name="TThought">The thought.</typeparam>
public sealed record Expansion<TThought>(TThought Thought, int Count, SearchReach Reach, int FirstDraw);

/// <summary>A continuation of a thought.</summary>
/// <param name="Thought">The thought with what was added.</param>
/// <param name="Prior">
/// Its weight among the continuations of the same thought, positive: the probability where all are listed, 1 where they are drawn (draws
/// are already as frequent as they are probable).
/// </param>
/// <param name="Tokens">Tokens that it took.</param>
/// <typeparam name="TThought">The thought.</typeparam>
public sealed record Continuation<TThought>(TThought Thought, double Prior, int Tokens);
