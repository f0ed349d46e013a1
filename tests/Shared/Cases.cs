using System.Globalization;

namespace RlCore.Tests;

/// <summary>How many generated cases a law is run on.</summary>
internal static class Cases
{
    private static readonly int Wanted =
        int.TryParse(Environment.GetEnvironmentVariable("RLCORE_MAX_TEST"), CultureInfo.InvariantCulture, out int cases) ? cases : 0;

    /// <summary>The usual number of a law, or RLCORE_MAX_TEST where that is more.</summary>
    public static int AtLeast(int usual) => Math.Max(usual, Wanted);
}
