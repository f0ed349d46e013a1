using FsCheck;
using FsCheck.Fluent;
using Microsoft.FSharp.Core;

namespace RlCore.Trainers.Tests;

/// <summary>Runs a law over generated cases; a failure shows the smallest case.</summary>
internal static class Laws
{
    public static void Hold<T>(Gen<T> cases, Func<T, bool> law, int count = 1000) =>
        Check.One(
            Config.QuickThrowOnFailure.WithMaxTest(Cases.AtLeast(count)),
            Prop.ForAll(Arb.From(cases, found => Simpler(cases, found)), law));

    public static Gen<string> TextOf(string characters, int longest) =>
        from length in Gen.Choose(0, longest)
        from text in Gen.ArrayOf(Gen.Elements(characters.ToCharArray()), length)
        select new string(text);

    // Simpler cases come from the same generator, so a shrunk case is one that it can draw: no fraction over zero, no two
    // arrays of different lengths. Small sizes come first.
    private static IEnumerable<T> Simpler<T>(Gen<T> cases, T found)
    {
        string text = Text(found);
        int[] sizes = [0, 1, 2, 5, 10, 20, 50, 100];
        return sizes.SelectMany(size => cases.Sample(250, size)).Where(other => IsShorter(Text(other), text));
    }

    private static bool IsShorter(string text, string than) =>
        text.Length < than.Length || (text.Length == than.Length && string.CompareOrdinal(text, than) < 0);

    // As FsCheck shows it.
    private static string Text<T>(T value) => ExtraTopLevelOperators
        .PrintFormatToString(new PrintfFormat<FSharpFunc<T, string>, Unit, string, string, T>("%A")).Invoke(value);
}
