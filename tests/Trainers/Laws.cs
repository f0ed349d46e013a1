using FsCheck;
using FsCheck.Fluent;

namespace RlCore.Trainers.Tests;

/// <summary>Runs a law over generated cases; a failure shows the smallest case.</summary>
internal static class Laws
{
    public static void Hold<T>(Gen<T> cases, Func<T, bool> law, int count = 1000) =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(count), Prop.ForAll(cases.ToArbitrary(), law));

    public static Gen<string> TextOf(string characters, int longest) =>
        from length in Gen.Choose(0, longest)
        from text in Gen.ArrayOf(Gen.Elements(characters.ToCharArray()), length)
        select new string(text);
}
