using System.Globalization;
using System.Security.Cryptography;
using RlCore.Engines;

namespace RlCore.Processes.Mpi;

/// <summary>How the processes of a run watch each other.</summary>
/// <param name="Token">
/// Random bytes of the run, by which its processes know each other: the one that calls says the first half, the one that answers the other.
/// </param>
/// <param name="Timeout">How long a process may be silent before it counts as lost.</param>
internal sealed record WatchTerms(byte[] Token, TimeSpan Timeout)
{
    /// <summary>The environment variable with the timeout, in seconds.</summary>
    public const string Variable = "RLCORE_PROCESS_TIMEOUT";

    /// <summary>Length of the token.</summary>
    public const int TokenBytes = 32;

    private const int DefaultSeconds = 30;
    private const int LeastSeconds = 2;
    private const int MostSeconds = 86400;

    /// <summary>Terms with a new token.</summary>
    /// <param name="seconds">What the variable says; empty for 30.</param>
    /// <exception cref="ProcessFailedException">It says no such number of seconds.</exception>
    public static WatchTerms Read(string seconds)
    {
        int number = DefaultSeconds;
        if (seconds.Length > 0 && !(int.TryParse(seconds, NumberStyles.None, CultureInfo.InvariantCulture, out number)
            && number is >= LeastSeconds and <= MostSeconds))
        {
            throw new ProcessFailedException(
                -1, $"{Variable}: found \"{seconds}\"; expected a whole number of seconds from {LeastSeconds} to {MostSeconds}");
        }

        return new WatchTerms(RandomNumberGenerator.GetBytes(TokenBytes), TimeSpan.FromSeconds(number));
    }
}
