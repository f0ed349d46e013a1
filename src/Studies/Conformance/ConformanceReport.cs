using System.Globalization;

namespace RlCore.Studies.Conformance;

/// <summary>A field of a file in which the library deliberately differs from the other library.</summary>
/// <param name="File">Name of the file.</param>
/// <param name="Field">The field, nested names joined by " > ".</param>
/// <param name="Reason">What the peer does, and why the library does not.</param>
/// <param name="Law">The law of the specification that shows the library's value to be right.</param>
public sealed record Departure(string File, string Field, string Reason, string Law);

/// <summary>A field of a case that differs from the expected value.</summary>
/// <param name="Case">Index of the case in its file.</param>
/// <param name="Field">The field.</param>
/// <param name="Problem">What is wrong.</param>
public sealed record ConformanceFailure(int Case, string Field, string Problem)
{
    /// <summary>One line.</summary>
    public override string ToString() => $"case {Case}, {Field}: {Problem}";
}

/// <summary>How far a number may be from the expected one: enough that one of the two bounds holds.</summary>
/// <param name="Relative">|x − expected|/|expected| at most.</param>
/// <param name="Absolute">|x − expected| at most.</param>
public readonly record struct Tolerance(double Relative, double Absolute)
{
    /// <summary>What both allow.</summary>
    public Tolerance Or(Tolerance other) => new(Math.Max(Relative, other.Relative), Math.Max(Absolute, other.Absolute));

    /// <summary>Both bounds.</summary>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Relative:0e+00} relative or {Absolute:0e+00} absolute");
}

/// <summary>The outcome of one file.</summary>
/// <param name="Name">Name of the file, without its ending.</param>
/// <param name="Total">Fields compared, over all cases.</param>
/// <param name="Passed">Fields that agree.</param>
/// <param name="Departed">Fields that differ as documented.</param>
/// <param name="WorstRelativeError">Largest relative error of the fields that agree; errors under the absolute tolerance count as
/// 0.</param>
/// <param name="LooseTolerance">The loosest tolerance of a case, if one is looser than the usual.</param>
/// <param name="Failures">Everything else.</param>
public sealed record FileReport(
    string Name,
    int Total,
    int Passed,
    int Departed,
    double WorstRelativeError,
    Tolerance? LooseTolerance,
    IReadOnlyList<ConformanceFailure> Failures)
{
    /// <summary>Whether nothing failed.</summary>
    public bool Succeeded => Failures.Count == 0;

    /// <summary>name: passed/total, departures, worst relative error, and a tolerance of the file's own.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Name}: {Passed}/{Total}, {Departed} departures, worst relative error {WorstRelativeError:0.0e+00}")
        + (LooseTolerance is { } own ? $", compared to {own}" : string.Empty);
}

/// <summary>The outcome of a folder.</summary>
/// <param name="Files">One report per file, by name.</param>
public sealed record ConformanceReport(IReadOnlyList<FileReport> Files)
{
    /// <summary>Files in which nothing failed.</summary>
    public int PassedFiles => Files.Count(file => file.Succeeded);

    /// <summary>Files in which something failed.</summary>
    public int FailedFiles => Files.Count - PassedFiles;

    /// <summary>Whether nothing failed.</summary>
    public bool Succeeded => FailedFiles == 0;

    /// <summary>One line per file with its failures below, and "N passed, N failed" (files) as the last line.</summary>
    public override string ToString() => string.Join(
        '\n',
        Files.SelectMany(file => file.Failures.Select(failure => $"  {failure}").Prepend(file.ToString()))
            .Append($"{PassedFiles} passed, {FailedFiles} failed"));
}
