using System.Text;
using RlCore.Trainers.Files;
using RlCore.Trainers.Models;
using RlCore.Trainers.Tokenizers;

namespace RlCore.Trainers.Checkpoints;

/// <summary>The files that hold a model: functions that write them, by name.</summary>
internal static class ModelFiles
{
    /// <summary>The files of a model.</summary>
    /// <param name="content">The model.</param>
    /// <param name="type">
    /// Type of the weights in Hugging Face's layout: F32 in a checkpoint, so that a run continues with the same bits. Adapters are F32.
    /// </param>
    public static IReadOnlyDictionary<string, Action<Stream>> Of(CheckpointContent content, NumberType type = NumberType.F32)
    {
        if (content is { Pretrained: { } pretrained, Adapter: null })
        {
            return Of(pretrained, content.Tokenizer, content.Parameters, type);
        }

        var files = new Dictionary<string, Action<Stream>>(StringComparer.Ordinal);
        AddTexts(files, content.Tokenizer.Files);
        if (content is { Adapter: { } adapter, Pretrained: { } adapted })
        {
            files[PeftConfig.FileName] = Text(PeftConfig.Print(adapter.Plan, adapted.Config.Architecture, adapter.Base));
            files[PeftWeights.FileName] = stream =>
                ShardedSafetensors.Write(stream, PeftWeights.Save(adapter.Plan, adapted.Config, content.Parameters));
        }
        else
        {
            files[ModelFolder.SettingsFile] = Text(content.Model.Print());
            files[ModelFolder.ParametersFile] = stream => ShardedSafetensors.Write(stream, content.Parameters);
        }

        return files;
    }

    /// <summary>The files of a model in Hugging Face's layout.</summary>
    /// <param name="identity">What it keeps besides weights and tokenizer.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="parameters">Parameters by the decoder's names.</param>
    /// <param name="type">Type of the weights.</param>
    public static IReadOnlyDictionary<string, Action<Stream>> Of(
        PretrainedIdentity identity,
        ITokenizer tokenizer,
        IReadOnlyDictionary<string, TensorData> parameters,
        NumberType type)
    {
        var files = new Dictionary<string, Action<Stream>>(StringComparer.Ordinal);
        AddTexts(files, tokenizer.Files);
        AddTexts(files, identity.TextsFor(type));
        AddWeights(files, identity.Config, parameters, type);
        return files;
    }

    private static void AddWeights(
        Dictionary<string, Action<Stream>> files,
        PretrainedConfig config,
        IReadOnlyDictionary<string, TensorData> parameters,
        NumberType type)
    {
        var tensors = PretrainedWeights.Save(config.Architecture, config.Shape, config.VocabularySize, parameters)
            .ToDictionary(tensor => tensor.Key, TensorData (tensor) => new ConvertedTensor(tensor.Value, type), StringComparer.Ordinal);
        foreach (var (name, write) in ShardedSafetensors.Files(tensors))
        {
            files[name] = write;
        }
    }

    private static void AddTexts(Dictionary<string, Action<Stream>> files, IReadOnlyDictionary<string, string> texts)
    {
        foreach (var (name, text) in texts)
        {
            files[name] = Text(text);
        }
    }

    private static Action<Stream> Text(string text) => stream => stream.Write(Encoding.UTF8.GetBytes(text));
}
