using System.Runtime.CompilerServices;
using Xunit.v3;

namespace RlCore.Properties;

/// <summary>
/// A law: the method is run on generated arguments, and a counterexample is shrunk. It has the shape of FsCheck.Xunit's
/// attribute, so that package can take its place. The environment variable RLCORE_MAX_TEST raises the number of cases of
/// every law.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
[XunitTestCaseDiscoverer(typeof(PropertyDiscoverer))]
public sealed class PropertyAttribute(
    [CallerFilePath] string? sourceFilePath = null,
    [CallerLineNumber] int sourceLineNumber = -1) : FactAttribute(sourceFilePath, sourceLineNumber)
{
    /// <summary>Number of cases.</summary>
    public int MaxTest { get; set; } = 1000;

    /// <summary>Types whose static members give generators, beside <see cref="Domain"/>.</summary>
    public Type[] Arbitrary { get; set; } = [];

    /// <summary>"seed,gamma" or "seed,gamma,size" of a run to repeat.</summary>
    public string Replay { get; set; } = string.Empty;

    /// <summary>Size of the first case.</summary>
    public int StartSize { get; set; } = 1;

    /// <summary>Size of the last case.</summary>
    public int EndSize { get; set; } = 100;
}
