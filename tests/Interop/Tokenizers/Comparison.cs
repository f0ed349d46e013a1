using RlCore.Trainers.Tokenizers;
using RlCore.Trainers.Tokenizers.Pretrained;
using Oracle = Tokenizers.DotNet.Tokenizer;

namespace RlCore.Interop.Tests.Tokenizers;

/// <summary>Compares a tokenizer with Hugging Face's own library, which reads the same file.</summary>
internal static class Comparison
{
    /// <summary>Asserts that ids and decoded texts are equal, for each text.</summary>
    public static void Run(string name, string folder, int random)
    {
        var own = Assert.IsType<PretrainedTokenizer>(TokenizerFile.ReadFolder(folder, 0));
        using var oracle = new Oracle(Path.Combine(folder, TokenizerFile.FileName));
        string[] special = [.. own.AddedTokens];
        int seed = 20261128;
        foreach (string text in Corpus.Texts(seed, random, special))
        {
            uint[] wanted = oracle.Encode(Corpus.WithoutLoneSurrogates(text));
            int[] ids = [.. own.Beginning, .. ((ITokenizer)own).Encode(text)];
            Assert.True(
                wanted.Select(id => (int)id).SequenceEqual(ids),
                $"{name}: \"{Escape(text)}\" is {string.Join(' ', wanted)}, but was {string.Join(' ', ids)}.");
            string decoded = oracle.Decode(wanted);
            string read = own.Decode(ids, own.SpecialTokens);
            Assert.True(decoded == read, $"{name}: \"{Escape(text)}\" reads back as \"{Escape(decoded)}\", but did as \"{Escape(read)}\".");
        }
    }

    private static string Escape(string text) =>
        string.Concat(text.Select(unit => unit is >= ' ' and <= '~' ? unit.ToString() : $"\\u{(int)unit:X4}"));
}
