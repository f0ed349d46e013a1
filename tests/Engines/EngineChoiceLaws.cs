using RlCore.Engines.Managed;

namespace RlCore.Engines.Tests;

/// <summary>Which engine the options choose, and what is refused.</summary>
public sealed class EngineChoiceLaws
{
    private static readonly string[] Both = [EngineOptions.DeviceOption, EngineOptions.BFloat16Option];

    [Theory]
    [InlineData(false, "auto", "", "managed")]
    [InlineData(true, "auto", "", "torch")]
    [InlineData(true, "managed", "", "managed")]
    [InlineData(false, "Torch", "", "torch")]
    [InlineData(false, "auto", "cpu", "torch")]
    public void Auto_takes_the_preferred_engine_of_those_that_read_every_option(bool gpu, string engine, string device, string expected)
    {
        EngineSet engines = With(new Fake("torch", Both) { IsPreferred = gpu });
        Assert.Equal(expected, engines.Choose(new EngineOptions { Engine = engine, Device = device }).Name);
    }

    [Fact]
    public void An_option_that_one_engine_reads_does_not_ask_whether_it_is_preferred()
    {
        EngineSet engines = With(
            new Fake("torch", Both) { Asked = () => throw new InvalidOperationException("libtorch was loaded too early") });
        Assert.Equal("torch", engines.Choose(new EngineOptions { Device = "cpu" }).Name);
    }

    [Theory]
    [InlineData("auto", "", "managed", true)]
    [InlineData("torch", "", "torch", false)]
    [InlineData("managed", "", "managed", false)]
    [InlineData("auto", "cpu", "torch", false)]
    public void Auto_passes_over_what_cannot_be_loaded_where_it_has_another(string engine, string device, string expected, bool passes)
    {
        var problem = new EngineProblem("--engine torch", "no libtorch", "one");
        EngineSet engines = With(
            new Fake("torch", Both) { IsPreferred = true, LoadProblem = problem }, new Fake("spare", []) { IsPreferred = false });
        var options = new EngineOptions { Engine = engine, Device = device };
        Assert.Equal(expected, engines.Choose(options).Name);
        Assert.Equal(passes ? [problem] : [], engines.PassedOver(options));
    }

    [Fact]
    public void An_engine_added_first_that_cannot_be_loaded_is_not_the_default_either()
    {
        var engines = new EngineSet();
        engines.Add(new Fake("torch", Both) { LoadProblem = new EngineProblem("--engine torch", "no libtorch", "one") });
        Assert.Equal("managed", engines.AddManagedEngine().Choose(new EngineOptions()).Name);
    }

    [Fact]
    public void Every_option_that_the_chosen_engine_does_not_read_is_refused()
    {
        EngineSet engines = With(new Fake("torch", Both));
        var refused = Assert.Throws<EngineException>(
            () => engines.Choose(new EngineOptions { Engine = "managed", Device = "cpu", Tf32 = true }));
        Assert.Equal(
            "--device: found an option of the Fake engine; expected no such option with --engine managed.\n"
            + "--tf32: found an option that no registered engine reads; expected no such option with --engine managed.",
            refused.Message);
    }

    [Fact]
    public void Whoever_asks_for_an_absent_engine_or_its_options_is_told_how_to_get_it()
    {
        EngineSet engines = With(new AbsentEngine("torch", "Torch", Both, "a build with it"));
        Assert.Equal("managed", engines.Choose(new EngineOptions()).Name);
        Assert.Equal(
            "--engine: found torch, which is not in this build; expected a build with it.",
            Assert.Throws<EngineException>(() => engines.Choose(new EngineOptions { Engine = "torch", Device = "cpu" })).Message);
        Assert.Equal(
            "--bf16: found an option of the Torch engine; expected a build with it.",
            Assert.Throws<EngineException>(() => engines.Choose(new EngineOptions { BFloat16 = true })).Message);
    }

    [Fact]
    public void An_unknown_name_is_refused_with_the_known_ones_and_a_taken_name_cannot_be_added()
    {
        EngineSet engines = With(new Fake("torch", Both));
        Assert.Equal(
            "--engine: found \"jax\"; expected one of auto, managed, torch.",
            Assert.Throws<EngineException>(() => engines.Choose(new EngineOptions { Engine = "jax" })).Message);
        Assert.Throws<ArgumentException>(() => engines.AddManagedEngine());
        Assert.Contains(
            "none is registered",
            Assert.Throws<EngineException>(() => new EngineSet().Choose(new EngineOptions())).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, "managed, 1 thread")]
    [InlineData(2, "managed, 2 threads")]
    public void The_managed_engine_runs_work_on_the_threads_that_are_asked_for(int threads, string description) =>
        Assert.StartsWith(description, With().Run(new EngineOptions { Threads = threads }, new Describe()), StringComparison.Ordinal);

    private static EngineSet With(params IEngineProvider[] others)
    {
        EngineSet engines = new EngineSet().AddManagedEngine();
        Array.ForEach(others, engines.Add);
        return engines;
    }

    private sealed class Describe : IEngineWork<string>
    {
        public string Run<T>(IEngine<T> engine)
            where T : struct, ITensor<T> => engine.Description;
    }

    private sealed class Fake(string name, string[] options) : IEngineProvider
    {
        public string Name => name;

        public string Title => "Fake";

        public EngineProblem? Obstacle => null;

        public EngineProblem? LoadProblem { get; init; }

        public Func<bool>? Asked { get; init; }

        public bool IsPreferred { get => Asked?.Invoke() ?? field; init; }

        public IReadOnlyList<string> Options => options;

        public TResult Run<TResult>(EngineOptions options, IEngineWork<TResult> work) => throw new NotSupportedException();
    }
}
