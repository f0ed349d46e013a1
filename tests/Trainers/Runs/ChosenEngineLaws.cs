using RlCore.Engines;
using RlCore.Engines.Managed;
using RlCore.Trainers.Hosting;

namespace RlCore.Trainers.Tests.Runs;

/// <summary>The engine of a program's tasks, and what is said of the one that they could have had.</summary>
public sealed class ChosenEngineLaws
{
    [Theory]
    [InlineData("auto", "--engine torch: found no libtorch; expected one. The managed engine is used instead.")]
    [InlineData("managed")]
    public void An_engine_that_cannot_be_loaded_is_told_of_once_unless_another_was_asked_for(string engine, params string[] told)
    {
        EngineSet engines = new EngineSet().AddManagedEngine();
        engines.Add(new Unloadable());
        var warnings = new List<string>();
        var options = new TrainingOptions { Recipe = "", Engine = new EngineOptions { Engine = engine, Threads = 1 } };
        var chosen = new ChosenEngine(engines, Microsoft.Extensions.Options.Options.Create(options), new EngineNotice(warnings.Add));
        Assert.StartsWith("managed", chosen.Run(new Describe()), StringComparison.Ordinal);
        Assert.StartsWith("managed", chosen.Run(new Describe()), StringComparison.Ordinal);
        Assert.Equal(told, warnings);
    }

    private sealed class Describe : IEngineWork<string>
    {
        public string Run<T>(IEngine<T> engine)
            where T : struct, ITensor<T> => engine.Description;
    }

    private sealed class Unloadable : IEngineProvider
    {
        public string Name => "torch";

        public string Title => "Torch";

        public EngineProblem? Obstacle => null;

        public EngineProblem? LoadProblem => new("--engine torch", "no libtorch", "one");

        public bool IsPreferred => true;

        public IReadOnlyList<string> Options => [];

        public TResult Run<TResult>(EngineOptions options, IEngineWork<TResult> work) => throw new NotSupportedException();
    }
}
