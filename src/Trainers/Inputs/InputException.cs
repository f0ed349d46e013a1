using System.Globalization;

namespace RlCore.Trainers.Inputs;

/// <summary>The user's input cannot be used. Contains every problem found, not only the first.</summary>
public sealed class InputException : Exception
{
    /// <summary>Maximum number of problems that are listed individually.</summary>
    public const int MostListed = 20;

    /// <summary>Creates an exception for one problem.</summary>
    /// <param name="problem">The problem.</param>
    public InputException(InputProblem problem)
        : this([problem])
    {
    }

    /// <summary>Creates an exception for all problems of an input.</summary>
    /// <param name="problems">The problems, in the order of the input; at least one.</param>
    public InputException(IReadOnlyList<InputProblem> problems)
        : base(Print(problems)) => Problems = problems;

    /// <summary>All problems.</summary>
    public IReadOnlyList<InputProblem> Problems { get; }

    private static string Print(IReadOnlyList<InputProblem> problems)
    {
        if (problems.Count == 0)
        {
            throw new ArgumentException("An input exception needs at least one problem.", nameof(problems));
        }

        var lines = problems.Take(MostListed).Select(problem => problem.ToString());
        return string.Join('\n', problems.Count > MostListed
            ? lines.Append(string.Create(CultureInfo.InvariantCulture, $"and {problems.Count - MostListed} more."))
            : lines);
    }
}
