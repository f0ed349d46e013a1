using RlCore.Engines;
using RlCore.Engines.Managed;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Evaluation;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Runs;

namespace RlCore.Trainers.Tests.Runs;

/// <summary>A model that is loaded once does what one loaded for each request does.</summary>
public sealed class TrainedModelLaws
{
    private const string Tiny = """
        {
          "characters": "0123456789+=",
          "model": { "layers": 1, "width": 8, "heads": 2, "context": 8 },
          "stages": [{ "type": "sft", "data": "sft.csv", "steps": 3, "batchSize": 2 }]
        }
        """;

    private static readonly GenerationOptions Sampled = new() { Samples = 5, Sampling = new SamplingOptions(), Seed = 3 };

    private static readonly EvaluationOptions Four = new() { Samples = 4, MaxTokens = 3 };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public void It_generates_and_evaluates_any_number_of_times_as_the_first_time()
    {
        using var folder = new TemporaryFolder();
        using var engine = new ManagedEngine();
        string run = Train(folder, engine);
        using var model = TrainedModel.Load(engine, run);
        IReadOnlyList<Completion> first = model.Generate("1+1=", Sampled);
        EvaluationReport before = model.Evaluate(Path.Combine(folder.Path, "eval.csv"), Four, stop: Stop);
        Assert.Equal(first, model.Generate("1+1=", Sampled));
        EvaluationReport after = model.Evaluate(Path.Combine(folder.Path, "eval.csv"), Four, stop: Stop);
        Assert.Equal(before.Result.Measures, after.Result.Measures);
        Assert.Equal(Texts(before), Texts(after));
        var drawn = new List<IReadOnlyList<Completion>>();
        var asked = new GenerationRequest(run, ["1+1=", "2", "1+1="], Sampled);
        Assert.Equal(3, new GenerationWork(asked, (_, completions) => drawn.Add(completions), Stop).Run(engine));
        Assert.Equal([first, model.Generate("2", Sampled), first], drawn);
        var request = new EvaluationRequest(run, Path.Combine(folder.Path, "eval.csv"), Four);
        Assert.Equal(Texts(before), Texts(new EvaluationWork(request, new SilentObserver(), Stop).Run(engine)));
    }

    [Fact]
    public void A_greedy_completion_has_the_log_prob_of_the_model()
    {
        using var folder = new TemporaryFolder();
        using var engine = new ManagedEngine();
        string run = Train(folder, engine);
        using var model = TrainedModel.Load(engine, run);
        var one = new GenerationOptions { MaxTokens = 1 };
        Completion greedy = Assert.Single(model.Generate("1+1=", one));
        Completion drawn = model.Generate("1+1=", one with { Samples = 300, Sampling = new SamplingOptions() })
            .First(other => (other.Text, other.Ended) == (greedy.Text, greedy.Ended));
        Assert.True(greedy.LogProb < -0.1);
        Assert.Equal(drawn.LogProb, greedy.LogProb, 1e-5);
    }

    [Theory]
    [InlineData("1*1=", "'*'")]
    [InlineData("", "0 tokens; expected 1 to 7")]
    [InlineData("11111111", "8 tokens; expected 1 to 7")]
    public void A_prompt_that_it_cannot_complete_is_refused(string prompt, string told)
    {
        using var folder = new TemporaryFolder();
        using var engine = new ManagedEngine();
        using var model = TrainedModel.Load(engine, Train(folder, engine));
        Assert.Contains(told, Assert.Throws<InputException>(() => model.Generate(prompt)).Message, StringComparison.Ordinal);
        Assert.Single(model.Generate("1111111"));
    }

    [Theory]
    [InlineData("\"width\": 8", "gpt2")]
    [InlineData("\"width\": 8, \"norm\": \"rms\", \"positions\": \"rotary\", \"mlp\": \"gatedSilu\", \"biases\": \"none\"", "llama")]
    public void A_run_of_random_weights_leaves_a_folder_in_the_layout_of_other_programs(string shape, string architecture)
    {
        using var folder = new TemporaryFolder();
        using var engine = new ManagedEngine();
        string run = Train(folder, engine, Tiny.Replace("\"width\": 8", shape, StringComparison.Ordinal));
        string left = Path.Combine(run, "model");
        Assert.Equal(architecture, ModelFolder.Load(left).Pretrained?.Config.Architecture.ModelType);
        using var own = TrainedModel.Load(engine, run);
        using var other = TrainedModel.Load(engine, left);
        Assert.Equal(own.Generate("1+1=", Sampled), other.Generate("1+1=", Sampled));
        Assert.Contains("'*'", Assert.Throws<InputException>(() => other.Generate("1*1=")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void After_its_end_it_refuses_work()
    {
        using var folder = new TemporaryFolder();
        using var engine = new ManagedEngine();
        var model = TrainedModel.Load(engine, Train(folder, engine));
        model.Dispose();
        model.Dispose();
        Assert.Throws<ObjectDisposedException>(() => model.Generate("1+1="));
        Assert.Throws<ObjectDisposedException>(() => model.Evaluate(Path.Combine(folder.Path, "eval.csv"), stop: Stop));
    }

    private static string Train(TemporaryFolder folder, ManagedEngine engine, string text = Tiny)
    {
        string recipe = folder.Write("tiny.json", text);
        folder.Write("sft.csv", "prompt,completion\n1+1=,2\n1+2=,3\n2+1=,3\n");
        folder.Write("eval.csv", "prompt,answer\n3+3=,6\n4+3=,7\n");
        var request = new RunRequest(RecipeReader.Read(recipe, []), Path.Combine(folder.Path, "run"), Resume: false);
        RlCore.Trainers.Runs.Train.Run(engine, request, new SilentObserver(), Stop);
        return request.OutputFolder;
    }

    private static IEnumerable<string> Texts(EvaluationReport report) =>
        report.Prompts.SelectMany(prompt => prompt.Samples.Prepend(prompt.Greedy).Select(sample => sample.Text));
}
