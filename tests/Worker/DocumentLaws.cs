namespace RlCore.Worker.Tests;

/// <summary>What documents print is what commands print.</summary>
public class DocumentLaws
{
    [Fact]
    public async Task The_memory_table_of_the_GPU_guide_is_the_commands_own()
    {
        string guide = await File.ReadAllTextAsync(
            Path.Combine(ReadmeLaws.Root(), "docs", "gpu.md"),
            TestContext.Current.CancellationToken);
        Ending ending = await Session.RunAsync("memory", "--bf16");
        Assert.Equal(0, ending.ExitCode);
        Assert.Contains(ending.Output.Trim(), guide, StringComparison.Ordinal);
    }
}
