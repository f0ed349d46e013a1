using System.Text;
using FsCheck.Fluent;
using RlCore.Trainers.Tokenizers;
using RlCore.Trainers.Tokenizers.Pretrained;
using RlCore.Trainers.Tokenizers.Training;

namespace RlCore.Trainers.Tests.Tokenizers.Pretrained;

public class BytePairTrainingLaws
{
    private static readonly FsCheck.Gen<string[]> SomeTexts =
        from count in Gen.Choose(1, 6)
        from texts in Gen.ArrayOf(Laws.TextOf("aabbc 1日", 25), count)
        select texts;

    [Fact]
    public void Merges_are_those_of_counting_every_pair_anew() => Laws.Hold(
        SomeTexts, texts => Show(Learn(texts, 290)).SequenceEqual(Show(Recount(texts, 290))), 300);

    [Fact]
    public void The_order_of_the_texts_does_not_matter() => Laws.Hold(
        SomeTexts, texts => Show(Learn(texts, 290)).SequenceEqual(Show(Learn([.. texts.Reverse()], 290))), 300);

    [Fact]
    public void What_was_trained_encodes_by_its_merges() => Laws.Hold(
        SomeTexts,
        texts =>
        {
            IReadOnlyList<(byte[] Left, byte[] Right)> merges = Learn(texts, 290);
            PretrainedTokenizer tokenizer = PretrainedTokenizer.Parse(BytePairFiles.Write(merges, ["<|endoftext|>"]), "trained");
            return texts.All(text => ((ITokenizer)tokenizer).Encode(text).Select(id => tokenizer.Decode((ReadOnlySpan<int>)[id]))
                .SequenceEqual(Words(text).SelectMany(word => MergeAll(word, merges)).Select(Encoding.UTF8.GetString)));
        },
        200);

    [Fact]
    public void A_pair_that_occurs_once_is_not_merged()
    {
        Assert.Empty(Learn(["abcdefg"], 400));
        Assert.Equal(["a b"], Show(Learn(["ab", "xy ab".Replace(" ", "", StringComparison.Ordinal)], 400)));
    }

    [Fact]
    public void A_special_token_that_merges_make_is_one_token()
    {
        PretrainedTokenizer tokenizer = PretrainedTokenizer.Parse(
            BytePairFiles.Write(Learn(["ab ab ab"], 400), ["<|endoftext|>", "ab"]), "trained");
        Assert.Equal([1], ((ITokenizer)tokenizer).Encode("ab"));
    }

    private static IReadOnlyList<(byte[] Left, byte[] Right)> Learn(string[] texts, int size)
    {
        var training = new BytePairTraining();
        foreach (string text in texts)
        {
            training.Add(text);
        }

        return training.Learn(size, null, CancellationToken.None);
    }

    // Counts all pairs of all words for every merge; ids are those of the order of learning.
    private static List<(byte[] Left, byte[] Right)> Recount(string[] texts, int size)
    {
        List<List<int>> words =
            [.. texts.SelectMany(Words).Select(word => Encoding.UTF8.GetBytes(word).Select(value => (int)value).ToList())];
        var tokens = Enumerable.Range(0, 256).Select(value => (byte[])[(byte)value]).ToList();
        var merges = new List<(byte[], byte[])>();
        while (tokens.Count < size)
        {
            var best = words.SelectMany(word => word.Zip(word.Skip(1))).GroupBy(pair => pair).Where(group => group.Count() > 1)
                .OrderByDescending(group => group.Count()).ThenBy(group => group.Key.First).ThenBy(group => group.Key.Second)
                .FirstOrDefault();
            if (best is null)
            {
                break;
            }

            merges.Add((tokens[best.Key.First], tokens[best.Key.Second]));
            foreach (List<int> word in words)
            {
                for (int i = 0; i + 1 < word.Count; i++)
                {
                    if ((word[i], word[i + 1]) == best.Key)
                    {
                        word[i] = tokens.Count;
                        word.RemoveAt(i + 1);
                    }
                }
            }

            tokens.Add([.. tokens[best.Key.First], .. tokens[best.Key.Second]]);
        }

        return merges;
    }

    private static IEnumerable<string> Words(string text)
    {
        var splitter = new Gpt2Splitter();
        for (int start = 0, end; start < text.Length; start = end)
        {
            end = splitter.End(text, start);
            yield return text[start..end];
        }
    }

    // The definition: each merge in its order, wherever it applies.
    private static List<byte[]> MergeAll(string word, IReadOnlyList<(byte[] Left, byte[] Right)> merges)
    {
        List<byte[]> parts = [.. Encoding.UTF8.GetBytes(word).Select(value => (byte[])[value])];
        foreach ((byte[] left, byte[] right) in merges)
        {
            for (int i = 0; i + 1 < parts.Count; i++)
            {
                if (parts[i].AsSpan().SequenceEqual(left) && parts[i + 1].AsSpan().SequenceEqual(right))
                {
                    parts[i] = [.. left, .. right];
                    parts.RemoveAt(i + 1);
                }
            }
        }

        return parts;
    }

    private static IEnumerable<string> Show(IEnumerable<(byte[] Left, byte[] Right)> merges) =>
        merges.Select(merge => $"{Encoding.Latin1.GetString(merge.Left)} {Encoding.Latin1.GetString(merge.Right)}");
}
