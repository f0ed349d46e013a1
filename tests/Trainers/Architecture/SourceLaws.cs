namespace RlCore.Trainers.Tests.Architecture;

/// <summary>What holds of every source file.</summary>
public sealed class SourceLaws
{
    private const int MostColumns = 140;

    private static readonly string[] Parts = ["src", "tests", "samples", "bench", "data"];

    [Fact]
    public void Source_lines_fit_in_140_columns() => Assert.Equal([], Sources().SelectMany(LongLines));

    [Fact]
    public void Every_part_of_the_repository_has_sources_to_check() => Assert.All(
        Parts,
        part => Assert.Contains(Sources(), file => file.StartsWith($"{part}/", StringComparison.Ordinal)));

    // Relative paths of the files that people write: build outputs and generated code are left out.
    private static IEnumerable<string> Sources() =>
        from part in Parts
        from file in Directory.EnumerateFiles(Path.Combine(Repository.Root, part), "*.*s", SearchOption.AllDirectories)
        where Path.GetExtension(file) is ".cs" or ".fs"
        let path = Path.GetRelativePath(Repository.Root, file).Replace('\\', '/')
        where !path.Split('/').Any(folder => folder is "bin" or "obj") && !path.EndsWith(".g.cs", StringComparison.Ordinal)
        select path;

    private static IEnumerable<string> LongLines(string path) =>
        File.ReadLines(Path.Combine(Repository.Root, path))
            .Select((line, index) => (line.Length, Place: $"{path}:{index + 1}"))
            .Where(line => line.Length > MostColumns)
            .Select(line => line.Place);
}
