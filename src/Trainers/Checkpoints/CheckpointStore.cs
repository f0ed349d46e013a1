using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using RlCore.Engines;
using RlCore.Trainers.Files;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Models;
using RlCore.Trainers.Settings;

namespace RlCore.Trainers.Checkpoints;

/// <summary>
/// The checkpoints of a run: <c>checkpoints/step-N/</c>, N the steps done over the whole run. A process killed at any moment leaves only
/// whole checkpoints under those names. Equal contents are equal bytes.
/// </summary>
internal sealed class CheckpointStore
{
    /// <summary>The option that sets damaged checkpoints aside.</summary>
    public const string SkipOption = "--skip-damaged";

    private const string FolderName = "checkpoints";
    private const string Prefix = "step-";
    private const string OptimizerSuffix = ".optimizer.safetensors";
    internal const string ModelSuffix = ".safetensors";
    private const string StateFile = "state.json";
    private const string ScalarsFile = "trainer.json";
    private const string StepName = "step";
    private const string First = "first_moment.";
    private const string Second = "second_moment.";

    private readonly string _folder;
    private readonly int _keep;
    private readonly RunModels? _shared;
    private readonly HashSet<string> _whole = new(StringComparer.Ordinal);

    /// <summary>The checkpoints in a run's folder; deletes what a killed process left half-written.</summary>
    /// <param name="runFolder">The run's folder.</param>
    /// <param name="keep">Number of checkpoints to keep besides the last one of each stage, at least 1.</param>
    /// <param name="shared">What they have in common; null to read it with each.</param>
    /// <param name="onlyReads">Whether another process writes them, so that nothing is made or deleted here.</param>
    public CheckpointStore(string runFolder, int keep, RunModels? shared = null, bool onlyReads = false)
    {
        _shared = shared;
        ArgumentOutOfRangeException.ThrowIfLessThan(keep, 1);
        _keep = keep;
        _folder = Path.GetFullPath(Path.Combine(runFolder, FolderName));
        if (!onlyReads)
        {
            DurableFiles.CreateFolder(_folder);
            DurableFiles.DeleteTemporaries(_folder);
        }
    }

    /// <summary>The model that the run started from; null for random weights.</summary>
    public ModelFolder? Start => _shared?.Start;

    /// <summary>Finds the latest checkpoint of a run.</summary>
    /// <param name="runFolder">The run's folder.</param>
    /// <param name="checkpoint">Its folder; empty if there is none.</param>
    public static bool TryFindLatest(string runFolder, out string checkpoint)
    {
        checkpoint = Enumerate(Path.Combine(runFolder, FolderName)).LastOrDefault("");
        return checkpoint.Length > 0;
    }

    /// <summary>Finds the latest checkpoint of a run that contains a given file.</summary>
    /// <param name="runFolder">The run's folder.</param>
    /// <param name="files">Names of files, one of which it must contain.</param>
    /// <param name="checkpoint">Its folder; empty if there is none.</param>
    internal static bool TryFindLatest(string runFolder, ReadOnlySpan<string> files, out string checkpoint)
    {
        string[] names = files.ToArray();
        checkpoint = Enumerate(Path.Combine(runFolder, FolderName))
            .LastOrDefault(path => Array.Exists(names, name => File.Exists(Path.Combine(path, name))), "");
        return checkpoint.Length > 0;
    }

