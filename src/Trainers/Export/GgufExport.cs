using RlCore.Trainers.Files;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Models;

namespace RlCore.Trainers.Export;

/// <summary>
/// Writes a model's folder in Hugging Face's layout as one GGUF file, which llama.cpp and the programs on top of it open.
/// </summary>
internal static class GgufExport
{
    /// <summary>Writes the file; it is complete or absent.</summary>
    /// <param name="folder">The model's folder.</param>
    /// <param name="file">The file; an existing one is replaced.</param>
    /// <param name="type">Type of matrices. Norms, biases and positions are 32-bit; rows that are no whole blocks are 16-bit.</param>
    /// <param name="advanced">Called with the bytes of elements that are written, and their total.</param>
    /// <exception cref="InputException">A file is missing or damaged, or llama.cpp cannot represent the model.</exception>
    public static GgufSummary Write(string folder, string file, GgufType type, Action<long, long>? advanced = null)
    {
        string configFile = Path.Combine(folder, PretrainedConfig.FileName);
        PretrainedConfig config = ReadConfig(configFile);
        if (!GgufArchitecture.TryFind(config.Architecture, out GgufArchitecture? architecture))
        {
            throw new InputException(new InputProblem(
                configFile, 0, ConfigKey.ModelType, config.Architecture.ModelType, "an architecture that can be exported"));
        }

        InputProblem[] problems = [.. GgufShape.Problems(architecture, config, configFile)];
        if (problems.Length > 0)
        {
            throw new InputException(problems);
        }

        GgufTensor[] tensors = [.. Tensors(config, architecture, ShardedSafetensors.Open(folder), type, folder)];
        GgufMetadata metadata = Describe(folder, config, architecture, type);
        DurableFiles.WriteFile(file, stream => GgufFile.Write(stream, metadata, tensors, folder, advanced));
        return new GgufSummary(architecture.Name, tensors.Length, tensors.Sum(tensor => tensor.Data.Count), new FileInfo(file).Length);
    }

    private static GgufMetadata Describe(string folder, PretrainedConfig config, GgufArchitecture architecture, GgufType type)
    {
        var metadata = new GgufMetadata();
        metadata.Add("general.architecture", architecture.Name);
        metadata.Add("general.type", "model");
        metadata.Add("general.name", Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))));
        metadata.Add("general.file_type", checked((int)type.FileTypeOf()));
        if (type == GgufType.Q80)
        {
            metadata.Add("general.quantization_version", 2);
        }

        GgufShape.Add(metadata, architecture, config);
        GgufTokenizer.Add(metadata, folder, config.VocabularySize);
        return metadata;
    }

    private static IEnumerable<GgufTensor> Tensors(
        PretrainedConfig config,
        GgufArchitecture architecture,
        IReadOnlyDictionary<string, TensorData> stored,
        GgufType type,
        string source)
    {
        // Checks that all tensors are there, with the right shapes, and no others.
        PretrainedWeights.Load(config, stored, source);
        Dictionary<string, TensorData> tensors = PretrainedWeights.ByFullName(config.Architecture, stored, source);
        if (GgufShape.RotaryFactors(config.Shape) is { } factors)
        {
            var data = new SafetensorsTensor([factors.Length], factors);
            yield return new GgufTensor("rope_freqs.weight", data, GgufType.F32, ConfigKey.RopeScaling);
        }

        foreach (StoredWeight weight in PretrainedWeights.Weights(config.Architecture, config.Shape, config.VocabularySize))
        {
            foreach (StoredPart part in weight.Parts)
            {
                TensorData found = tensors[part.Name];
                TensorData rows = weight.IsTransposed && found.Shape.Count == 2 ? new TransposedTensor(found) : found;
                TensorData data = architecture.RotatesNeighbours && architecture.IsRotated(part.Name)
                    ? new InterleavedRows(rows, config.Shape.HeadLayout.Size)
                    : rows;
                string name = architecture.NameOf(part.Name);
                yield return new GgufTensor(name, data, TypeOf(name, data, type), part.Name);
            }
        }
    }

    private static GgufType TypeOf(string name, TensorData data, GgufType type) =>
        data.Shape.Count < 2 || name.StartsWith("position_embd", StringComparison.Ordinal) ? GgufType.F32
        : type == GgufType.Q80 && data.Shape[^1] % GgufTypes.BlockNumbers != 0 ? GgufType.F16
        : type;

    private static PretrainedConfig ReadConfig(string file) => File.Exists(file)
        ? PretrainedConfig.Read(File.ReadAllText(file), file)
        : throw new InputException(InputFiles.Missing(file, "the configuration of a model"));
}

/// <summary>What was written.</summary>
/// <param name="Architecture">The architecture, as llama.cpp names it.</param>
/// <param name="Tensors">Number of tensors.</param>
/// <param name="Parameters">Number of elements.</param>
/// <param name="Bytes">Size of the file.</param>
internal sealed record GgufSummary(string Architecture, int Tensors, long Parameters, long Bytes);
