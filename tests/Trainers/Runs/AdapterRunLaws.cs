using RlCore.Engines.Managed;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Files;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Models;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Runs;
using RlCore.Trainers.Tests.Models;

namespace RlCore.Trainers.Tests.Runs;

/// <summary>Runs that train adapters of a model in Hugging Face's layout.</summary>
public sealed class AdapterRunLaws
{
    private const string Demonstrations = "prompt,completion\nab,cd\nb,ba\nabc,d\nc,aa\n";
    private const string Pairs = "prompt,chosen,rejected\nab,cd,ba\nb,ba,ab\nc,aa,bb\n";
    private const string Questions = "prompt,answer\nab,1\nb,2\nc,3\n";

    private const string Stages = """
        { "type": "sft", "data": "sft.csv", "steps": 3, "batchSize": 2, "optimizer": { "learningRate": 1e-2 } },
        { "type": "reward", "data": "pairs.csv", "steps": 2, "batchSize": 2 },
        { "type": "dpo", "data": "pairs.csv", "steps": 2, "batchSize": 2 },
        { "type": "grpo", "data": "rl.csv", "steps": 2, "promptsPerStep": 2, "maxCompletionTokens": 4,
          "rewards": [ { "type": "length", "maxTokens": 2 } ], "algorithm": { "groupSize": 2, "klPlacement": "loss" } },
        { "type": "ppo", "data": "rl.csv", "steps": 2, "promptsPerStep": 2, "maxCompletionTokens": 4,
          "rewards": [ { "type": "rewardModel", "from": "reward" } ], "algorithm": { "iterations": 2 } }
        """;

    [Theory]
    [InlineData("qwen2", """{ "rank": 2, "dropout": 0.2 }""")]
    [InlineData("llama", """{ "rank": 3, "alpha": 4, "rankStabilized": true, "targets": "q_proj, v_proj", "biases": true }""")]
    [InlineData("gpt2", """{ "rank": 2, "embeddings": true }""")]
    public void A_run_stopped_after_every_step_is_the_run_that_was_never_stopped(string architecture, string lora)
    {
        using var folder = new TemporaryFolder();
        Recipe recipe = Write(folder, architecture, NumberType.BF16, lora, Stages);
        string whole = Run(recipe, Path.Combine(folder.Path, "whole"), int.MaxValue);
        string broken = Path.Combine(folder.Path, "broken");
        for (int stopped = 0; stopped < recipe.Stages.Sum(stage => stage.Steps); stopped++)
        {
            Assert.Throws<OperationCanceledException>(() => Run(recipe, broken, 1));
        }

        string resumed = Run(recipe, broken, int.MaxValue);
        foreach (string file in (string[])["adapter_model.safetensors", "adapter_config.json", "value.safetensors", "state.json"])
        {
            Assert.Equal(File.ReadAllBytes(Path.Combine(whole, file)), File.ReadAllBytes(Path.Combine(resumed, file)));
        }

        Assert.False(File.Exists(Path.Combine(whole, "model.safetensors")));
        ModelFolder trained = ModelFolder.Load(Path.Combine(folder.Path, "whole", "model"));
        Assert.All(
            Assert.IsType<StoredAdapter>(trained.Adapter).Plan.Layers,
            layer => Assert.Contains(trained.Adapter!.Tensors[layer.Up].ToArray(), value => value != 0));
    }

    [Theory]
    [InlineData("qwen3", """{ "rank": 2 }""")]
    [InlineData("llama", """{ "rank": 3, "alpha": 4, "rankStabilized": true, "targets": "o_proj,gate_proj,k_proj", "biases": true }""")]
    [InlineData("gpt2", """{ "rank": 2, "embeddings": true, "biases": true }""")]
    public void Merged_adapters_compute_what_the_adapters_do(string architecture, string lora)
    {
        using var folder = new TemporaryFolder();
        Run(Write(folder, architecture, NumberType.F32, lora, Stages), Path.Combine(folder.Path, "run"), int.MaxValue);
        ModelFolder adapted = ModelFolder.Load(Path.Combine(folder.Path, "run", "model"));
        string merged = Path.Combine(folder.Path, "merged");
        DurableFiles.WriteFolder(merged, ModelFiles.Of(
            adapted.Pretrained!, adapted.Tokenizer, adapted.Adapter!.MergeInto(adapted.Parameters), NumberType.F32));
        float[] before = Logits(ModelFolder.Load(Path.Combine(folder.Path, "model"))), with = Logits(adapted);
        float[] after = Logits(ModelFolder.Load(merged));
        Assert.True(Distance(before, with) > 1e-3, "Training has changed nothing.");
        Assert.InRange(Distance(with, after), 0, 1e-5);
    }

