using RlCore.Trainers.Export;
using RlCore.Trainers.Files;

namespace RlCore.Worker.Tests;

public class InspectCommandLaws
{
    [Fact]
    public async Task A_count_of_one_is_singular()
    {
        using var session = new Session();
        Assert.Equal(0, (await session.TrainAsync("--quiet")).ExitCode);
        Ending ending = await Session.RunAsync("inspect", session.Out);
        Assert.Equal((0, ""), (ending.ExitCode, ending.Error));
        Assert.Contains(" 1 layer, width 8, MLP 32, context 8", ending.Output, StringComparison.Ordinal);
        Assert.Contains(" 2 heads of 4 over 2 key and value heads", ending.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model.gguf")]
    [InlineData("sha256-0123")]
    public async Task A_gguf_file_shows_its_metadata_and_its_tensors(string name)
    {
        using var session = new Session();
        WriteGguf(session.In(name));
        Ending ending = await Session.RunAsync("inspect", session.In(name));
        Assert.Equal((0, ""), (ending.ExitCode, ending.Error));
        string[] lines = ending.Output.ReplaceLineEndings("\n").TrimEnd().Split('\n');
        Assert.Equal(
            [
                "metadata",
                "  general.name                               \"a⏎b\"",
                "  general.count                              1",
                "  general.flag                               true",
                "  general.list                               5 items: \"a\", \"b\", \"c\", \"d\", …",
                "  general.one                                1 item: 0.5",
                "",
                "1 tensor of 64 parameters",
                "  token_embd.weight                Q8_0 [2, 32]                 68 bytes",
            ],
            lines);
    }

    [Fact]
    public async Task A_gguf_file_that_is_cut_off_is_refused()
    {
        using var session = new Session();
        string file = session.In("model.gguf");
        WriteGguf(file);
        File.WriteAllBytes(file, File.ReadAllBytes(file)[..^40]);
        Ending ending = await Session.RunAsync("inspect", file);
        Assert.Equal(2, ending.ExitCode);
        Assert.Contains("the file is cut off or damaged", ending.Error, StringComparison.Ordinal);
        Ending text = await Session.RunAsync("inspect", file, "--tokenize", "a");
        Assert.Contains("expected a model's folder", text.Error, StringComparison.Ordinal);
    }

    private static void WriteGguf(string file)
    {
        var metadata = new GgufMetadata();
        metadata.Add("general.name", "a\nb");
        metadata.Add("general.count", 1);
        metadata.Add("general.flag", true);
        metadata.Add("general.list", ["a", "b", "c", "d", "e"]);
        metadata.Add("general.one", (float[])[0.5f]);
        using FileStream stream = File.Create(file);
        var tensor = new GgufTensor("token_embd.weight", new SafetensorsTensor([2, 32], new float[64]), GgufType.Q80, "");
        GgufFile.Write(stream, metadata, [tensor], "", null);
    }
}
