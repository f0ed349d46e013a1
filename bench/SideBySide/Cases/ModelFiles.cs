using System.Text;
using System.Text.Json;
using RlCore.Interop.Tests.Gguf;
using RlCore.Trainers.Export;
using RlCore.Trainers.Files;
using RlCore.Trainers.Models;

namespace RlCore.SideBySide.Cases;

/// <summary>Random models in Hugging Face's layout and as GGUF: every side reads the same weights.</summary>
/// <param name="root">The folder that they are in.</param>
internal sealed class ModelFiles(string root)
{
    /// <summary>The folder of a model, which is written if it is missing.</summary>
    /// <param name="model">The model.</param>
    /// <param name="type">Type of the weights.</param>
    public string Folder(ModelShape model, NumberType type)
    {
        string folder = Path.Combine(root, $"{model.Name}-{type}");
        if (!Directory.Exists(folder))
        {
            Write(folder, model, type);
        }

        return folder;
    }

    /// <summary>The GGUF file of a model, which is exported if it is missing.</summary>
    /// <param name="model">The model.</param>
    /// <param name="type">Type of the weights.</param>
    public string Gguf(ModelShape model, GgufType type)
    {
        string file = Path.Combine(root, $"{model.Name}-{type}.gguf");
        if (!File.Exists(file))
        {
            GgufExport.Write(Folder(model, type), file, type);
        }

        return file;
    }

    /// <summary>
    /// The folder that a model of a type is read from, which is written if it is missing: quantized weights are made of F32.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="type">Type of the weights.</param>
    public string Folder(ModelShape model, GgufType type) => Folder(model, type == GgufType.BF16 ? NumberType.BF16 : NumberType.F32);

    private static void Write(string folder, ModelShape model, NumberType type)
    {
        var parameters = ParameterPlan.Create(model.Settings, model.VocabularySize).Index().ToDictionary(
            planned => planned.Item.Name,
            TensorData (planned) => new NoiseTensor(planned.Item, (uint)planned.Index, type));
        var config = new PretrainedConfig(model.Architecture, model.Settings, model.VocabularySize);
        string expression = model.Architecture == Architecture.Gpt2 ? SmallTokenizer.GptWords : SmallTokenizer.Llama3;
        var files = new Dictionary<string, Action<Stream>>(ShardedSafetensors.Files(
            PretrainedWeights.Save(config.Architecture, model.Settings, model.VocabularySize, parameters)))
        {
            [PretrainedConfig.FileName] = Text(PretrainedConfigWriter.Print(config, null, 0)),
            ["tokenizer.json"] = Text(SmallTokenizer.Create(expression, begins: false)),
            ["tokenizer_config.json"] = Text(JsonSerializer.Serialize(
                new { bos_token = SmallTokenizer.Beginning, eos_token = SmallTokenizer.End })),
        };
        DurableFiles.WriteFolder(folder, files);
    }

    private static Action<Stream> Text(string text) => stream => stream.Write(Encoding.UTF8.GetBytes(text));

    // Numbers that are a function of their index, with the deviation that the plan gives a matrix; vectors vary too, so that a bias or a
    // gain in the wrong place is seen.
    private sealed class NoiseTensor(PlannedParameter planned, uint seed, NumberType type)
        : TensorData([planned.Rows, planned.Columns], type)
    {
        private const float VectorStd = 0.02f;

        public override void Read(long first, Span<float> destination)
        {
            float middle = planned.Start == ParameterStart.One ? 1 : 0;
            float range = MathF.Sqrt(12) * (planned.IsVector ? VectorStd : (float)planned.Std);
            for (int i = 0; i < destination.Length; i++)
            {
                destination[i] = middle + (range * (Uniform((uint)(first + i), seed) - 0.5f));
            }
        }

        // The finaliser of MurmurHash3.
        private static float Uniform(uint index, uint seed)
        {
            uint mixed = index + (seed * 0x9E37_79B9u);
            mixed = (mixed ^ (mixed >> 16)) * 0x85EB_CA6Bu;
            mixed = (mixed ^ (mixed >> 13)) * 0xC2B2_AE35u;
            return ((mixed ^ (mixed >> 16)) >> 8) / (float)(1 << 24);
        }
    }
}
