using System.Globalization;
using System.Text;
using RlCore.Trainers.Checkpoints;
using RlCore.Trainers.Files;
using RlCore.Trainers.Inputs;
using RlCore.Trainers.Models;

namespace RlCore.Trainers.Tests.Models;

/// <summary>
/// Files of models are not to be believed. <c>RLCORE_MUTATIONS</c> is the number of damaged files of each kind that are tried.
/// </summary>
public sealed class DamageLaws
{
    private const int FewestAllowedBytes = 1 << 20;

    private static readonly string[] Numbers =
        ["-1", "0", "1e999", "1e-999", "2147483648", "9223372036854775807", "18446744073709551616", "null", "\"x\"", "[]", "{}", "true"];

    private static int Count =>
        int.TryParse(Environment.GetEnvironmentVariable("RLCORE_MUTATIONS"), NumberStyles.None, CultureInfo.InvariantCulture, out int count)
            ? count
            : 400;

    public static TheoryData<string, string> Files => new()
    {
        { "single", "model.safetensors" },
        { "sharded", "model.safetensors.index.json" },
        { "sharded", "model-00002-of-*.safetensors" },
        { "single", "config.json" },
        { "single", "generation_config.json" },
        { "adapter", "adapter_config.json" },
        { "adapter", "adapter_model.safetensors" },
    };

    [Theory]
    [MemberData(nameof(Files))]
    public void A_damaged_file_is_read_without_harm_or_refused(string layout, string file)
    {
        using var folder = new TemporaryFolder();
        string model = Write(folder, layout);
        string path = Directory.GetFiles(model, file).Single();
        byte[] whole = File.ReadAllBytes(path);
        var random = new Random(17);
        int refused = 0;
        for (int i = 0; i < Count; i++)
        {
            byte[] damaged = Damage(whole, file.EndsWith(".json", StringComparison.Ordinal) ? whole.Length : HeaderOf(whole), random);
            File.WriteAllBytes(path, damaged);
            long before = GC.GetAllocatedBytesForCurrentThread();
            refused += IsRefused(model) ? 1 : 0;
            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.InRange(allocated, 0, FewestAllowedBytes + (2 * Directory.EnumerateFiles(folder.Path, "*", SearchOption.AllDirectories)
                .Sum(name => new FileInfo(name).Length)));
        }

        Assert.InRange(refused, file == "generation_config.json" ? 0 : Count / 10, Count);
    }

    [Theory]
    [InlineData("single", "config.json", "qwen2", "\\ud800")]
    [InlineData("single", "config.json", "hidden_act", "\\udc00x")]
    [InlineData("single", "model.safetensors", "model.norm.weight", "\\ud800odel.norm.w")]
    [InlineData("sharded", "model.safetensors.index.json", "model.norm.weight", "\\ud800")]
    [InlineData("adapter", "adapter_config.json", "q_proj", "\\ud800")]
    public void Half_of_a_surrogate_pair_is_refused(string layout, string file, string text, string half)
    {
        using var folder = new TemporaryFolder();
        string model = Write(folder, layout);
        string path = Path.Combine(model, file);
        string content = Encoding.Latin1.GetString(File.ReadAllBytes(path));
        Assert.Contains(text, content, StringComparison.Ordinal);
        File.WriteAllBytes(path, Encoding.Latin1.GetBytes(content.Replace(text, half, StringComparison.Ordinal)));
        Assert.True(IsRefused(model));
    }

    private static string Write(TemporaryFolder folder, string layout)
    {
        string model = RandomModels.Write(
            Path.Combine(folder.Path, "model"), "qwen2", NumberType.BF16, layout == "sharded" ? 6000 : long.MaxValue);
        if (layout != "adapter")
        {
            return model;
        }

        ModelFolder whole = ModelFolder.Load(model);
        PretrainedIdentity identity = whole.Pretrained!;
        AdapterPlan plan = AdapterPlan.Create(
            new LoraSettings { Rank = 2, Biases = true }, identity.Config.Architecture, whole.Model, RandomModels.VocabularySize);
        var tensors = plan.Initial(1, whole.Parameters);
        string adapter = Path.Combine(folder.Path, "adapter");
        DurableFiles.WriteFolder(adapter, ModelFiles.Of(new CheckpointContent(
            new TrainingState(), whole.Model, whole.Tokenizer, tensors, TrainerState.Empty)
        {
            Pretrained = identity,
            Adapter = new StoredAdapter(plan, "../model", tensors),
        }));
        return adapter;
    }

    private static int HeaderOf(byte[] file) => 8 + (int)BitConverter.ToUInt64(file);

    // Everything that is loaded is also read, piece by piece as an engine does.
    private static bool IsRefused(string folder)
    {
        try
        {
            ModelFolder model = ModelFolder.Load(folder);
            var piece = new float[64];
            foreach (TensorData tensor in model.Parameters.Values.Concat(model.Adapter?.Tensors.Values ?? []))
            {
                for (long first = 0; first < tensor.Count; first += piece.Length)
                {
                    tensor.Read(first, piece.AsSpan(0, (int)Math.Min(piece.Length, tensor.Count - first)));
                }
            }

            return false;
        }
        catch (InputException)
        {
            return true;
        }
    }

    private static byte[] Damage(byte[] whole, int part, Random random)
    {
        List<byte> bytes = [.. whole];
        int at = random.Next(part);
        switch (random.Next(6))
        {
            case 0:
                bytes[at] = (byte)random.Next(256);
                break;
            case 1:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
            case 2:
                bytes.RemoveRange(at, Math.Min(random.Next(1, 9), bytes.Count - at));
                break;
            case 3:
                bytes.InsertRange(at, whole.AsSpan(random.Next(part)).ToArray().Take(random.Next(1, 40)));
                break;
            case 4:
                Number(bytes, at, part, random);
                break;
            default:
                int from = random.Next(part);
                bytes[at] = bytes[from];
                bytes[from] = whole[at];
                break;
        }

        return [.. bytes];
    }

    // Replaces the next number by another value.
    private static void Number(List<byte> bytes, int at, int part, Random random)
    {
        int first = bytes.FindIndex(at, part - at, value => char.IsAsciiDigit((char)value));
        if (first >= 0)
        {
            int last = first;
            while (last < part && char.IsAsciiDigit((char)bytes[last]))
            {
                last++;
            }

            bytes.RemoveRange(first, last - first);
            bytes.InsertRange(first, Encoding.ASCII.GetBytes(Numbers[random.Next(Numbers.Length)]));
        }
    }
}