    /// <summary>Writes a checkpoint, then deletes those that are no longer needed.</summary>
    /// <param name="content">What it holds.</param>
    /// <returns>Its folder.</returns>
    public string Save(CheckpointContent content)
    {
        string target = Path.Combine(_folder, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{content.State.Step}"));
        var files = new SortedDictionary<string, Action<Stream>>(StringComparer.Ordinal)
        {
            [StateFile] = stream => WriteText(stream, CheckpointJson.Print(content.State)),
        };
        foreach (var (name, write) in ModelFiles.Of(content))
        {
            files[name] = write;
        }

        foreach (var (name, optimizer) in content.Trainer.Optimizers)
        {
            files[name + OptimizerSuffix] = stream => Safetensors.Write(stream, Pack(optimizer));
        }

        foreach (var (name, model) in content.Trainer.Models)
        {
            files[name + ModelSuffix] = stream => ShardedSafetensors.Write(stream, model);
        }

        if (content.Trainer.Scalars.Count > 0)
        {
            files[ScalarsFile] = stream => WriteText(stream, CheckpointJson.Print(content.Trainer.Scalars));
        }

        if (content.Trainer.Sequences.Count > 0)
        {
            files[SequenceFile.FileName] = stream => WriteText(stream, SequenceFile.Print(content.Trainer.Sequences));
        }

        if (content.Trainer.StepEnd is { } stepEnd)
        {
            files[StepSettings.FileName] = stream => WriteText(stream, SettingsWriter.Print(new StepSettings { StepEnd = stepEnd }));
        }

        DurableFiles.WriteFolder(target, files, (Manifest.FileName, Manifest.Print));
        _whole.Add(target);
        Prune();
        return target;
    }

    /// <summary>Reads the latest checkpoint.</summary>
    /// <param name="content">Its content; null if there is none.</param>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="InputException">It is cut off or damaged.</exception>
    public bool TryLoadLatest([NotNullWhen(true)] out CheckpointContent? content)
    {
        string[] all = [.. Enumerate(_folder)];
        content = null;
        if (all.Length > 0)
        {
            try
            {
                RequireWhole(all[^1]);
            }
            catch (InputException damage) when (all.Length > 1)
            {
                string remedy = $"; or {SkipOption}, which sets this checkpoint aside and goes on from {Path.GetFileName(all[^2])}";
                throw new InputException(
                    [.. damage.Problems.Select(problem => problem with { Expected = problem.Expected + remedy })]);
            }

            content = Load(all[^1], _shared);
        }

        return content is not null;
    }

    /// <summary>Sets damaged checkpoints aside, from the latest on, until one is whole; the only one that is left stays.</summary>
    /// <returns>What was done, a sentence for each.</returns>
    public IReadOnlyList<string> SetDamagedAside()
    {
        var notes = new List<string>();
        string[] all = [.. Enumerate(_folder)];
        for (int i = all.Length - 1; i > 0; i--)
        {
            try
            {
                RequireWhole(all[i]);
                break;
            }
            catch (InputException damage)
            {
                string aside = Aside(all[i]);
                Directory.Move(all[i], aside);
                notes.Add($"the damaged checkpoint {Path.GetFileName(all[i])} is now {aside} ({damage.Problems[0]})");
            }
        }

        return notes;
    }

    /// <summary>Reads the checkpoint that ends a stage.</summary>
    /// <param name="stage">Index of the stage; −1 for the start of the run.</param>
    /// <exception cref="InputException">There is none, or it is cut off or damaged.</exception>
    public CheckpointContent LoadStageEnd(int stage)
    {
        string found = Enumerate(_folder).LastOrDefault(path => ReadState(path) is { StageDone: true } state && state.Stage == stage, "");
        return found.Length > 0
            ? LoadWhole(found)
            : throw new InputException(new InputProblem(
                _folder, 0, "", $"no checkpoint at the end of stage {stage}", "one, as the next stage starts from it"));
    }

    /// <summary>Reads one checkpoint.</summary>
    /// <param name="checkpoint">Its folder.</param>
    /// <param name="shared">What it has in common with the other checkpoints of its run; null to read it.</param>
    /// <exception cref="InputException">It is missing, cut off or damaged.</exception>
    public static CheckpointContent Load(string checkpoint, RunModels? shared = null)
    {
        ModelFolder model = shared is null ? ModelFolder.Load(checkpoint) : ModelFolder.LoadCheckpoint(checkpoint, shared);
        return new CheckpointContent(
            ReadState(checkpoint),
            model.Model,
            model.Tokenizer,
            model.Adapter?.Tensors ?? model.Parameters,
            LoadTrainer(model.Folder))
        {
            Pretrained = model.Pretrained,
            Adapter = model.Adapter,
        };
    }

    private static TrainerState LoadTrainer(string checkpoint)
    {
        string scalars = Path.Combine(checkpoint, ScalarsFile);
        string sequences = Path.Combine(checkpoint, SequenceFile.FileName);
        return new TrainerState
        {
            Optimizers = Named(checkpoint, OptimizerSuffix).ToDictionary(
                named => named.Name,
                named => Unpack(Safetensors.Read(named.File), named.File)),
            Models = Named(checkpoint, ModelSuffix).ToDictionary(named => named.Name, named => Safetensors.Read(named.File).Tensors),
            Scalars = File.Exists(scalars)
                ? ModelFolder.ReadJson<Dictionary<string, double>>(scalars, "the numbers that a stage carries forward")
                : TrainerState.Empty.Scalars,
            Sequences = File.Exists(sequences) ? SequenceFile.Read(sequences) : TrainerState.Empty.Sequences,
            StepEnd = StepSettings.ReadFrom(checkpoint),
        };
    }

    // The files of a checkpoint with this suffix, except the policy's own and those with another dot in their names.
    private static IEnumerable<(string Name, string File)> Named(string checkpoint, string suffix) => Directory
        .EnumerateFiles(checkpoint, "*" + suffix)
        .Where(
            file => Path.GetFileName(file) is not (ModelFolder.ParametersFile or PeftWeights.FileName) && !ShardedSafetensors.IsShard(file))
        .Select(file => (Name: Path.GetFileName(file)[..^suffix.Length], File: file))
        .Where(named => !named.Name.Contains('.', StringComparison.Ordinal))
        .OrderBy(named => named.Name, StringComparer.Ordinal);

    private static IEnumerable<string> Enumerate(string folder) => !Directory.Exists(folder)
        ? []
        : Directory.EnumerateDirectories(folder, Prefix + "*")
            .Select(
                path => (
                    path,
                    known: int.TryParse(
                        Path.GetFileName(path)[Prefix.Length..],
                        NumberStyles.None,
                        CultureInfo.InvariantCulture,
                        out int step),
                    step))
            .Where(entry => entry.known)
            .OrderBy(entry => entry.step)
            .Select(entry => entry.path);

    private CheckpointContent LoadWhole(string checkpoint)
    {
        RequireWhole(checkpoint);
        return Load(checkpoint, _shared);
    }

    // A checkpoint is checked once in a run, or written by it.
    private void RequireWhole(string checkpoint)
    {
        if (!_whole.Contains(checkpoint))
        {
            Manifest.Check(checkpoint);
            _whole.Add(checkpoint);
        }
    }

    private static string Aside(string checkpoint)
    {
        string wanted = Path.Combine(Path.GetDirectoryName(checkpoint)!, $"damaged-{Path.GetFileName(checkpoint)}");
        return Enumerable.Range(2, int.MaxValue - 2)
            .Select(number => string.Create(CultureInfo.InvariantCulture, $"{wanted}-{number}"))
            .Prepend(wanted)
            .First(folder => !Directory.Exists(folder));
    }

    private void Prune()
    {
        string[] passing = [.. Enumerate(_folder).Where(path => !ReadState(path).StageDone)];
        foreach (string path in passing.SkipLast(_keep))
        {
            DurableFiles.DeleteFolder(path);
        }
    }

    private static TrainingState ReadState(string checkpoint) =>
        ModelFolder.ReadJson<TrainingState>(Path.Combine(checkpoint, StateFile), "the state of a run");

    private static SafetensorsContent Pack(OptimizerState state)
    {
        var tensors = new Dictionary<string, TensorData>(StringComparer.Ordinal);
        foreach (var (name, values) in state.FirstMoments)
        {
            tensors[First + name] = new SafetensorsTensor([values.Length], values);
        }

        foreach (var (name, values) in state.SecondMoments)
        {
            tensors[Second + name] = new SafetensorsTensor([values.Length], values);
        }

        return new SafetensorsContent(
            tensors,
            new Dictionary<string, string> { [StepName] = state.Step.ToString(CultureInfo.InvariantCulture) });
    }

    private static OptimizerState Unpack(SafetensorsContent content, string file)
    {
        if (!content.Metadata.TryGetValue(StepName, out string? text)
            || !long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long step))
        {
            throw new InputException(new InputProblem(
                file,
                0,
                StepName,
                text is null ? "nothing" : $"\"{text}\"",
                "the number of updates made"));
        }

        return new OptimizerState(step, Moments(content, First), Moments(content, Second));
    }

    private static Dictionary<string, float[]> Moments(SafetensorsContent content, string prefix) => content.Tensors
        .Where(tensor => tensor.Key.StartsWith(prefix, StringComparison.Ordinal))
        .ToDictionary(tensor => tensor.Key[prefix.Length..], tensor => tensor.Value.ToArray(), StringComparer.Ordinal);

    private static void WriteText(Stream stream, string text) => stream.Write(Encoding.UTF8.GetBytes(text));
}
