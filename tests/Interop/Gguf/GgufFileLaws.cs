using LLama.Native;
using RlCore.Trainers.Export;
using RlCore.Trainers.Files;

namespace RlCore.Interop.Tests.Gguf;

/// <summary>What is in exported files.</summary>
public sealed class GgufFileLaws
{
    private static SmallModel Qwen2 => SmallModel.All.Single(model => model.Name == "qwen2");

    [Theory]
    [InlineData("f16", LLamaFtype.MOSTLY_F16)]
    [InlineData("q8_0", LLamaFtype.MOSTLY_Q8_0)]
    public void Narrow_numbers_are_bit_for_bit_those_of_llama_cpp(string name, LLamaFtype type)
    {
        LlamaCpp.Require();
        using var folder = new TemporaryFolder();
        string model = Qwen2.Write(folder.In("qwen2"));
        GgufExport.Write(model, folder.In("f32.gguf"), GgufType.F32);
        LLamaModelQuantizeParams how = LLamaModelQuantizeParams.Default();
        how.ftype = type;
        how.nthread = 1;
        Assert.Equal(0u, NativeApi.llama_model_quantize(folder.In("f32.gguf"), folder.In("theirs.gguf"), ref how));
        Assert.True(GgufTypes.TryFind(name, out GgufType? own));
        GgufExport.Write(model, folder.In("ours.gguf"), own.Value);

        GgufContent theirs = GgufContent.Open(folder.In("theirs.gguf"));
        GgufContent ours = GgufContent.Open(folder.In("ours.gguf"));
        Assert.Equal(theirs.Metadata["general.file_type"], ours.Metadata["general.file_type"]);
        byte[] theirBytes = File.ReadAllBytes(folder.In("theirs.gguf"));
        byte[] ourBytes = File.ReadAllBytes(folder.In("ours.gguf"));
        foreach (var (expected, found) in theirs.Tensors.OrderBy(tensor => tensor.Name).Zip(ours.Tensors.OrderBy(tensor => tensor.Name)))
        {
            Assert.Equal((expected.Name, $"{expected}"), (found.Name, $"{found}"));
            Assert.True(BytesOf(expected, theirBytes).SequenceEqual(BytesOf(found, ourBytes)), found.Name);
        }

        Assert.Equal(theirs.Tensors.Count, ours.Tensors.Count);
    }

    [Fact]
    public void Rows_that_are_no_whole_blocks_have_16_bits_and_vectors_32()
    {
        using var folder = new TemporaryFolder();
        GgufExport.Write(TestModels.Require("stories260K"), folder.In("model.gguf"), GgufType.Q80);
        var types = GgufContent.Open(folder.In("model.gguf")).Tensors.ToDictionary(tensor => tensor.Name, tensor => tensor.Encoding.Name);
        Assert.Equal("F16", types["blk.0.ffn_down.weight"]);
        Assert.Equal("Q8_0", types["blk.0.ffn_up.weight"]);
        Assert.Equal("F32", types["blk.0.attn_norm.weight"]);
    }

    [Fact]
    public void Rows_of_the_embedding_without_a_token_are_unused_tokens()
    {
        using var folder = new TemporaryFolder();
        GgufExport.Write(Qwen2.Write(folder.In("qwen2")), folder.In("model.gguf"), GgufType.F32);
        GgufContent file = GgufContent.Open(folder.In("model.gguf"));
        var tokens = (string[])file.Metadata["tokenizer.ggml.tokens"];
        var kinds = (int[])file.Metadata["tokenizer.ggml.token_type"];
        Assert.Equal(file.Tensors.Single(tensor => tensor.Name == "token_embd.weight").Shape[0], tokens.Length);
        Assert.Equal(tokens.Length, tokens.Distinct().Count());
        Assert.Equal($"[PAD{tokens.Length - 1}]", tokens[^1]);
        Assert.Equal((int)TokenKind.Unused, kinds[^1]);
    }

    private static Span<byte> BytesOf(GgufEntry tensor, byte[] file) => file.AsSpan((int)tensor.Begin, (int)tensor.Bytes);

    [Fact]
    public void Equal_models_are_equal_files()
    {
        using var folder = new TemporaryFolder();
        string model = Qwen2.Write(folder.In("qwen2"));
        GgufExport.Write(model, folder.In("first.gguf"), GgufType.BF16);
        GgufExport.Write(model, folder.In("second.gguf"), GgufType.BF16);
        Assert.Equal(File.ReadAllBytes(folder.In("first.gguf")), File.ReadAllBytes(folder.In("second.gguf")));
    }

    [Fact]
    public void Any_piece_of_interleaved_rows_is_that_of_the_whole()
    {
        const int Size = 6;
        const int Columns = 5;
        var rows = new SafetensorsTensor([4 * Size, Columns], [.. Enumerable.Range(0, 4 * Size * Columns).Select(i => (float)i)]);
        var interleaved = new InterleavedRows(rows, Size);
        float[] whole = interleaved.ToArray();
        for (int head = 0; head < 4; head++)
        {
            for (int pair = 0; pair < Size / 2; pair++)
            {
                int row = (head * Size) + (2 * pair);
                Assert.Equal((((head * Size) + pair) * Columns) + 1, whole[(row * Columns) + 1]);
                Assert.Equal((((head * Size) + pair + (Size / 2)) * Columns) + 1, whole[((row + 1) * Columns) + 1]);
            }
        }

        for (int first = 0; first < whole.Length; first += 7)
        {
            var piece = new float[Math.Min(23, whole.Length - first)];
            interleaved.Read(first, piece);
            Assert.Equal(whole[first..(first + piece.Length)], piece);
        }
    }
}
