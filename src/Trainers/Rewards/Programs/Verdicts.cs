using System.Globalization;
using System.Reflection;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis.CSharp;

namespace RlCore.Trainers.Rewards;

/// <summary>
/// The verdicts of tests (<see cref="CutTests.Verdicts"/>), compiled and called in a process that loads no completion. Completions of one
/// question mostly have the same, which are compiled once.
/// </summary>
internal sealed class Verdicts
{
    /// <summary>The class of the verdicts.</summary>
    public const string ClassName = "VerdictsOfTheTests";

    /// <summary>Its field with the function that finds values.</summary>
    public const string ValuesName = "Values";

    private const int MostKept = 64;

    private readonly Dictionary<string, Compiled?> _known = new(StringComparer.Ordinal);

    /// <summary>The name of the verdict of a test.</summary>
    public static string NameOf(int test) => string.Create(CultureInfo.InvariantCulture, $"Test{test}");

    /// <summary>Whether a source can be compiled.</summary>
    public bool IsGood(string source) => Find(source) is not null;

    /// <summary>Whether each test holds.</summary>
    /// <param name="source">The source of the verdicts.</param>
    /// <param name="values">The values of the parts.</param>
    public bool[] Of(string source, TestValues values)
    {
        Compiled verdicts = Find(source) ?? throw new InvalidOperationException("The verdicts do not compile.");
        verdicts.Values.SetValue(null, (Func<int, int, Type[], object?[]>)values.Get);
        return [.. verdicts.Tests.Select(Holds)];
    }

    private static bool Holds(Func<bool> test)
    {
#pragma warning disable CA1031 // A test that throws does not hold: a value may be missing, or be none that it can take.
        try
        {
            return test();
        }
        catch (Exception)
        {
            return false;
        }
#pragma warning restore CA1031
    }

    private Compiled? Find(string source)
    {
        if (_known.TryGetValue(source, out Compiled? found))
        {
            return found;
        }

        if (_known.Count >= MostKept)
        {
            foreach (Compiled? one in _known.Values)
            {
                one?.Context.Unload();
            }

            _known.Clear();
        }

        return _known[source] = Compile(source);
    }

    private static Compiled? Compile(string source)
    {
        CSharpCompilation program = ProgramCompiler.Create("verdicts", [ProgramSource.Parse(source), ProgramSource.Usings]);
        using var stream = new MemoryStream();
        if (!program.Emit(stream).Success)
        {
            return null;
        }

        stream.Position = 0;
        var context = new AssemblyLoadContext("verdicts", isCollectible: true);
        Type type = context.LoadFromStream(stream).GetType(ClassName, throwOnError: true)!;
        var tests = new List<Func<bool>>();
        while (type.GetMethod(NameOf(tests.Count), BindingFlags.Static | BindingFlags.Public) is { } method)
        {
            tests.Add(method.CreateDelegate<Func<bool>>());
        }

        return new Compiled(context, type.GetField(ValuesName)!, tests);
    }

    private sealed record Compiled(AssemblyLoadContext Context, FieldInfo Values, List<Func<bool>> Tests);
}
