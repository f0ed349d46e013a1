using RlCore.Engines;
using RlCore.Engines.Managed;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Files;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Models;
using RlCore.Trainers.Recipes;
using RlCore.Trainers.Runs;
using RlCore.Trainers.Stages;
using RlCore.Trainers.Tests.Hub;
using RlCore.Trainers.Tests.Models;

namespace RlCore.Trainers.Tests.Runs;

/// <summary>The models that a run reads and did not make: the one that it starts from, teachers and reward models.</summary>
public sealed class StartingModelLaws
{
    private const string Sft = """{ "type": "sft", "data": "sft.csv", "steps": 1, "batchSize": 2 }""";

    private const string Distilled = """
        { "type": "distill", "data": "rl.csv", "steps": 1, "teacher": "MODEL" }
        """;

    private const string Rewarded = """
        { "type": "grpo", "data": "rl.csv", "steps": 1, "rewards": [ { "type": "rewardModel", "from": "MODEL" } ] }
        """;

    [Theory]
    [InlineData(Sft, true, "model.safetensors", "different content from when the run began")]
    [InlineData(Sft, true, "config.json", "different content from when the run began")]
    [InlineData(Sft, true, "tokenizer_config.json", "no such file")]
    [InlineData(Distilled, false, "model.safetensors", "different content from when the run began")]
    [InlineData(Rewarded, false, "reward.safetensors", "different content from when the run began")]
    public void A_run_goes_on_only_with_the_models_that_it_began_with(string stage, bool starts, string file, string found)
    {
        using var folder = new TemporaryFolder();
        string model = RandomModels.Write(Path.Combine(folder.Path, "model"), "qwen2");
        File.WriteAllText(Path.Combine(model, "reward.safetensors"), "a reward model");
        Recipe recipe = Parse(folder, starts ? model : "", stage.Replace("MODEL", model, StringComparison.Ordinal));
        var request = new RunRequest(recipe, Path.Combine(folder.Path, "run"), Resume: false);
        RunFolder.Open(request, "engine").Dispose();
        RunFolder.Open(request with { Resume = true }, "engine").Dispose();
        string changed = Path.Combine(model, file);
        if (found == "no such file")
        {
            File.Delete(changed);
        }
        else
        {
            File.AppendAllText(changed, " ");
        }

        Assert.Equal(
            $"{changed}: found {found}; expected the file of a model that the run began with, as the run is being continued.",
            Assert.Throws<InputException>(() => RunFolder.Open(request with { Resume = true }, "engine")).Message);
    }

    [Fact]
    public void A_resumed_run_goes_on_with_the_commit_that_it_began_with()
    {
        using var folder = new TemporaryFolder();
        string source = RandomModels.Write(Path.Combine(folder.Path, "source"), "qwen2");
        using var hub = new HubCase(Directory.EnumerateFiles(source).ToDictionary(file => Path.GetFileName(file), File.ReadAllBytes));
        var request = new RunRequest(Parse(folder, FakeHub.Id, Sft), Path.Combine(folder.Path, "run"), Resume: false);
        RunRequest found = request.FindModel(hub.Models, null, CancellationToken.None);
        Assert.Equal(hub.Snapshot(), found.ModelFolder);
        Assert.Same(found, found.FindModel(hub.Models, null, CancellationToken.None));
        RunFolder.Open(found, "engine").Dispose();

        hub.Hub.Refs["main"] = new string('f', 40);
        int asked = hub.Hub.Requests.Count;
        RunRequest resumed = (request with { Resume = true }).FindModel(hub.Models, null, CancellationToken.None);
        Assert.Equal(hub.Snapshot(), resumed.ModelFolder);
        Assert.Equal(asked, hub.Hub.Requests.Count);
        RunFolder.Open(resumed, "engine").Dispose();
        File.AppendAllText(Path.Combine(hub.Snapshot(), "config.json"), " ");
        Assert.Contains(
            "config.json: found different content",
            Assert.Throws<InputException>(() => RunFolder.Open(resumed, "engine")).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, null, "")]
    [InlineData("q8_0", "q8_0", "")]
    [InlineData("q8_0", null, "--frozen-weights: found nothing; expected q8_0, which the run began with.")]
    [InlineData(null, "bf16", "--frozen-weights: found bf16; expected nothing, which the run began with.")]
    public void A_run_is_resumed_with_the_frozen_weights_that_it_began_with(string? began, string? resumed, string problem)
    {
        using var folder = new TemporaryFolder();
        string model = RandomModels.Write(Path.Combine(folder.Path, "model"), "llama");
        var request = new RunRequest(Parse(folder, model, Sft), Path.Combine(folder.Path, "run"), Resume: false)
        {
            FrozenWeights = TypeOf(began),
        };
        RunFolder.Open(request, "engine").Dispose();
        RunRequest again = request with { Resume = true, FrozenWeights = TypeOf(resumed) };
        string found = "";
        try
        {
            RunFolder.Open(again, "engine").Dispose();
        }
        catch (InputException refused)
        {
            found = refused.Message;
        }

        Assert.Equal(problem, found);

        static WeightType? TypeOf(string? name) => name is null ? null : WeightTypes.ByName[name];
    }

