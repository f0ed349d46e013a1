using RlCore.SideBySide;
using RlCore.SideBySide.Cases;
using RlCore.Trainers.Inputs;

namespace RlCore.Interop.Tests.SideBySide;

/// <summary>What bench/SideBySide understands and compares.</summary>
public sealed class BenchOptionsLaws
{
    [Fact]
    public void Every_option_is_read_and_told()
    {
        string[] typed =
        [
            "--cases", "B,D-train-lora,grpo", "--rounds", "9", "--threads", "1,4", "--folder", "models", "--growth", "g.svg",
            "--steady", "50", "--quick",
        ];
        BenchOptions options = BenchOptions.Read(typed);
        Assert.Equal(["B", "D-train-lora", "grpo"], options.Cases);
        Assert.Equal([1, 4], options.Threads);
        Assert.Equal((9, "models", "g.svg", 50), (options.Rounds, options.Folder, options.Growth, options.Steady));
        Assert.True(options.IsQuick);
        string[] named = [.. typed.Where(word => word.StartsWith("--", StringComparison.Ordinal))];
        Assert.All(named, option => Assert.Contains(option, BenchOptions.Help, StringComparison.Ordinal));
        Assert.All(BenchCases.Groups, group => Assert.Contains(group, BenchOptions.Help, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("--cases", "--cases", "B,E")]
    [InlineData("--rounds", "--rounds", "0")]
    [InlineData("--threads", "--threads", "1,two")]
    [InlineData("--threads", "--threads")]
    [InlineData("--case", "--case", "B")]
    public void What_is_no_option_is_refused_by_name(string refused, params string[] typed) =>
        Assert.Equal(refused, Assert.Throws<InputException>(() => BenchOptions.Read(typed)).Problems[0].File);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Every_case_is_found_by_its_name(bool isQuick) =>
        Assert.All(BenchCases.All(isQuick), one => Assert.Equal(one, BenchCases.Find(one.Name, isQuick)));

    // 134,515,008 parameters, of which 61 norms of 576 are no matrices: the model's page.
    [Fact]
    public void SmolLM2_has_the_size_that_is_published() =>
        Assert.Equal(134_515_008 - (61 * 576), ModelShape.D.BlockWeights + ModelShape.D.HeadWeights);
}
