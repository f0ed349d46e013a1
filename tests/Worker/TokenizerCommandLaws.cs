using RlCore.Trainers.Tokenizers;

namespace RlCore.Worker.Tests;

/// <summary>The commands about tokenizers.</summary>
public class TokenizerCommandLaws
{
    private const string Rows = "prompt,completion\nthe theory,of the other\n\"日本語, the\",日本語\n";

    [Fact]
    public async Task A_trained_tokenizer_reads_back_every_text()
    {
        using var session = new Session();
        string folder = session.In("own");
        Ending ending = await TrainAsync(session, "--size", "270", "--output", folder);
        Assert.Equal((0, ""), (ending.ExitCode, ending.Error));
        ITokenizer tokenizer = TokenizerFile.ReadFolder(folder, 0);
        Assert.Equal(268, tokenizer.VocabularySize); // No other pair occurs twice.
        Assert.Equal(0, tokenizer.EndOfSequence);
        Assert.Equal("ถ 日本語 the", tokenizer.Decode(tokenizer.Encode("ถ 日本語 the")));
        Assert.True(tokenizer.Encode(" the").Length < " the".Length);
        Assert.Contains("own: 268 tokens, 11 of them merged, from ", ending.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Equal_data_gives_equal_files_whatever_else_is_in_the_file()
    {
        using var session = new Session();
        session.Write("other.csv", "id,completion,prompt\n1,of the other,the theory\n2,日本語,\"日本語, the\"\n");
        await TrainAsync(session, "--size", "270", "--output", session.In("a"));
        await Session.RunAsync(
            "tokenizer", "train", "--data", session.In("other.csv"), "--size", "270", "--output", session.In("b"), "--quiet");
        foreach (string name in new[] { "tokenizer.json", "tokenizer_config.json" })
        {
            Assert.Equal(File.ReadAllBytes(Path.Combine(session.In("a"), name)), File.ReadAllBytes(Path.Combine(session.In("b"), name)));
        }
    }

    [Fact]
    public async Task Special_tokens_come_first_and_the_first_ends_a_text()
    {
        using var session = new Session();
        await TrainAsync(session, "--size", "300", "--output", session.In("own"), "--special", "<end>", "<turn>");
        ITokenizer tokenizer = TokenizerFile.ReadFolder(session.In("own"), 0);
        Assert.Equal([1, 0], tokenizer.Encode("<turn><end>"));
        Assert.Equal("<turn>", tokenizer.Decode([1, 0]));
    }

    [Theory]
    [InlineData("--size 256", "--size: found 256; expected a number from 257 (the 256 bytes and 1 special)")]
    [InlineData("--size 300 --columns prompt,answer", "column answer")]
    [InlineData("--size 300 --columns prompt,prompt", "a column twice")]
    [InlineData("--size 300 --special <a> <a>", "--special")]
    public async Task What_cannot_be_trained_is_refused_before_anything_is_written(string options, string said)
    {
        using var session = new Session();
        Ending ending = await TrainAsync(session, ["--output", session.In("own"), .. options.Split(' ')]);
        Assert.Equal(2, ending.ExitCode);
        Assert.Contains(said, ending.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(session.In("own"), "tokenizer.json")));
    }

    [Fact]
    public async Task A_tokenizer_is_overwritten_only_by_force()
    {
        using var session = new Session();
        string[] options = ["--size", "300", "--output", session.In("own")];
        Assert.Equal(0, (await TrainAsync(session, options)).ExitCode);
        Ending refused = await TrainAsync(session, options);
        Assert.Equal(2, refused.ExitCode);
        Assert.Contains("--force", refused.Error, StringComparison.Ordinal);
        Assert.Equal(0, (await TrainAsync(session, [.. options, "--force"])).ExitCode);
    }

    private static Task<Ending> TrainAsync(Session session, params string[] options) =>
        Session.RunAsync(["tokenizer", "train", "--data", session.Write("texts.csv", Rows), .. options]);
}
