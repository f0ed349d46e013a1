using System.Globalization;
using RlCore.Trainers.Inputs;

namespace RlCore.Worker.Commands;

/// <summary>Checks the ranges of options.</summary>
internal static class OptionChecks
{
    private const int LargestPort = 65535;

    /// <summary>The check of a server's port.</summary>
    /// <param name="port">The port; null for none given.</param>
    public static (string Option, object Found, bool Accepted, string Expected) Port(int? port) =>
        ("--port", port ?? 0, port is null or (>= 0 and <= LargestPort), $"a whole number from 0 to {LargestPort}");

    /// <summary>Rejects every option that is out of range.</summary>
    /// <exception cref="InputException">Some options are out of range; all of them are listed.</exception>
    public static void Require(params (string Option, object Found, bool Accepted, string Expected)[] checks)
    {
        InputProblem[] problems =
        [
            .. checks.Where(check => !check.Accepted)
                .Select(check => new InputProblem(
                    check.Option,
                    0,
                    "",
                    Convert.ToString(check.Found, CultureInfo.InvariantCulture) ?? "",
                    check.Expected)),
        ];
        if (problems.Length > 0)
        {
            throw new InputException(problems);
        }
    }
}
