using System.Text.Json;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Checkpoints;

/// <summary>
/// Sequences by name as JSON: <c>{"kept":[[3,5,1,4,2],…]}</c>. The first number of a sequence is the length of its prompt; the
/// others are its tokens.
/// </summary>
internal static class SequenceFile
{
    public const string FileName = "sequences.json";

    public static string Print(IReadOnlyDictionary<string, IReadOnlyList<TokenSequence>> sequences) => JsonSerializer.Serialize(
        sequences.OrderBy(named => named.Key, StringComparer.Ordinal)
            .ToDictionary(named => named.Key, named => named.Value.Select(s => (int[])[s.PromptLength, .. s.Tokens]))) + "\n";

    /// <exception cref="InputException">The file is cut off or damaged.</exception>
    public static IReadOnlyDictionary<string, IReadOnlyList<TokenSequence>> Read(string file)
    {
        var rows = ModelFolder.ReadJson<Dictionary<string, int[][]>>(file, "the sequences that a stage continues with");
        return rows.ToDictionary(
            named => named.Key,
            named => (IReadOnlyList<TokenSequence>)[.. named.Value.Select((row, index) => Sequence(row, $"{named.Key}[{index}]", file))]);
    }

    private static TokenSequence Sequence(int[] row, string path, string file) =>
        row.Length >= 2 && row[0] >= 1 && row[0] < row.Length && Array.TrueForAll(row, number => number >= 0)
            ? new TokenSequence(row[1..], row[0])
            : throw new InputException(new InputProblem(
                file, 0, path, $"[{string.Join(", ", row)}]",
                "the length of a prompt and the tokens of a sequence that begins with it"));
}