    [Fact]
    public void An_adapter_in_its_layout_is_read_and_written_byte_for_byte()
    {
        using var folder = new TemporaryFolder();
        Run(
            Write(folder, "llama", NumberType.F32, """{ "rank": 2, "biases": true, "embeddings": true }""", Stages),
            Path.Combine(folder.Path, "run"),
            int.MaxValue);
        string source = Path.Combine(folder.Path, "run", "model");
        ModelFolder model = ModelFolder.Load(source);
        var files = ModelFiles.Of(new CheckpointContent(
            new TrainingState(), model.Model, model.Tokenizer, model.Adapter!.Tensors, TrainerState.Empty)
        {
            Pretrained = model.Pretrained,
            Adapter = model.Adapter,
        });
        string written = Path.Combine(folder.Path, "written");
        DurableFiles.WriteFolder(written, files);
        foreach (string file in Directory.EnumerateFiles(source).Select(file => Path.GetFileName(file)))
        {
            Assert.Equal(File.ReadAllBytes(Path.Combine(source, file)), File.ReadAllBytes(Path.Combine(written, file)));
        }
    }

    [Fact]
    public void The_first_policy_of_a_run_is_the_model_that_it_starts_from()
    {
        using var folder = new TemporaryFolder();
        Recipe recipe = Write(folder, "qwen2", NumberType.BF16, """{ "rank": 2 }""", Stages);
        Run(recipe, Path.Combine(folder.Path, "run"), 1, stops: true);
        Assert.Equal(
            Logits(ModelFolder.Load(Path.Combine(folder.Path, "model"))),
            Logits(ModelFolder.Load(Path.Combine(folder.Path, "run", "checkpoints", "step-0"))));
    }

    [Theory]
    [InlineData("""{ "targets": "q_proj,w_proj" }""", "targets: found \"w_proj\"; expected q_proj, k_proj, v_proj, o_proj, gate_proj")]
    [InlineData("""{ "rank": 0 }""", "lora.rank: found 0; expected")]
    [InlineData("""{ "dropout": 1 }""", "lora.dropout: found 1; expected")]
    public void Bad_adapters_are_refused(string lora, string message)
    {
        using var folder = new TemporaryFolder();
        string error = Assert.Throws<InputException>(() => RunInputs.Read(Write(folder, "qwen2", NumberType.F32, lora, Stages))).Message;
        Assert.Contains(message, error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_full_run_keeps_the_layout_and_the_type_of_its_model()
    {
        using var folder = new TemporaryFolder();
        Recipe recipe = Write(folder, "qwen2", NumberType.BF16, "null", Stages.Split('\n')[0].TrimEnd(','));
        string last = Run(recipe, Path.Combine(folder.Path, "run"), int.MaxValue);
        string output = Path.Combine(folder.Path, "run", "model");
        Assert.Equal(NumberType.BF16, ModelFolder.Load(output).Pretrained!.Type);
        Assert.Equal(NumberType.F32, ModelFolder.Load(last).Pretrained!.Type);
        foreach (string file in (string[])["config.json", "tokenizer.json", "generation_config.json"])
        {
            Assert.Equal(File.ReadAllText(Path.Combine(folder.Path, "model", file)), File.ReadAllText(Path.Combine(output, file)));
        }
    }

    private static Recipe Write(TemporaryFolder folder, string architecture, NumberType type, string lora, string stages)
    {
        File.WriteAllText(Path.Combine(folder.Path, "sft.csv"), Demonstrations);
        File.WriteAllText(Path.Combine(folder.Path, "pairs.csv"), Pairs);
        File.WriteAllText(Path.Combine(folder.Path, "rl.csv"), Questions);
        string model = RandomModels.Write(Path.Combine(folder.Path, "model"), architecture, type);
        string file = Path.Combine(folder.Path, "recipe.json");
        File.WriteAllText(
            file,
            $$"""{ "model": { "from": "{{model}}" }, "lora": {{lora}}, "stages": [ {{stages}} ], "checkpoints": { "every": 1 } }""");
        return RecipeReader.Read(file, []);
    }

    private static string Run(Recipe recipe, string output, int stopAfter, bool stops = false)
    {
        using var stop = new CancellationTokenSource();
        var request = new RunRequest(recipe, output, Directory.Exists(output));
        try
        {
            return OnManagedEngine.Train(request, new StoppingObserver(stop, stopAfter), stop.Token).Checkpoint;
        }
        catch (OperationCanceledException) when (stops)
        {
            return "";
        }
    }

    private static float[] Logits(ModelFolder folder)
    {
        using var engine = new ManagedEngine();
        using Decoder<ManagedTensor> model = folder.Stored.Open(engine, isTrained: false);
        return Logits(engine, model);
    }

    internal static float[] Logits(ManagedEngine engine, Decoder<ManagedTensor> model)
    {
        using var scope = engine.Scope();
        ManagedTensor logits = ManagedTensor.Linear(model.Hidden([1, 20, 97, 98, 99, 255], [6], 6), model.Head);
        var values = new float[logits.Rows * logits.Columns];
        engine.Read(logits, values);
        return values;
    }

    private static double Distance(float[] left, float[] right) => left.Zip(right, (a, b) => Math.Abs((double)a - b)).Max();
}
