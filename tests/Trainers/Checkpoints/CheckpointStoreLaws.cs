using RlCore.Engines;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Files;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Models;
using RlCore.Trainers.Sequences;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Tests.Checkpoints;

public class CheckpointStoreLaws
{
    [Fact]
    public void Loading_undoes_saving()
    {
        using var folder = new TemporaryFolder();
        var store = new CheckpointStore(folder.Path, keep: 2);
        CheckpointContent saved = Content(7, stageDone: false);
        Assert.False(store.TryLoadLatest(out _));
        Assert.Equal(Path.Combine(folder.Path, "checkpoints", "step-7"), store.Save(saved));
        Assert.True(store.TryLoadLatest(out CheckpointContent? loaded));
        AssertEqual(saved, loaded);
        AssertEqual(
            saved with { Trainer = TrainerState.Empty },
            CheckpointStore.Load(store.Save(saved with { Trainer = TrainerState.Empty })));
    }

    [Fact]
    public void The_same_content_is_the_same_bytes()
    {
        using var folder = new TemporaryFolder();
        var store = new CheckpointStore(folder.Path, keep: 2);
        string[] paths =
        [
            store.Save(Content(1, stageDone: false)),
            store.Save(Content(1, stageDone: false) with { State = Content(2, stageDone: false).State }),
        ];
        foreach (string name in new[] { "model.safetensors", "config.json", "tokenizer.json", "policy.optimizer.safetensors" })
        {
            Assert.Equal(File.ReadAllBytes(Path.Combine(paths[0], name)), File.ReadAllBytes(Path.Combine(paths[1], name)));
        }
    }

