using System.Reflection;

namespace RlCore.Trainers.Rewards;

/// <summary>
/// The process of a program under test: it reads the assembly from its input to the end, calls the parts of the tests one by one, and
/// writes the values that they have. It knows no verdict, and mostly no expected value, so that there is nothing in it to find or to
/// change.
/// </summary>
internal static class TestRunner
{
    /// <summary>The class of the parts.</summary>
    public const string PartsName = "PartsOfTheTests";

    /// <summary>The name of a part: a method that gives the values at each place to its argument.</summary>
    public static string NameOf(int part) => FormattableString.Invariant($"Part{part}");

    /// <summary>Runs a program.</summary>
    /// <param name="input">Its assembly.</param>
    /// <param name="output">Receives the values: <see cref="TestValues"/>.</param>
    public static void Run(Stream input, Stream output)
    {
        var bytes = new MemoryStream();
        input.CopyTo(bytes);
        Type parts = Assembly.Load(bytes.ToArray()).GetType(PartsName, throwOnError: true)!;
        for (int i = 0; parts.GetMethod(NameOf(i), BindingFlags.Static | BindingFlags.Public) is { } method; i++)
        {
            int part = i;
#pragma warning disable CA1031 // Whatever a completion throws, the next part runs.
            try
            {
                method.CreateDelegate<Action<Action<int, Func<object?[]>>>>()((place, values) => Give(output, part, place, values));
            }
            catch (Exception)
            {
                // The places that it would have come to have no values.
            }
#pragma warning restore CA1031
        }

        // Threads of the program may still run.
        output.Flush();
        Environment.Exit(0);
    }

    private static void Give(Stream output, int part, int place, Func<object?[]> values)
    {
#pragma warning disable CA1031 // Whatever a completion throws, or the enumeration of its value, the next value is asked for.
        try
        {
            TestValues.Write(output, part, place, values());
        }
        catch (Exception)
        {
            TestValues.Write(output, part, place, null);
        }
#pragma warning restore CA1031
    }
}
