using System.Text;
using RlCore.Trainers.Sequences;

namespace RlCore.Trainers.Rollouts;

/// <summary>Drawn completions as bytes, for other processes.</summary>
internal static class CompletionBytes
{
    /// <summary>Writes completions.</summary>
    /// <param name="drawn">The completions.</param>
    public static byte[] Of(IReadOnlyList<SampledCompletion> drawn)
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes, Encoding.UTF8);
        writer.Write(drawn.Count);
        foreach (SampledCompletion completion in drawn)
        {
            writer.Write(completion.Sequence.PromptLength);
            writer.Write(completion.Sequence.Tokens.Length);
            Array.ForEach(completion.Sequence.Tokens, writer.Write);
            writer.Write(completion.LogProbs.Length);
            Array.ForEach(completion.LogProbs, writer.Write);
            writer.Write(completion.Ended);
        }

        writer.Flush();
        return bytes.ToArray();
    }

    /// <summary>Reads completions.</summary>
    /// <param name="bytes">Made by <see cref="Of"/>.</param>
    public static IEnumerable<SampledCompletion> Read(byte[] bytes)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes), Encoding.UTF8);
        int count = reader.ReadInt32();
        for (int i = 0; i < count; i++)
        {
            int prompt = reader.ReadInt32();
            int[] tokens = [.. Enumerable.Range(0, reader.ReadInt32()).Select(_ => reader.ReadInt32())];
            float[] logProbs = [.. Enumerable.Range(0, reader.ReadInt32()).Select(_ => reader.ReadSingle())];
            yield return new SampledCompletion(new TokenSequence(tokens, prompt), logProbs, reader.ReadBoolean());
        }
    }
}