    [Fact]
    public void Adapters_name_the_commit_of_their_base()
    {
        using var folder = new TemporaryFolder();
        string source = RandomModels.Write(Path.Combine(folder.Path, "source"), "qwen2");
        using var hub = new HubCase(Directory.EnumerateFiles(source).ToDictionary(file => Path.GetFileName(file), File.ReadAllBytes));
        ModelFolder start = StartingModel.Read(FakeHub.Id, hub.Resolve(), new LoraSettings { Rank = 1 }, 0, null);
        string pinned = $"{FakeHub.Id}@{FakeHub.FirstCommit}";
        Assert.Equal(pinned, start.Adapter!.Base);
        string json = PeftConfig.Print(start.Adapter.Plan, start.Pretrained!.Config.Architecture, pinned);
        Assert.Contains($"\"base_model_name_or_path\": \"{FakeHub.Id}\"", json, StringComparison.Ordinal);
        Assert.Contains($"\"revision\": \"{FakeHub.FirstCommit}\"", json, StringComparison.Ordinal);
        Assert.Equal(pinned, PeftConfig.Read(json, "adapter_config.json").Base);
    }

    [Fact]
    public void The_checkpoints_of_a_run_share_its_tokenizer_and_the_base_of_its_adapters()
    {
        using var folder = new TemporaryFolder();
        string model = RandomModels.Write(Path.Combine(folder.Path, "model"), "qwen2");
        foreach (LoraSettings? lora in (LoraSettings?[])[null, new LoraSettings { Rank = 1 }])
        {
            ModelFolder start = StartingModel.Read(model, "", lora, 0, null);
            var store = new CheckpointStore(
                Path.Combine(folder.Path, $"run{lora?.Rank}"), keep: 1, new RunModels(start.Tokenizer, start));
            string tokenizer = Path.Combine(store.Save(Beginning(start)), "tokenizer.json");
            File.WriteAllText(tokenizer, "not read again");
            CheckpointContent read = store.LoadStageEnd(-1);
            Assert.Same(start.Tokenizer, read.Tokenizer);
            Assert.Equal(lora is not null, read.Adapter is not null);
        }
    }

    [Fact]
    public void The_first_reference_of_a_run_stays_in_the_type_of_its_file()
    {
        using var folder = new TemporaryFolder();
        ModelFolder start = ModelFolder.Load(RandomModels.Write(Path.Combine(folder.Path, "model"), "qwen2", NumberType.BF16));
        string run = Path.Combine(folder.Path, "run");
        var store = new CheckpointStore(run, keep: 1, new RunModels(start.Tokenizer, start));
        store.Save(Beginning(start));
        using var engine = new ManagedEngine();
        using Decoder<ManagedTensor> policy = start.Stored.Open(engine, isTrained: true);
        StageContext<ManagedTensor> Around(CheckpointStore checkpoints) => new([], 0, null!, checkpoints, folder.Path)
        {
            Engine = engine,
            Model = policy,
            Tokenizer = start.Tokenizer,
            Rewards = null!,
            Seed = 0,
        };
        long Bytes(CheckpointStore checkpoints, out float[] logits)
        {
            long before = engine.Arena.Bytes;
            using StageContext<ManagedTensor> around = Around(checkpoints);
            Decoder<ManagedTensor> reference = around.Reference();
            long bytes = engine.Arena.Bytes - before;
            logits = AdapterRunLaws.Logits(engine, reference);
            return bytes;
        }

        long whole = Bytes(new CheckpointStore(run, keep: 1), out float[] expected);
        long half = Bytes(store, out float[] found);
        Assert.Equal(expected, found);
        Assert.InRange(half, 1, (long)(0.75 * whole));
    }

    private static CheckpointContent Beginning(ModelFolder start) => new(
        new TrainingState { Stage = -1, StageDone = true },
        start.Model,
        start.Tokenizer,
        start.Adapter?.Tensors ?? start.Parameters,
        TrainerState.Empty)
    {
        Pretrained = start.Pretrained,
        Adapter = start.Adapter,
    };

    private static Recipe Parse(TemporaryFolder folder, string from, string stage)
    {
        folder.Write("sft.csv", "prompt,completion\nab,cd\nb,ba\n");
        folder.Write("rl.csv", "prompt,answer\nab,1\n");
        string begins = from.Length > 0 ? $$"""
            "model": { "from": "{{from}}" }
            """ : "\"characters\": \"ab1\"";
        string file = folder.Write("recipe.json", $$"""{ {{begins}}, "stages": [ {{stage}} ] }""");
        return RecipeReader.Read(file, []);
    }
}