    [Fact]
    public void The_last_of_each_stage_and_the_latest_few_stay()
    {
        using var folder = new TemporaryFolder();
        var store = new CheckpointStore(folder.Path, keep: 2);
        foreach (int step in new[] { 1, 2, 3, 10, 11, 12, 13 })
        {
            store.Save(Content(step, stageDone: step == 3));
        }

        Assert.Equal(
            ["step-12", "step-13", "step-3"],
            Directory.GetDirectories(Path.Combine(folder.Path, "checkpoints")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.True(CheckpointStore.TryFindLatest(folder.Path, out string latest));
        Assert.EndsWith("step-13", latest, StringComparison.Ordinal);
    }

    [Fact]
    public void A_kill_while_writing_leaves_only_whole_checkpoints()
    {
        using var folder = new TemporaryFolder();
        var store = new CheckpointStore(folder.Path, keep: 2);
        store.Save(Content(1, stageDone: false));
        string checkpoints = Path.Combine(folder.Path, "checkpoints");
        for (int written = 0; written < 5; written++)
        {
            int left = written;
            void Write(Stream stream)
            {
                stream.WriteByte(1);
                if (left-- == 0)
                {
                    throw new IOException("killed");
                }
            }

            var files = Enumerable.Range(0, 5).ToDictionary(index => $"{index}", _ => (Action<Stream>)Write);
            Assert.Throws<IOException>(() => DurableFiles.WriteFolder(Path.Combine(checkpoints, "step-2"), files));
            Assert.False(Directory.Exists(Path.Combine(checkpoints, "step-2")));
            Assert.True(new CheckpointStore(folder.Path, keep: 2).TryLoadLatest(out CheckpointContent? latest));
            Assert.Equal(1, latest.State.Step);
            Assert.Equal([Path.Combine(checkpoints, "step-1")], Directory.GetFileSystemEntries(checkpoints));
        }
    }

    [Fact]
    public void A_kill_while_replacing_a_file_leaves_the_old_one()
    {
        using var folder = new TemporaryFolder();
        string file = folder.Write("run.json", "old");
        Assert.Throws<IOException>(() => DurableFiles.WriteFile(file, _ => throw new IOException("killed")));
        Assert.Equal("old", File.ReadAllText(file));
        DurableFiles.WriteFile(file, stream => stream.Write("new"u8));
        Assert.Equal("new", File.ReadAllText(file));
        Assert.Equal([file], Directory.GetFiles(folder.Path));
    }

    [Theory]
    [InlineData("model.safetensors")]
    [InlineData("policy.optimizer.safetensors")]
    [InlineData("config.json")]
    [InlineData("tokenizer.json")]
    [InlineData("state.json")]
    public void A_checkpoint_with_a_file_cut_off_or_missing_is_refused_by_that_file(string name)
    {
        using var folder = new TemporaryFolder();
        string checkpoint = new CheckpointStore(folder.Path, keep: 1).Save(Content(1, stageDone: false));
        string file = Path.Combine(checkpoint, name);
        byte[] whole = File.ReadAllBytes(file);
        int step = Math.Max(3, whole.Length / 64);
        for (int length = whole.AsSpan().TrimEnd("\n"u8).Length - 1; length >= 0; length -= step)
        {
            File.WriteAllBytes(file, whole[..length]);
            Assert.StartsWith(
                file,
                Assert.Throws<InputException>(() => CheckpointStore.Load(checkpoint)).Message,
                StringComparison.Ordinal);
        }

        File.Delete(file);
        if (name != "policy.optimizer.safetensors")
        {
            Assert.StartsWith(
                file,
                Assert.Throws<InputException>(() => CheckpointStore.Load(checkpoint)).Message,
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_runs_folder_stands_for_its_latest_checkpoint()
    {
        using var folder = new TemporaryFolder();
        string checkpoint = new CheckpointStore(folder.Path, keep: 1).Save(Content(3, stageDone: true));
        Assert.Equal(checkpoint, ModelFolder.Load(folder.Path).Folder);
        Assert.Contains(
            "found no such folder; expected the folder of a model, of a checkpoint or of a run",
            Assert.Throws<InputException>(() => ModelFolder.Load(Path.Combine(folder.Path, "none"))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Parameters_that_do_not_fit_the_models_shape_are_refused_by_name()
    {
        using var folder = new TemporaryFolder();
        CheckpointContent content = Content(1, stageDone: false);
        var parameters = content.Parameters.ToDictionary();
        parameters.Remove("final_norm.gain");
        parameters["final_norm.bias"] = new SafetensorsTensor([3], [1, 2, 3]);
        parameters["extra"] = new SafetensorsTensor([], [1]);
        string checkpoint = new CheckpointStore(folder.Path, keep: 1).Save(content with { Parameters = parameters });
        string file = Path.Combine(checkpoint, "model.safetensors");
        Assert.Equal(
            [
                $"{file}, final_norm.gain: found nothing; expected [1, 8], as config.json and tokenizer.json say.",
                $"{file}, final_norm.bias: found [3]; expected [1, 8], as config.json and tokenizer.json say.",
                $"{file}, extra: found a tensor; expected none of that name, as config.json says.",
            ],
            Assert.Throws<InputException>(() => ModelFolder.Load(checkpoint)).Message.Split('\n'));
        File.Delete(Path.Combine(checkpoint, Manifest.FileName));
        string config = Path.Combine(checkpoint, "config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("\"heads\": 2", "\"heads\": 0", StringComparison.Ordinal));
        Assert.Equal(
            $"{config}, heads: found 0; expected a whole number of at least 1.",
            Assert.Throws<InputException>(() => ModelFolder.Load(checkpoint)).Message);
    }

    [Theory]
    [InlineData(
        "{\"kept\":[[2,1]]}",
        "sequences.json, kept[0]: found [2, 1]; expected the length of a prompt and the tokens of a sequence that begins with it.")]
    [InlineData("{\"kept\":[[1,5,6],[1,-1]]}", "sequences.json, kept[1]: found [1, -1]; expected the length of a prompt")]
    [InlineData(
        "{\"kept\":[[1,5",
        "found text that cannot be read; expected the sequences that a stage continues with; the file is cut off or damaged.")]
    public void Damaged_sequences_are_refused(string json, string expected)
    {
        using var folder = new TemporaryFolder();
        string checkpoint = new CheckpointStore(folder.Path, keep: 1).Save(Content(1, stageDone: false));
        File.Delete(Path.Combine(checkpoint, Manifest.FileName));
        File.WriteAllText(Path.Combine(checkpoint, "sequences.json"), json);
        Assert.Contains(expected, Assert.Throws<InputException>(() => CheckpointStore.Load(checkpoint)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_end_of_a_stage_is_found_by_its_index()
    {
        using var folder = new TemporaryFolder();
        var store = new CheckpointStore(folder.Path, keep: 1);
        store.Save(Content(3, stageDone: true));
        store.Save(Content(4, stageDone: false));
        Assert.Equal(3, store.LoadStageEnd(1).State.Step);
        Assert.Throws<InputException>(() => store.LoadStageEnd(0));
    }

    private static ModelSettings Shape { get; } = new() { Layers = 1, Width = 8, Heads = 2, Context = 4, InitStd = 0.1 };

    internal static CheckpointContent Content(int step, bool stageDone) => new(
        new TrainingState { Step = step, Stage = 1, StageStep = step, StageDone = stageDone, Tokens = 12_345_678_901 },
        Shape,
        new CharacterTokenizer("01+="),
        ParameterPlan.Create(Shape, 5).Select((parameter, index) => (parameter, values: parameter.InitialValues(7, index)))
            .ToDictionary(
                planned => planned.parameter.Name,
                TensorData (planned) => new SafetensorsTensor([planned.parameter.Rows, planned.parameter.Columns], planned.values)),
        new TrainerState
        {
            Optimizers = new Dictionary<string, OptimizerState>
            {
                ["policy"] = new(
                    41,
                    new Dictionary<string, float[]> { ["w"] = [1, 2, 3, 4], ["b"] = [0] },
                    new Dictionary<string, float[]> { ["w"] = [5, 6, 7, 8], ["b"] = [9] }),
                ["value"] = new(3, new Dictionary<string, float[]> { ["v"] = [-1] }, new Dictionary<string, float[]> { ["v"] = [2] }),
            },
            Models = new Dictionary<string, IReadOnlyDictionary<string, TensorData>>
            {
                ["value"] = new Dictionary<string, TensorData> { ["v"] = new SafetensorsTensor([1, 1], [0.5f]) },
            },
            Scalars = new Dictionary<string, double> { ["kl_coefficient"] = 0.1 },
            Sequences = new Dictionary<string, IReadOnlyList<TokenSequence>>
            {
                ["kept"] = [new TokenSequence([3, 1, 4, 0], 2), new TokenSequence([2, 7], 1)],
                ["none"] = [],
            },
        });

    private static void AssertEqual(CheckpointContent expected, CheckpointContent actual)
    {
        Assert.Equal((expected.State, expected.Model), (actual.State, actual.Model));
        Assert.Equal(expected.Tokenizer, actual.Tokenizer);
        Assert.Equal(
            expected.Parameters.Order(ByName).Select(pair => (pair.Key, pair.Value.ToString(), string.Join(' ', pair.Value.ToArray()))),
            actual.Parameters.Order(ByName).Select(pair => (pair.Key, pair.Value.ToString(), string.Join(' ', pair.Value.ToArray()))));
        Assert.Equal(expected.Trainer.Scalars, actual.Trainer.Scalars);
        Assert.Equal(expected.Trainer.Optimizers.Keys, actual.Trainer.Optimizers.Keys);
        foreach (var (name, optimizer) in expected.Trainer.Optimizers)
        {
            Assert.Equal(optimizer.Step, actual.Trainer.Optimizers[name].Step);
            Assert.Equal(optimizer.FirstMoments, actual.Trainer.Optimizers[name].FirstMoments);
            Assert.Equal(optimizer.SecondMoments, actual.Trainer.Optimizers[name].SecondMoments);
        }

        Assert.Equal(expected.Trainer.Sequences, actual.Trainer.Sequences);
        Assert.Equal(expected.Trainer.Models.Keys, actual.Trainer.Models.Keys);
        Assert.All(expected.Trainer.Models, model => Assert.Equal(model.Value, actual.Trainer.Models[model.Key]));
    }

    private static Comparer<KeyValuePair<string, TensorData>> ByName { get; } =
        Comparer<KeyValuePair<string, TensorData>>.Create((first, second) => string.CompareOrdinal(first.Key, second.Key));
}
