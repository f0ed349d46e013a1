using RlCore.Engines;
using RlCore.Engines.Managed;
using RlCore.Trainers.Hosting;
using RlCore.Trainers.Inputs;

namespace RlCore.Trainers.Tests.Processes;

/// <summary>What a process that a launcher has started tells the user.</summary>
public class LaunchedLaws
{
    private const string Told = "process 0 of 2 is gone";

    [Fact]
    public void Warnings_of_the_group_are_told_once()
    {
        using TemporaryFolder folder = SharedRuns.Prepare();
        (int code, string error) = Run(folder, new Group(0, 1) { Warnings = ["the network is slow"] });
        Assert.True(code == ExitCodes.Done, error);
        Assert.Single(error.Split('\n'), line => line.Trim() == "warning: the network is slow");
    }

    [Theory]
    [InlineData(0, false, true)]
    [InlineData(1, false, false)]
    [InlineData(1, true, true)]
    public void A_loss_is_told_by_the_first_process_or_by_the_one_that_is_to_tell_it(int rank, bool isToldHere, bool isTold)
    {
        using TemporaryFolder folder = SharedRuns.Prepare();
        var loss = new ProcessFailedException(1 - rank, Told) { IsToldHere = isToldHere };
        (int code, string error) = Run(folder, new Group(rank, 2) { Loss = loss });
        Assert.Equal(ExitCodes.Failed, code);
        Assert.Equal(isTold ? $"error: {Told}" : "", error.Trim());
    }

    [Fact]
    public void A_process_that_another_one_speaks_for_does_not_tell_its_own_failures()
    {
        using TemporaryFolder folder = SharedRuns.Prepare();
        (int code, string error) = Run(folder, new Group(1, 2) { Loss = new InputException(new InputProblem("a", 0, "", "b", "c")) });
        Assert.Equal((ExitCodes.BadInput, ""), (code, error));
    }

    private static (int Code, string Error) Run(TemporaryFolder folder, Group group)
    {
        string recipe = folder.Write("recipe.json", """
            {
              "characters": "abc;",
              "model": { "layers": 1, "width": 8, "heads": 2, "context": 16 },
              "stages": [{ "type": "sft", "data": "sft.csv", "batchSize": 2, "steps": 1 }]
            }
            """);
        using var error = new StringWriter();
        TrainingProgram program = new TrainingProgram { Output = TextWriter.Null, Error = error }.AddManagedEngine();
        program.Add(new Launcher(group));
        return (program.Run([recipe, "--output", folder.In("run")]), error.ToString());
    }

    private sealed class Launcher(Group group) : IProcessGroupProvider
    {
        public string Title => "a test";

        public bool IsLaunched => true;

        public int LaunchedRank => group.Rank;

        public IProcessGroup Join() => group;
    }

    private sealed class Group(int rank, int size) : IProcessGroup
    {
        public int Rank => rank;

        public int Size => size;

        public IReadOnlyList<string> Warnings { get; init; } = [];

        public Exception? Loss { get; init; }

        public void Exchange(int partner, ReadOnlySpan<byte> sent, Span<byte> received) => throw Loss!;

        public void Fail(string message)
        {
        }

        public void Dispose()
        {
        }
    }
}
