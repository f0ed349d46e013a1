using RlCore.Trainers.Tests;

namespace RlCore.Worker.Tests;

public class ExportCommandLaws
{
    [Fact]
    public async Task A_pretrained_model_becomes_a_file_for_llama_cpp()
    {
        string model = TestModels.Require("stories260K");
        using var session = new Session();
        string file = session.In("stories.gguf");
        Ending ending = await Session.RunAsync("export", "--model", model, "--gguf", file, "--type", "q8_0");
        Assert.Equal((0, ""), (ending.ExitCode, ending.Error));
        Assert.Contains($"{file}: llama, 260,032 parameters in 47 tensors, q8_0, 0.3 MB", ending.Output, StringComparison.Ordinal);
        Assert.Contains($"try next: llama-cli -m {file}", ending.Output, StringComparison.Ordinal);
        Assert.Equal("GGUF"u8.ToArray(), File.ReadAllBytes(file)[..4]);
    }

    [Fact]
    public async Task A_type_that_does_not_exist_is_refused_with_those_that_do()
    {
        using var session = new Session();
        Ending ending = await Session.RunAsync("export", "--model", session.Path, "--gguf", session.In("m.gguf"), "--type", "q4");
        Assert.Equal(2, ending.ExitCode);
        Assert.Contains("--type: found \"q4\"; expected f32, f16, bf16, q8_0.", ending.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(session.In("m.gguf")));
    }

    [Fact]
    public async Task A_model_with_a_tokenizer_of_characters_is_refused()
    {
        using var session = new Session();
        Assert.Equal(0, (await session.TrainAsync("--quiet")).ExitCode);
        Ending ending = await Session.RunAsync("export", "--model", session.Out, "--gguf", session.In("m.gguf"));
        Assert.Equal(2, ending.ExitCode);
        Assert.Contains("expected a model in Hugging Face's layout", ending.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(session.In("m.gguf")));
    }
}
